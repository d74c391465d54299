"""Takes in a backbone's folder from a disk or another computer: whole and sound, or not at all.

The files are copied into a folder beside the target and checked there; only then do the two change
places, so that what was there before is lost to no bad copy. No network and no torch.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from maria_model.downloads_folder import (
    WEIGHTS_INDEX,
    Download,
    StoredFile,
    folder_of,
    is_commit,
    read_marker,
    sha256_of,
    wanted_files,
    write_marker,
)
from maria_model.downloads_shards import check_shards, check_surplus, tensors_of
from maria_model.errors import CheckpointError, ConfigurationError, DownloadError, first_line

_COPY_AGAIN = "Copy it again."


def import_backbone(source: Path, repository: str) -> Download:
    """Copy a backbone's folder, what MARIA reads of it, in the place of what is there.

    Raises:
        CheckpointError: a file is missing or damaged; what was there before still is.
        ConfigurationError: the folder is the very one it would be copied to.
        DownloadError: it could not be copied, or a download of it is running.
    """
    folder = folder_of(repository)
    if source.resolve() == folder.resolve():
        raise ConfigurationError(
            f"{source} is where {repository} lies already. Name the folder to copy from."
        )
    names = {path.name for path in source.iterdir() if path.is_file()}
    try:
        wanted = wanted_files(names)
    except CheckpointError as error:
        raise CheckpointError(f"{source}: {first_line(error)}.") from error
    marker = read_marker(source)
    lost = sorted(set(marker.files) - names) if marker else []
    if lost:
        raise CheckpointError(f"{source / lost[0]} is missing. {_COPY_AGAIN}")
    with _beside(folder) as part:
        files = {name: _copy(source / name, part / name, marker) for name in wanted}
        for name in wanted:
            _check(part, name, source)
        # The hub's own cache names a folder by its commit.
        revision = marker.revision if marker else source.resolve().name
        revision = revision if is_commit(revision) else ""
        write_marker(Download(repository=repository, revision=revision, path=part, files=files))
    return Download(repository=repository, revision=revision, path=folder, files=files)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `folder` when the block ends well."""
    part, old = (folder.with_name(f".{folder.name}.{kind}") for kind in ("import", "replaced"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            try:
                yield part
                _change_places(part, folder, old)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except Timeout as error:
        raise DownloadError(
            f"{folder} is being written by another program here. Wait until it has ended."
        ) from error
    except OSError as error:
        raise DownloadError(
            f"The copy into {folder.parent} failed: {error.strerror or first_line(error)}. Nothing "
            "was changed; make room or look after the disk, then run it again."
        ) from error


def _change_places(part: Path, folder: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(part, folder)
    except OSError:
        if old.exists():
            os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _copy(source: Path, target: Path, marker: Download | None) -> StoredFile:
    shutil.copyfile(source, target)
    digest = sha256_of(target)
    expected = marker.files.get(source.name) if marker else None
    if expected is not None and expected.sha256 != digest:
        raise CheckpointError(f"{source} does not match its checksum. {_COPY_AGAIN}")
    return StoredFile(size=target.stat().st_size, sha256=digest)


def _check(part: Path, name: str, source: Path) -> None:
    """Refuse a file that is cut short or no such file, and an index of more or fewer shards."""
    if name == WEIGHTS_INDEX:
        check_shards(part, _COPY_AGAIN, called=source)
        check_surplus(part, called=source)
    elif name.endswith(".safetensors"):
        tensors_of(part / name, source / name, _COPY_AGAIN)
    else:
        _check_json(part / name, source / name)


def _check_json(path: Path, called: Path) -> None:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            f"{called} is damaged ({first_line(error)}). {_COPY_AGAIN}"
        ) from error
