"""Writes texts to their files in a thread, so that a slow disk holds up nobody's typing.

Knows one thing at a time: who asks for the next one waits for the end of the last.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from maria_editor.document.file_stamp import FileStamp
from maria_editor.document.leftovers import remove_leftovers
from maria_editor.document.storage import TextFile


class FileWriter(QObject):
    """Puts one text on disk at a time. `take` must follow each `begin`.

    Signals:
        ended(int): this writing has ended or is about to; `take` says how.
    """

    ended = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="saving")
        self._running: Future[TextFile] | None = None
        self.number = 0

    @property
    def is_busy(self) -> bool:
        """Whether a writing has begun whose result was not taken."""
        return self._running is not None

    def begin(
        self,
        file: TextFile,
        text: str,
        path: Path | None,
        *,
        seen: FileStamp | None = None,
        is_alone: bool = False,
    ) -> None:
        """Write `text` to `path`, or to where `file` is; `file` itself stays as it was.

        `seen` is what stood at `path` when it was chosen. `is_alone` says that nobody else writes
        there, so that what killed savings left beside it goes.
        """
        assert self._running is None
        self.number += 1
        self._running = self._pool.submit(
            self._write, file, text, path, seen=seen, is_alone=is_alone
        )

    def take(self) -> TextFile:
        """Wait for the end, and return the file as it is then; raise SaveError where it failed."""
        assert self._running is not None
        running, self._running = self._running, None
        return running.result()

    def _write(
        self,
        file: TextFile,
        text: str,
        path: Path | None,
        *,
        seen: FileStamp | None,
        is_alone: bool,
    ) -> TextFile:
        # Not changed while this runs: the next one begins after this was taken.
        number = self.number
        try:
            target = path or file.path
            if is_alone and target is not None:
                remove_leftovers(target)
            return file.write(text, path, seen=seen)
        finally:
            self.ended.emit(number)
