"""Brings models onto this computer's shelf from a folder, checks them and takes them away.

A model is one of three: the embedded one, which stays; a folder of MARIA's own in the user's
models; or a backbone, alone or as half of a registered pair. Loads no model.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from maria_model.downloads_folder import (
    MARKER_FILE,
    folder_of,
    is_repository,
    read_marker,
    remove_download,
    verify_download,
)
from maria_model.downloads_import import import_backbone
from maria_model.downloads_shards import check_shards, check_surplus, tensors_of
from maria_model.errors import (
    CheckpointError,
    ConfigurationError,
    DownloadError,
    ModelNotFoundError,
)
from maria_model.models import EMBEDDED, is_downloaded, models_dir, resolve_model
from maria_model.registered_shapes import check_backbone, check_pair
from maria_model.registry import PAIRS

_READABLE = (".json", ".safetensors", ".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What a removal came to.

    Attributes:
        freed: bytes.
        kept: repository and the pair that still needs it.
    """

    freed: int
    kept: tuple[tuple[str, str], ...] = ()


def repositories_of(name: str) -> tuple[str, ...]:
    """Return the repositories that a pair's or a repository's name stands for; none otherwise."""
    if name in PAIRS:
        return tuple(backbone.repository for backbone in PAIRS[name].backbones)
    return (name,) if is_repository(name) else ()


def verify_model(name: str) -> bool:
    """Read a model's files again: what was recorded of them, and shards against their index.

    Returns:
        Whether hashes were recorded; without them only the weights' headers and sizes are compared.

    Raises:
        ModelNotFoundError: there is no such model.
        CheckpointError: a file is missing or altered, or a download is not complete.
    """
    if not _is_own_folder(name) and (repositories := repositories_of(name)):
        for repository in repositories:
            _verify_backbone(repository)
        return True
    return _verify_own(resolve_model(name), "Get the model again.")


def remove_model(name: str) -> Removal:
    """Delete a model of the user's, a pair or a backbone; what another pair needs stays.

    Raises:
        ConfigurationError: the embedded model stays.
        ModelNotFoundError: there is no such model.
    """
    if name == EMBEDDED:
        raise ConfigurationError("The embedded model belongs to the program and stays.")
    if _is_own_folder(name):
        folder = models_dir() / name
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder)
        return Removal(freed=size)
    # An unfinished download goes too.
    here = [repository for repository in repositories_of(name) if folder_of(repository).is_dir()]
    if not here:
        raise ModelNotFoundError(f"No model named {name} to remove. See maria models list.")
    kept = {}
    if name in PAIRS:
        needed = {repository: _needed_by(repository, name) for repository in here}
        kept = {repository: pair for repository, pair in needed.items() if pair}
    freed = sum(remove_download(repository) for repository in here if repository not in kept)
    return Removal(freed=freed, kept=tuple(kept.items()))


def import_model(source: Path, *, name: str | None = None, repository: str | None = None) -> str:
    """Copy a folder from a disk or another computer; return the name it goes by.

    Args:
        source: a model folder of MARIA's, or a backbone's.
        name: for a model folder; its own name otherwise.
        repository: what a backbone's folder is of; its own record says otherwise.

    Raises:
        ModelNotFoundError: the folder holds no model.
        ConfigurationError: the name is taken, or it is not said what a backbone's folder is of.
        CheckpointError: a file is missing or damaged, or it is another model than the registered
            one of that name; what was here before still is.
        DownloadError: it could not be copied.
    """
    if not (source / "config.json").is_file():
        raise ModelNotFoundError(f"{source} holds no model: config.json is missing. Name another.")
    config = _config_of(source)
    if config.get("model_type") == "maria":
        name = name or source.resolve().name
        check_pair(name, config, source / "config.json")
        return _import_own(source, name)
    repository = repository or _recorded_repository(source)
    if repository is None:
        raise ConfigurationError(f"{source} does not say what it is. Add --as owner/name.")
    check_backbone(repository, config, source / "config.json")
    return import_backbone(source, repository).repository


def _import_own(source: Path, name: str) -> str:
    from maria_model.checkpoint import verify_checksums

    folder = models_dir() / name
    if Path(name).name != name or name.startswith(".") or name == EMBEDDED:
        raise ConfigurationError(f"A model cannot be called {name!r}. Give it a name with --name.")
    if folder.exists():
        raise ConfigurationError(
            f"There is a model called {name}. Give this one another with --name."
        )
    _verify_own(source, "Copy it again.")
    part = models_dir() / f".{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        _copy_readable(source, part)
        verify_checksums(part)
        part.rename(folder)
    except OSError as error:
        raise DownloadError(
            f"The copy into {folder.parent} failed: {error.strerror}. Nothing was changed; make "
            "room or look after the disk, then run it again."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return name


def _copy_readable(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix in _READABLE:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    _leave_out_of_record(target)


def _leave_out_of_record(folder: Path) -> None:
    """Take from a copy's checksums what is never copied, such as a training's own state."""
    from maria_model.checkpoint import CHECKSUM_FILE

    record = folder / CHECKSUM_FILE
    if record.is_file():
        sums = json.loads(record.read_text(encoding="utf-8"))
        kept = {name: value for name, value in sums.items() if Path(name).suffix in _READABLE}
        record.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _config_of(source: Path) -> dict[str, object]:
    try:
        values = json.loads((source / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{source / 'config.json'} cannot be read. Copy it again.") from error
    return values if isinstance(values, dict) else {}


def _recorded_repository(source: Path) -> str | None:
    """Return the repository that a folder's name tells, as downloads and the hub's cache do."""
    for folder in (source.resolve(), *source.resolve().parents[:2]):
        repository = folder.name.removeprefix("models--").replace("--", "/")
        if "--" in folder.name and is_repository(repository):
            return repository
    return None


def _is_own_folder(name: str) -> bool:
    path = models_dir() / name
    return Path(name).name == name and (path / "config.json").is_file()


def _verify_own(folder: Path, remedy: str) -> bool:
    """Check a model folder of MARIA's as `verify_model` does."""
    from maria_model.checkpoint import CHECKSUM_FILE, verify_checksums

    verify_checksums(folder)
    for path in sorted(folder.rglob("*.safetensors")):
        tensors_of(path, path, remedy)
    for part in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        check_shards(part, remedy)
        check_surplus(part)
    return (folder / CHECKSUM_FILE).is_file()


def _verify_backbone(repository: str) -> None:
    """Compare a download with its marker and its shards with their index."""
    remedy = f"Run: maria models download {repository}"
    found = read_marker(folder_of(repository))
    if found is None or found.repository != repository:
        raise CheckpointError(f"{repository} is not here, or not all of it. {remedy}")
    verify_download(found)
    try:
        check_shards(found.path, remedy)
    except CheckpointError:
        # It must not pass for complete until it was fetched again.
        (found.path / MARKER_FILE).unlink(missing_ok=True)
        raise
    check_surplus(found.path)


def _needed_by(repository: str, without: str) -> str | None:
    """Return another downloaded pair that has this half."""
    for name, pair in PAIRS.items():
        if name != without and repository in repositories_of(name) and is_downloaded(pair):
            return name
    return None
