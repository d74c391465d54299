"""Locks that end with their process: one window on one file, one editor on one recovery folder.

The system itself frees them when a process ends, however it ends, so none is ever stale. They lie
among the editor's own things and never beside the writer's files.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from maria_editor.paths import locks_path

_log = logging.getLogger(__name__)

# Windows locks bytes and lets nobody read them: take one far behind the words.
_FAR = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Who has a file open: the process, and since when. 0 and None where it cannot be read."""

    process: int = 0
    since: datetime | None = None


class FileLock:
    """One window's claim to one file at a time."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory or locks_path()
        self._path: Path | None = None
        self._descriptor: int | None = None

    def take(self, path: Path) -> LockHolder | None:
        """Claim `path` and let go of the last one; return who has it already, claiming nothing.

        Where no lock can be kept, as on a full disk, the file counts as free: better two windows
        than none.
        """
        lock = self._directory / f"{_key(path)}.lock"
        if lock == self._path:
            return None
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = hold(lock)
        except BlockingIOError:
            return _read_holder(lock)
        except OSError as error:
            _log.warning("no lock: %s", error.strerror)
            self.release()
            return None
        self.release()
        self._path, self._descriptor = lock, descriptor
        claim = {"process": os.getpid(), "since": datetime.now(UTC).isoformat()}
        with contextlib.suppress(OSError):
            os.truncate(descriptor, 0)
            os.write(descriptor, json.dumps(claim).encode())
        return None

    def holds(self, path: Path) -> bool:
        """Return whether this claim is to `path` and is kept: nobody else writes the file."""
        return self._path == self._directory / f"{_key(path)}.lock"

    def release(self) -> None:
        """Let go of the file, if one is claimed."""
        if self._descriptor is None or self._path is None:
            return
        if sys.platform != "win32":
            # While it is still held: whoever opens the name after this makes a new file.
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._path = self._descriptor = None


def is_open(path: Path) -> bool:
    """Return whether any window has this file open."""
    return is_held(locks_path() / f"{_key(path)}.lock")


def hold(path: Path) -> int:
    """Hold `path`, made where missing, until the descriptor is closed or the process ends.

    Raises:
        BlockingIOError: somebody else holds it.
        OSError: it cannot be made or held for another reason.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            if _is_still_there(descriptor, path):
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        # Its last holder has removed it in the meantime: take the new one.
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Return whether somebody holds `path`, this process included; a missing file is free."""
    if not path.exists():
        return False
    try:
        os.close(hold(path))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror) from error
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _key(path: Path) -> str:
    name = os.path.normcase(os.path.realpath(path))
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]


def _read_holder(lock: Path) -> LockHolder:
    try:
        claim = json.loads(lock.read_bytes())
        return LockHolder(
            process=int(claim["process"]), since=datetime.fromisoformat(claim["since"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return LockHolder()
