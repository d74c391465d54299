"""The text that is shown on its way to its file: nothing is lost if it does not get there.

The writing itself is done in a thread; what is typed meanwhile stays unsaved, and marked so.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from maria_editor.document.file_lock import FileLock
from maria_editor.document.file_stamp import DiskState, FileStamp
from maria_editor.document.file_writer import FileWriter
from maria_editor.document.recovery import Draft, RecoveryStore
from maria_editor.document.storage import TextFile, normal_path
from maria_editor.editor.page import Page
from maria_editor.errors import OvertakenError, SaveError
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.file_names import kind_of, typed_path, with_kind
from maria_editor.window.file_questions import open_elsewhere
from maria_editor.window.notice import Step
from maria_editor.window.saving_card import SavingCard

_ALL_FILES = "All files (*)"
FILTER = f"Text (*.md *.markdown *.txt);;{_ALL_FILES}"
_KIND = ".md"
_SLOW_MS = 500


class SaveFlow(QObject):
    """Saves the text of one page. A file is open for writing in one window only.

    Signals:
        changed: another file is shown, or the same one was saved or edited.
        saved: the text is in its file, which may have another name than before.
        settled: nothing is on its way any more, whether it has arrived or not.
        overtaken: the file on disk is another one than was opened here, so nothing was written.
        save_failed(str): the text could not be saved; one line for the writer.
        noticed(Notice): something to say to the writer.
    """

    changed = Signal()
    saved = Signal()
    settled = Signal()
    overtaken = Signal()
    save_failed = Signal(str)
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        settings: Settings,
        recovery: RecoveryStore,
        theme: Theme,
        parent: QWidget,
        *,
        lock: FileLock | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._settings = settings
        self._recovery = recovery
        self._theme = theme
        self._window = parent
        self._lock = lock or FileLock()
        self._file = TextFile()
        self._title = ""
        self._folder = Path()
        self._writer = FileWriter(self)
        # Whether the text that is being written was unsaved when that began.
        self._is_leaving_page = False
        # Whether something waits for the end of it, such as the closing of the window.
        self._is_awaited = False
        self._target: Path | None = None
        # Where to save next, and what stood there; None is where the text comes from.
        self._waiting: list[tuple[Path, FileStamp] | None] = []
        # What is over sooner would only flicker; what was waited for has been waited for already.
        self._is_slow = False
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self.is_read_only = False
        self.saved_at: datetime | None = None
        self._writer.ended.connect(self._on_written)
        recovery.watch(self._draft)
        page.edited.connect(self._on_edited)
        page.document().modificationChanged.connect(self.changed)

    @property
    def path(self) -> Path | None:
        """The file that is shown; None for a text without one."""
        return self._file.path

    @property
    def title(self) -> str:
        """The name of the text for the title bar."""
        return self._file.path.name if self._file.path else self._title or self.tr("Untitled")

    @property
    def is_modified(self) -> bool:
        """Whether the text differs from its file; until it has arrived there, it does."""
        return self._is_leaving_page or self._page.document().isModified()

    @property
    def is_saving(self) -> bool:
        """Whether the text is on its way to its file."""
        return self._writer.is_busy

    @property
    def is_slow(self) -> bool:
        """Whether the text has been on its way for so long that the writer is to know."""
        return self._is_slow

    @property
    def waiting(self) -> int:
        """How many savings wait for the end of the one that runs."""
        # Without new words the second wish is met by the first.
        is_newer = self._page.document().isModified()
        return sum(wish is not None or is_newer for wish in self._waiting)

    def disk_state(self) -> DiskState:
        """Return what has become of the file since it was opened or saved here."""
        # While it is saved it is ours, and neither the old one nor yet the new one.
        return DiskState.SAME if self.is_saving else self._file.disk_state()

    def begin_saving(self) -> None:
        """Save to the text's file, asking for one if it has none, while the window goes on.

        `saved` or one of the other signals says how it went. While one runs, another one waits.
        """
        # What is being saved will have a file.
        if self._has_file or self.is_saving:
            self.begin_saving_to(None)
        else:
            self.begin_saving_as()

    def begin_saving_as(self) -> None:
        """Ask for a name and save there, while the window goes on."""
        if (path := self._ask_for_path()) is not None:
            self.begin_saving_to(path)

    def begin_saving_to(self, path: Path | None, *, seen: FileStamp | None = None) -> bool:
        """Save to `path`, or to where the text came from, while the window goes on.

        Where one is on its way this one waits. `seen` is what stands at `path`, if that was looked
        at before. Return False, and say why, if it cannot begin.
        """
        if path is not None:
            path = normal_path(path)
            seen = seen or FileStamp.at(path)
        if self._writer.is_busy:
            if path is not None and seen is not None:
                self._waiting.append((path, seen))
            elif not self._waiting:
                self._waiting.append(None)
            self._tell_slow()
            return True
        target = path or self.path
        if target is not None and (holder := self._lock.take(target)) is not None:
            step = Step(self.tr("Save elsewhere…"), self.begin_saving_as)
            self.noticed.emit(open_elsewhere(target, holder, step))
            return False
        if target == self.path and self.disk_state() is DiskState.CHANGED:
            self._note_overtaken()
            return False
        self._target = target
        is_alone = target is not None and self._lock.holds(target)
        self._writer.begin(self._file, self._page.text(), path, seen=seen, is_alone=is_alone)
        self._is_leaving_page = self._page.document().isModified()
        # From here on the page knows what is typed after this, and undo where this text was.
        self._page.document().setModified(False)
        self._slow.start()
        self._tell_slow()
        return True

    def save(self) -> bool:
        """Save, asking for a file if the text has none, and wait; return whether it is saved."""
        self.finish_saving()
        return self.save_path(None) if self._has_file else self.save_as()

    def save_as(self) -> bool:
        """Ask for a name, save there and wait; return whether it is saved."""
        path = self._ask_for_path()
        return path is not None and self.save_path(path)

    def save_path(self, path: Path | None) -> bool:
        """Save to `path`, or to where the text came from, and wait; return whether it is saved."""
        self.finish_saving()
        return self.begin_saving_to(path) and self.finish_saving()

    @Slot()
    def finish_saving(self) -> bool:
        """Wait until nothing is on its way any more; return whether the last of it is saved."""
        is_saved = True
        while self._writer.is_busy:
            is_saved = self._take_written()
        return is_saved

    @Slot()
    def remember_place(self) -> None:
        """Note the file and the caret for the next start."""
        self._settings.set_last_place(self.path, self._page.textCursor().position())

    @property
    def _has_file(self) -> bool:
        return self.path is not None and not self.is_read_only

    def _draft(self) -> Draft:
        stamp = self._file.stamp
        digest = stamp.digest if stamp is not None else ""
        place = self._page.textCursor().position()
        return Draft(text=self._page.text(), path=self.path, digest=digest, place=place)

    def _ask_for_path(self) -> Path | None:
        suggestion = self.path or with_kind(self._folder / self.title, _KIND)
        name, kind = QFileDialog.getSaveFileName(
            self._window, self.tr("Save as"), str(suggestion), FILTER
        )
        if not name or kind == _ALL_FILES:
            return Path(name) if name else None
        return typed_path(self._theme, self._window, name, kind_of(suggestion))

    def _take_written(self) -> bool:
        """Wait for what is being saved and take over the result; begin with what waits."""
        was_unsaved, error = self._is_leaving_page, None
        is_saved = False
        try:
            self._file = self._writer.take()
            is_saved = True
        except SaveError as failure:
            error = failure
        finally:
            self._slow.stop()
            self._is_leaving_page = False
            # A text of an earlier moment stands there now, the newest is still on its way.
            self._is_slow = self.waiting > 0
            if not is_saved and was_unsaved:
                self._count_as_unsaved()
        if error is None:
            self._note_written()
        elif isinstance(error, OvertakenError) and self._target == self.path:
            self._note_overtaken()
        else:
            self._note_failed(str(error))
        return self._begin_waiting(is_saved=error is None)

    def _begin_waiting(self, *, is_saved: bool) -> bool:
        """Begin with what waits; return whether that is on its way or, with none, `is_saved`."""
        if not self._waiting:
            self.settled.emit()
            return is_saved
        path, seen = self._waiting.pop(0) or (None, None)
        if path is not None or (self._has_file and self.is_modified):
            is_saved = self.begin_saving_to(path, seen=seen)
        if self._is_slow and not self.is_saving:
            self._is_slow = False
            self.changed.emit()
        if not self.is_saving:
            self.settled.emit()
        return is_saved

    def _wait_for_saving(self) -> bool:
        """Wait for it while the window lives on; return False if the writer would rather stay."""
        if not self.is_saving:
            return True
        if self._is_awaited:
            return False
        self._is_awaited = True
        is_settled = SavingCard(self._theme, self._window, self.title).wait_for(self.settled)
        self._is_awaited = False
        return is_settled

    def _tell_slow(self) -> None:
        if self._is_slow:
            self.changed.emit()

    def _count_as_unsaved(self) -> None:
        """Take the text as unsaved, whatever is undone: it is in no file as it is."""
        # Cleared first, for undo must not lead to a text that counts as saved and is not.
        self._page.document().setModified(False)
        self._page.document().setModified(True)

    def _note_written(self) -> None:
        if self.is_read_only:
            self._set_read_only(False)
        if self.is_modified:
            # Typed meanwhile; the next copy is based on the file as it is now.
            self._recovery.note_edit()
        else:
            self._recovery.discard()
        self._note_saved()
        self.saved.emit()

    def _note_overtaken(self) -> None:
        self._recovery.keep(self._draft())
        self.changed.emit()
        self.overtaken.emit()

    def _note_failed(self, message: str) -> None:
        if self.path is not None:
            self._lock.take(self.path)
        self._recovery.keep(self._draft())
        self.save_failed.emit(message)

    def _note_saved(self) -> None:
        # A file that was only begun has been nowhere yet.
        if self.path is not None and self.path.exists():
            self.saved_at = datetime.fromtimestamp(self.path.stat().st_mtime)
            self._settings.add_recent_file(self.path)
            self.remember_place()
        self.changed.emit()

    def _set_read_only(self, is_read_only: bool) -> None:
        self.is_read_only = is_read_only
        self._page.setReadOnly(is_read_only)

    @Slot(int)
    def _on_written(self, number: int) -> None:
        # What was waited for has been taken already.
        if self._writer.is_busy and number == self._writer.number:
            self._take_written()

    @Slot()
    def _on_slow(self) -> None:
        self._is_slow = self.is_saving
        self._tell_slow()

    @Slot()
    def _on_edited(self) -> None:
        if self.is_modified:
            self._recovery.note_edit()
