"""The folder of downloaded backbones: one folder each, complete when its marker says so.

    <user data>/maria-editor/backbones/allenai--OLMo-1B-hf/
        config.json, tokenizer.json, model.safetensors, ...
        download.json       repository, commit, size and sha256 of every file: written last

No network and no torch. Pickles and code never get in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from maria_model.errors import CheckpointError, ConfigurationError

MARKER_FILE = "download.json"
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_CONFIGURATION_FILES = frozenset(
    {"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}
)
_WEIGHTS, WEIGHTS_INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as it must be."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A complete backbone on this computer.

    Attributes:
        repository: owner and name.
        revision: the commit it is of; empty where a folder was brought without one.
        path: its folder.
        files: by name.
    """

    repository: str
    revision: str
    path: Path
    files: dict[str, StoredFile]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files.values())


def backbones_dir() -> Path:
    """Return the folder that holds the downloaded backbones, one folder each."""
    return Path(platformdirs.user_data_dir("maria-editor", appauthor=False)) / "backbones"


def is_repository(source: str) -> bool:
    """Whether this is written like `owner/name`."""
    return _REPOSITORY.fullmatch(source) is not None


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit, which never moves, and no branch."""
    return _COMMIT.fullmatch(revision) is not None


def folder_of(repository: str) -> Path:
    """Return where a repository's files lie or would lie.

    Raises:
        ConfigurationError: this is no repository's name.
    """
    if not is_repository(repository):
        raise ConfigurationError(f"{repository!r} is no repository. Write owner/name.")
    return backbones_dir() / repository.replace("/", "--")


def wanted_files(names: set[str]) -> list[str]:
    """Return which files of a repository MARIA reads: configuration, tokenizer, safetensors.

    Raises:
        CheckpointError: one that is needed is not there.
    """
    for needed in ("config.json", "tokenizer.json"):
        if needed not in names:
            raise CheckpointError(f"{needed} is missing. Choose a revision that has it.")
    weights = {_WEIGHTS} & names or {name for name in names if SHARD.fullmatch(name)}
    if not weights or (_WEIGHTS not in weights and WEIGHTS_INDEX not in names):
        raise CheckpointError(
            "It holds no safetensors, and pickles are never read. Choose a revision that has them."
        )
    index = set() if _WEIGHTS in weights else {WEIGHTS_INDEX}
    return sorted(names & _CONFIGURATION_FILES) + sorted(index) + sorted(weights)


def find_download(repository: str) -> Download | None:
    """Return a repository's complete download, None where there is none or it is not complete."""
    if not is_repository(repository):
        return None
    folder = folder_of(repository)
    found = read_marker(folder)
    if found is None or found.repository != repository:
        return None
    for name, file in found.files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != file.size:
            return None
    return found


def list_downloads() -> list[Download]:
    """Return the complete downloads, by name."""
    if not backbones_dir().is_dir():
        return []
    # One with a dot in front is on its way in or out.
    folders = (path for path in sorted(backbones_dir().iterdir()) if path.name[0] != ".")
    markers = map(read_marker, folders)
    found = (find_download(marker.repository) for marker in markers if marker)
    return [download for download in found if download]


def local_source(source: str | Path, revision: str | None = None) -> tuple[str | Path, str | None]:
    """Return the downloaded folder and commit of a repository; anything else as it is.

    Raises:
        CheckpointError: it is here at another revision than the one that is asked for.
    """
    if Path(source).is_dir():
        return source, revision
    found = find_download(str(source))
    if found is None:
        return source, revision
    if revision is not None and is_commit(revision) and found.revision not in (revision, ""):
        raise CheckpointError(
            f"{source} is here at revision {found.revision[:12]}, wanted is {revision[:12]}. "
            f"Run: maria models download {source} --revision {revision}"
        )
    return found.path, found.revision or revision


def write_marker(download: Download) -> None:
    """Declare a folder complete."""
    content = {
        "repository": download.repository,
        "revision": download.revision,
        "files": {name: asdict(file) for name, file in download.files.items()},
    }
    temporary = download.path / f"{MARKER_FILE}.part"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, download.path / MARKER_FILE)


def verify_download(download: Download) -> None:
    """Read every file again and compare it with the marker.

    Raises:
        CheckpointError: a file is missing or altered.
    """
    remedy = f"Run: maria models download {download.repository}"
    for name, expected in download.files.items():
        path = download.path / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing. {remedy}")
        if path.stat().st_size != expected.size or sha256_of(path) != expected.sha256:
            # It must not pass for complete until it was fetched again.
            (download.path / MARKER_FILE).unlink(missing_ok=True)
            path.unlink()
            raise CheckpointError(f"{path} was damaged and is now removed. {remedy}")


def remove_download(repository: str) -> int:
    """Delete a repository's folder, complete or not; return the bytes it took."""
    folder = folder_of(repository)
    if not folder.is_dir():
        return 0
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    # First what makes it complete: an interrupted removal leaves no half that passes for whole.
    (folder / MARKER_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder)
    return size


def sha256_of(path: Path) -> str:
    """Return a file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_marker(folder: Path) -> Download | None:
    """Return what a folder's marker says; None where it is missing or nonsense."""
    try:
        content = json.loads((folder / MARKER_FILE).read_text(encoding="utf-8"))
        files = {name: StoredFile(**file) for name, file in content["files"].items()}
        repository, revision = str(content["repository"]), str(content["revision"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if not is_repository(repository) or any("/" in name or "\\" in name for name in files):
        return None
    return Download(repository=repository, revision=revision, path=folder, files=files)
