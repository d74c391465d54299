"""Files and folders that are there whole or not at all, and one line where the disk is full.

Knows names and disks. Knows nothing of what is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from safetensors import SafetensorError

from maria_model.errors import MariaError, first_line

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def whole_file(path: Path, *, then: str = "") -> Iterator[BinaryIO]:
    """Yield a file beside `path` that takes its place when all of it is on the disk.

    torch.save is to be given the file, not its name: by name it reports a full disk as a position
    that it did not expect.

    Args:
        path: of the file.
        then: what a new start does, for the message.

    Raises:
        MariaError: it could not be written; what was at `path` is still there.
    """
    with disk_errors(path, then=then), _whole([path]) as [file]:
        yield file


@contextlib.contextmanager
def whole_files(folder: Path, names: Sequence[str]) -> Iterator[dict[str, BinaryIO]]:
    """Yield several files of a folder by name; they take their places when all are on the disk.

    Raises:
        MariaError: one could not be written; what was in their places is still there.
    """
    with disk_errors(folder), _whole([folder / name for name in names]) as files:
        yield dict(zip(names, files, strict=True))


@contextlib.contextmanager
def whole_folder(path: Path, *, then: str = "") -> Iterator[Path]:
    """Yield a folder beside `path` that takes its place when everything in it is on the disk.

    Args:
        path: of the folder.
        then: what a new start does, for the message.

    Raises:
        MariaError: it could not be written; what was at `path` is still there.
    """
    part, old = _beside(path, ".part"), _beside(path, ".old")
    with disk_errors(path, then=then):
        if old.is_dir() and not path.is_dir():
            # Killed between the two renames: the new one never arrived.
            os.replace(old, path)
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            yield part
            for written in part.rglob("*"):
                _sync(written)
            shutil.rmtree(old, ignore_errors=True)
            if path.is_dir():
                os.replace(path, old)
            os.replace(part, path)
            _sync(path.parent)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def disk_errors(path: Path, *, then: str = "") -> Iterator[None]:
    """Say in one line what keeps `path` from being written.

    Raises:
        MariaError: the disk is full, or `path` is not writable.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        after = f": {then}" if then else ""
        if _is_full(error):
            reason, remedy = "the disk is full", "Make room"
        elif isinstance(error, OSError):
            reason, remedy = error.strerror or first_line(error), "Look after it"
        else:
            raise
        raise MariaError(
            f"{path} could not be written: {reason}. {remedy} and start again{after}."
        ) from error


@contextlib.contextmanager
def _whole(paths: Sequence[Path]) -> Iterator[list[BinaryIO]]:
    parts = [_beside(path, ".part") for path in paths]
    try:
        with contextlib.ExitStack() as stack:
            files: list[BinaryIO] = [stack.enter_context(part.open("wb")) for part in parts]
            yield files
            for file in files:
                file.flush()
                os.fsync(file.fileno())
        for part, path in zip(parts, paths, strict=True):
            os.replace(part, path)
        _sync(paths[0].parent)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error: torch.save has another one on its way out."""
    if error is None:
        return False
    is_it = getattr(error, "errno", None) in _FULL or "No space left" in str(error)
    return is_it or _is_full(error.__context__)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        # Windows opens no folders; renaming is in its journal.
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
