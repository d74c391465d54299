"""Files and folders that are there whole or not at all, and one line where the disk is full.

Knows names and disks. Knows nothing of what is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
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
    part = _beside(path, ".part")
    with disk_errors(path, then=then):
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
            _sync(path.parent)
        finally:
            part.unlink(missing_ok=True)


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
    except (OSError, SafetensorError) as error:
        after = f": {then}" if then else ""
        if getattr(error, "errno", None) in _FULL or "No space left" in str(error):
            reason, remedy = "the disk is full", "Make room"
        else:
            reason, remedy = getattr(error, "strerror", None) or first_line(error), "Look after it"
        raise MariaError(
            f"{path} could not be written: {reason}. {remedy} and start again{after}."
        ) from error


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
