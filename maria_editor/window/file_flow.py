"""The document as a file: new, open, save, and the question before anything is lost."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QWidget

from maria_editor.document.encodings import EncodingError, Reading
from maria_editor.document.file_lock import FileLock, LockHolder
from maria_editor.document.file_stamp import DiskState, FileStamp
from maria_editor.document.recovery import Draft, RecoveredText, RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.editor.page import Page
from maria_editor.errors import OpenError, SaveError
from maria_editor.settings import Settings
from maria_editor.theme.button import ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.moments import clock
from maria_editor.window.notice import Notice, Step
from maria_editor.window.question import Answer, Choice, ask

_FILTER = "Text (*.md *.markdown *.txt);;All files (*)"


class FileFlow(QObject):
    """Moves text between the page and files. A file is open for writing in one window only.

    Signals:
        changed: another file is shown, or the same one was saved or edited.
        shown: another text is on the page.
        restored(RecoveredText): it is one that an earlier editor left unsaved.
        saved: the text is in its file, which may have another name than before.
        overtaken: the file on disk is another one than was opened here, so nothing was written.
        refused(str): a file could not be opened; one line for the writer.
        save_failed(str): the text could not be saved; one line for the writer.
        noticed(Notice): something to say to the writer.
    """

    changed = Signal()
    shown = Signal()
    restored = Signal(object)
    saved = Signal()
    overtaken = Signal()
    refused = Signal(str)
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
        self.is_read_only = False
        self.saved_at: datetime | None = None
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
        """Whether the text differs from its file."""
        return self._page.document().isModified()

    def disk_state(self) -> DiskState:
        """Return what has become of the file since it was opened or saved here."""
        return self._file.disk_state()

    def show_file(self, file: TextFile) -> bool:
        """Show a text that was read from a file, or an empty one without.

        Return False, and let the writer choose, where another window has the file open.
        """
        if file.path is not None and (holder := self._lock.take(file.path)) is not None:
            self._offer_without_lock(file, holder)
            return False
        self._show(file)
        return True

    def show_text(self, text: str, *, title: str) -> None:
        """Show a text that belongs to no file, such as the welcome document."""
        file = TextFile()
        file.text = text
        self._show(file, title=title)

    def new(self) -> None:
        """Show an empty page, unless the writer wants to stay."""
        if self.may_leave():
            self.show_file(TextFile())

    def open(self) -> None:
        """Ask for a file and open it."""
        folder = str(self.path.parent) if self.path else ""
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), folder, _FILTER)
        if name and self.may_leave():
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a file; return whether that worked."""
        try:
            return self.show_file(TextFile.load(path))
        except EncodingError as error:
            self._offer_readings(error)
        except OpenError as error:
            self.refused.emit(str(error))
        return False

    def reload(self) -> bool:
        """Take over what is on disk now, as one undo step; return whether that worked."""
        assert self.path is not None
        try:
            file = TextFile.load(self.path)
        except OpenError as error:
            self.refused.emit(str(error))
            return False
        self._file = file
        self.replace_text(file.text)
        self._page.document().setModified(False)
        self._note_saved()
        return True

    def keep_mine(self) -> None:
        """Stay with the text on the page: the next save goes over what is on disk now."""
        assert self.path is not None
        try:
            self._file.stamp = TextFile.load(self.path).stamp
        except OpenError:
            # Gone, or no text any more: there is nothing to be careful with.
            self._file.stamp = None
        self._page.document().setModified(True)
        self._recovery.note_edit()

    def note_gone(self) -> None:
        """Take the text as unsaved: its file is no more."""
        self.saved_at = None
        self._page.document().setModified(True)
        self._recovery.note_edit()
        self.changed.emit()

    def replace_text(self, text: str) -> None:
        """Put another text on the page as one undo step, with the caret about where it was."""
        place = self._page.textCursor().position()
        self._page.replace([(0, len(self._page.text()), text)])
        self._put_caret(place)

    def restore(self, recovered: RecoveredText) -> bool:
        """Show a text that an earlier editor left unsaved; its file on disk stays as it is.

        Return False if another window has taken the copy meanwhile.
        """
        if not self._recovery.adopt(recovered):
            return False
        file, title = self._file_of(recovered)
        if recovered.digest and file.path is not None:
            # What the words were based on: if the file is another by now, saving will ask.
            file.stamp = FileStamp(digest=recovered.digest)
        self._show(file, title=title, keeps_recovery=True)
        self.replace_text(recovered.text)
        self.restored.emit(recovered)
        return True

    def save(self) -> bool:
        """Save to the text's file, asking for one if it has none; return whether it is saved."""
        if self.path is None or self.is_read_only:
            return self.save_as()
        return self.save_path(None)

    def save_as(self) -> bool:
        """Ask for a name and save there."""
        name = self.title if Path(self.title).suffix else f"{self.title}.md"
        suggestion = str(self.path or self._folder / name)
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save as"), suggestion, _FILTER)
        return bool(name) and self.save_path(Path(name))

    def save_path(self, path: Path | None) -> bool:
        """Save to `path`, or to where the text came from; return whether it is saved."""
        target = path or self.path
        if target is not None and (holder := self._lock.take(target)) is not None:
            self._say_open_elsewhere(target, holder)
            return False
        if target == self.path and self.disk_state() is DiskState.CHANGED:
            self._recovery.keep(self._draft())
            self.overtaken.emit()
            return False
        try:
            self._file.save(self._page.text(), path)
        except SaveError as error:
            if self.path is not None:
                self._lock.take(self.path)
            self._recovery.keep(self._draft())
            self.save_failed.emit(str(error))
            return False
        self._set_read_only(False)
        self._page.document().setModified(False)
        self._recovery.discard()
        self._note_saved()
        self.saved.emit()
        return True

    def may_leave(self) -> bool:
        """Return whether the text may go: it is saved, or the writer lets go of it."""
        if not self.is_modified:
            return True
        answer = self._ask()
        if answer is Answer.SAVE:
            return self.save()
        # The recovery copy goes with the text, when another one is shown or the window closes.
        return answer is Answer.DISCARD

    @Slot()
    def remember_place(self) -> None:
        """Note the file and the caret for the next start."""
        self._settings.set_last_place(self.path, self._page.textCursor().position())

    def _draft(self) -> Draft:
        stamp = self._file.stamp
        digest = stamp.digest if stamp is not None else ""
        return Draft(text=self._page.text(), path=self.path, digest=digest)

    def _file_of(self, recovered: RecoveredText) -> tuple[TextFile, str]:
        """Return the file a draft belongs to, or none where it cannot be that file any more."""
        path = recovered.path
        if path is None:
            return TextFile(), ""
        try:
            file = TextFile.load(path)
        except OpenError:
            file = TextFile()
            file.path = None if path.exists() else path
        if file.path is not None and self._lock.take(path) is not None:
            file.path = None
        return file, path.name

    def _show(
        self,
        file: TextFile,
        *,
        title: str = "",
        is_read_only: bool = False,
        keeps_recovery: bool = False,
    ) -> None:
        if file.path is None or is_read_only:
            self._lock.release()
        self._file = file
        self._title = title
        self.saved_at = None
        self._page.load(file.text)
        self._set_read_only(is_read_only)
        if not keeps_recovery:
            self._recovery.discard()
        last, place = self._settings.last_place
        if file.path is not None and file.path.absolute() == last:
            self._put_caret(place)
        self._note_saved()
        self.shown.emit()

    def _note_saved(self) -> None:
        # A file that was only begun has been nowhere yet.
        if self.path is not None and self.path.exists():
            self.saved_at = datetime.fromtimestamp(self.path.stat().st_mtime)
            self._settings.add_recent_file(self.path)
            self.remember_place()
        self.changed.emit()

    def _put_caret(self, position: int) -> None:
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(min(position, self._page.document().characterCount() - 1))
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()

    def _set_read_only(self, is_read_only: bool) -> None:
        self.is_read_only = is_read_only
        self._page.setReadOnly(is_read_only)

    def _offer_without_lock(self, file: TextFile, holder: LockHolder) -> None:
        assert file.path is not None
        path = file.path

        def copy() -> None:
            if self.may_leave():
                file.path = file.stamp = None
                self._folder = path.parent
                self._show(file, title=self.tr("{stem} copy").format(stem=path.stem) + path.suffix)

        def read() -> None:
            if self.may_leave():
                self._show(file, is_read_only=True)

        steps = (Step(self.tr("Open a copy"), copy), Step(self.tr("Read only"), read))
        self._say_open_elsewhere(path, holder, *steps)

    def _say_open_elsewhere(self, path: Path, holder: LockHolder, *steps: Step) -> None:
        since = self.tr(" since {time}").format(time=clock(holder.since)) if holder.since else ""
        news = self.tr("“{name}” is open in another window{since}.")
        rest = self.tr("Two windows would overwrite each other.")
        if not steps:
            steps = (Step(self.tr("Save elsewhere…"), self.save_as),)
        self.noticed.emit(Notice(news.format(name=path.name, since=since), rest, steps, True))

    def _offer_readings(self, error: EncodingError) -> None:
        news = self.tr("“{name}” is not plain UTF-8.").format(name=error.path.name)
        first = error.readings[0]
        rest = self.tr(
            "It reads as {encoding}: “{sample}”. A copy is converted, the file stays as it is."
        )
        steps = [Step(self.tr("Open a copy"), partial(self._convert, error.path, first))]
        for other in error.readings[1:]:
            label = self.tr("As {encoding}").format(encoding=other.name)
            steps.append(Step(label, partial(self._convert, error.path, other)))
        words = rest.format(encoding=first.name, sample=first.sample)
        self.noticed.emit(Notice(news, words, tuple(steps), True))

    def _convert(self, path: Path, reading: Reading) -> None:
        if not self.may_leave():
            return
        try:
            file = TextFile.convert(path, reading)
        except OpenError as error:
            self.refused.emit(str(error))
            return
        self._folder = path.parent
        self._show(file, title=f"{path.stem} (UTF-8){path.suffix}")
        # Nowhere in this form yet.
        self._page.document().setModified(True)
        self._recovery.note_edit()

    def _ask(self) -> Answer:
        detail = self.tr("It is in no file yet. Without saving, it is lost.")
        if self.path is None:
            question = self.tr("Save what you wrote?")
        elif not self.path.exists():
            question = self.tr("Save what you wrote as “{name}”?").format(name=self.title)
        else:
            question = self.tr("Save your changes to “{name}”?").format(name=self.title)
            detail = self.tr("Without saving, what you wrote since the last time is lost.")
        return ask(
            self._theme,
            self._window,
            question,
            detail,
            Choice(Answer.DISCARD, self.tr("Do not save"), ButtonKind.DANGER),
            Choice(Answer.STAY, self.tr("Cancel")),
            Choice(Answer.SAVE, self.tr("Save"), ButtonKind.PRIMARY),
        )

    @Slot()
    def _on_edited(self) -> None:
        if self.is_modified:
            self._recovery.note_edit()
