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
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from maria_editor.document.file_lock import hold, is_held
from maria_editor.document.storage import write_beside
from maria_editor.paths import recovery_path

_log = logging.getLogger(__name__)

# Reading a novel off the page takes milliseconds in which no key is heard. So it is done when the
# letter of a key has been painted, if one comes in time: the next key is then farthest away.
_KEEP_FROM_MS, _KEEP_AFTER_MS = 600, 1000
_PAINTED_AFTER_MS = 4
_LOCK = "lock"
_COPY = "copy.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An unsaved text: its words, its file, and the digest of the file that it was made from.

    `place` is where its caret stands, in the document's units; None where nobody knows.
    """

    text: str
    place: int | None = None
    path: Path | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredText(Draft):
    """A draft that an editor left behind, and when it was kept."""

    kept_at: datetime
    # The folder of the editor that is gone; `RecoveryStore.forget` deletes it.
    folder: Path


class RecoveryStore(QObject):
    """Keeps one document's unsaved text and finds what earlier editors left.

    Give `watch` a function that returns the unsaved text, and call `note_edit` at each edit:
    within two seconds the text is on disk. Call `discard` once it is saved or given up, and
    `close` at the end of the program; a closed store keeps and discards nothing more.

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
        self._snapshot: Callable[[], Draft] | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recovery")
        self._is_closed = False
        self._timer = QTimer(self, singleShot=True, interval=_KEEP_AFTER_MS)
        # A coarse timer may have more left than its whole time.
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._painted = QTimer(self, singleShot=True, interval=_PAINTED_AFTER_MS)
        self._painted.timeout.connect(self._on_painted)

    @property
    def key(self) -> str:
        """The name of this editor's folder, and so of what belongs to its unsaved text."""
        return self._folder.name

    def keys(self) -> frozenset[str]:
        """Return the names of all folders that hold a text or may hold one soon."""
        if not self._directory.is_dir():
            return frozenset((self.key,))
        return frozenset((self.key, *(folder.name for folder in self._directory.iterdir())))

    def watch(self, snapshot: Callable[[], Draft]) -> None:
        """Take the text from `snapshot` when it is time to keep it."""
        self._snapshot = snapshot

    def note_edit(self) -> None:
        """Say that the text has changed; cheap enough for every keystroke."""
        # A running timer goes on: restarting it would keep nothing while the writer types.
        if self._is_closed or self._painted.isActive():
            return
        if not self._timer.isActive():
            self._timer.start()
        elif self._timer.remainingTime() <= _KEEP_AFTER_MS - _KEEP_FROM_MS:
            self._painted.start()

    def keep(self, draft: Draft) -> None:
        """Put a text on disk now; returns at once."""
        self._timer.stop()
        if not self._is_closed:
            self._writer.submit(self._write, draft)

    def adopt(self, recovered: RecoveredText) -> bool:
        """Make a text that was left behind this editor's own; False if another editor did.

        The old copy goes once the new one is on disk, never before.
        """
        try:
            claim = hold(recovered.folder / _LOCK)
        except OSError:
            return False
        if not (recovered.folder / _COPY).exists():
            os.close(claim)
            return False
        self._timer.stop()
        self._writer.submit(self._take_over, recovered, claim)
        return True

    def discard(self) -> None:
        """Forget this editor's copy: the text is saved, or the writer gave it up."""
        self._timer.stop()
        if not self._is_closed:
            self._writer.submit((self._folder / _COPY).unlink, missing_ok=True)

    def close(self) -> None:
        """Write what is due and let go of the folder; a copy that was not discarded stays."""
        if self._timer.isActive():
            self._on_timeout()
        self._is_closed = True
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
            if folder != self._folder and not is_held(folder / _LOCK)
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
            self.keep(self._snapshot())

    @Slot()
    def _on_painted(self) -> None:
        # Meanwhile the text may have been kept, saved or given up.
        if self._timer.isActive():
            self._on_timeout()

    def _write(self, draft: Draft) -> bool:
        kept_at = datetime.now(UTC)
        copy = {
            "text": draft.text,
            "path": None if draft.path is None else str(draft.path),
            "digest": draft.digest,
            "place": draft.place,
            "kept_at": kept_at.isoformat(),
        }
        try:
            if self._lock is None:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._lock = hold(self._folder / _LOCK)
            target = self._folder / _COPY
            write_beside(target, json.dumps(copy).encode()).replace(target)
        except OSError as error:
            reason = error.strerror or "unknown reason"
            _log.error("no recovery copy: %s", reason)
            self.failed.emit(
                f"Your unsaved writing could not be kept aside: {reason.lower()}. Save it soon."
            )
            return False
        self.kept.emit(kept_at)
        return True

    def _take_over(self, recovered: RecoveredText, claim: int) -> None:
        is_kept = self._write(recovered)
        os.close(claim)
        if is_kept:
            self.forget(recovered)


def _read(folder: Path) -> RecoveredText | None:
    try:
        copy = json.loads((folder / _COPY).read_bytes())
        return RecoveredText(
            text=copy["text"],
            path=None if copy["path"] is None else Path(copy["path"]),
            # Copies of earlier editors say nothing of it.
            digest=copy.get("digest", ""),
            place=place if isinstance(place := copy.get("place"), int) else None,
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
        # What a kill in the middle of writing leaves.
        for unfinished in folder.glob(f".{_COPY}.*"):
            unfinished.unlink(missing_ok=True)
        folder.rmdir()
