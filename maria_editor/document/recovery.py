"""Keeps unsaved writing on disk, so that a crash or a power cut loses two seconds at most.

Each running editor has a folder of its own here, holding a lock for as long as it lives; a folder
whose lock is free belongs to an editor that is gone. Writing happens on a thread of its own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from maria_editor.paths import recovery_path

_log = logging.getLogger(__name__)

_KEEP_AFTER_MS = 1000
_LOCK = "lock"
_COPY = "copy.json"

Snapshot = tuple[str, Path | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredText:
    """A text that an editor left unsaved: its words, the file it came from, when it was kept."""

    text: str
    path: Path | None
    kept_at: datetime
    # The folder of the editor that is gone; `RecoveryStore.forget` deletes it.
    folder: Path


class RecoveryStore(QObject):
    """Keeps one document's unsaved text and finds what earlier editors left.

    Give `watch` a function that returns the text and its path, and call `note_edit` at each edit:
    within two seconds the text is on disk. Call `discard` once it is saved or given up, and
    `close` at the end of the program.

    Signals:
        kept(datetime): the unsaved text is on disk.
        failed(str): it could not be put there; one line for the writer.
    """

    kept = Signal(object)
    failed = Signal(str)

    def __init__(self, directory: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._directory = directory or recovery_path()
        self._folder = self._directory / uuid.uuid4().hex
        self._lock: int | None = None
        self._snapshot: Callable[[], Snapshot] | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recovery")
        self._timer = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        self._timer.timeout.connect(self._on_timeout)

    def watch(self, snapshot: Callable[[], Snapshot]) -> None:
        """Take the text and its path from `snapshot` when it is time to keep them."""
        self._snapshot = snapshot

    def note_edit(self) -> None:
        """Say that the text has changed; cheap enough for every keystroke."""
        # A running timer goes on: restarting it would keep nothing while the writer types.
        if not self._timer.isActive():
            self._timer.start()

    def keep(self, text: str, path: Path | None) -> None:
        """Put a text on disk now; returns at once."""
        self._timer.stop()
        self._writer.submit(self._write, text, path)

    def discard(self) -> None:
        """Forget this editor's copy: the text is saved, or the writer gave it up."""
        self._timer.stop()
        self._writer.submit((self._folder / _COPY).unlink, missing_ok=True)

    def close(self) -> None:
        """Write what is due and let go of the folder; a copy that was not discarded stays."""
        if self._timer.isActive():
            self._on_timeout()
        self._writer.shutdown()
        if self._lock is None:
            return
        os.close(self._lock)
        self._lock = None
        if not (self._folder / _COPY).exists():
            shutil.rmtree(self._folder, ignore_errors=True)

    def left_behind(self) -> tuple[RecoveredText, ...]:
        """Return what editors that are gone left unsaved, the newest first."""
        if not self._directory.is_dir():
            return ()
        gone = [
            folder
            for folder in self._directory.iterdir()
            if folder != self._folder and not _is_locked(folder / _LOCK)
        ]
        texts = [text for folder in gone if (text := _read(folder)) is not None]
        return tuple(sorted(texts, key=lambda text: text.kept_at, reverse=True))

    def forget(self, text: RecoveredText) -> None:
        """Delete a text that was left behind."""
        shutil.rmtree(text.folder, ignore_errors=True)

    @Slot()
    def _on_timeout(self) -> None:
        self._timer.stop()
        if self._snapshot is not None:
            self.keep(*self._snapshot())

    def _write(self, text: str, path: Path | None) -> None:
        kept_at = datetime.now(UTC)
        copy = {
            "text": text,
            "path": None if path is None else str(path),
            "kept_at": kept_at.isoformat(),
        }
        try:
            if self._lock is None:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._lock = _take_lock(self._folder / _LOCK)
            _write_atomically(self._folder / _COPY, json.dumps(copy).encode())
        except OSError as error:
            _log.error("no recovery copy: %s", error.strerror)
            self.failed.emit("Your unsaved writing could not be kept aside. Save it soon.")
        else:
            self.kept.emit(kept_at)


def _write_atomically(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _read(folder: Path) -> RecoveredText | None:
    try:
        copy = json.loads((folder / _COPY).read_bytes())
        return RecoveredText(
            text=copy["text"],
            path=None if copy["path"] is None else Path(copy["path"]),
            kept_at=datetime.fromisoformat(copy["kept_at"]),
            folder=folder,
        )
    except FileNotFoundError:
        _remove_if_empty(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        # Damaged: nothing to offer, but perhaps something to save by hand.
        _log.warning("unreadable recovery copy in %s: %s", folder, type(error).__name__)
    return None


def _remove_if_empty(folder: Path) -> None:
    """Remove the folder of an editor that ended with nothing unsaved."""
    with contextlib.suppress(OSError):
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()


def _take_lock(path: Path) -> int:
    """Hold `path` until the descriptor is closed or the process ends; raise OSError if held."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _is_locked(path: Path) -> bool:
    try:
        os.close(_take_lock(path))
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
