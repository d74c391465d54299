"""The document as a file: new, open, and the question before anything is lost."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog

from maria_editor.document.encodings import EncodingError, Reading
from maria_editor.document.file_lock import LockHolder
from maria_editor.document.file_stamp import FileStamp
from maria_editor.document.leftovers import remove_leftovers
from maria_editor.document.recovery import RecoveredText
from maria_editor.document.storage import TextFile
from maria_editor.errors import OpenError
from maria_editor.window.file_questions import ask_to_save, offer_readings, open_elsewhere
from maria_editor.window.notice import Step
from maria_editor.window.question import Answer
from maria_editor.window.save_flow import FILTER, SaveFlow


class FileFlow(SaveFlow):
    """Moves text between files and the page.

    Signals:
        shown: another text is on the page.
        restored(RecoveredText): it is one that an earlier editor left unsaved.
        refused(str): a file could not be opened; one line for the writer.
    """

    shown = Signal()
    restored = Signal(object)
    refused = Signal(str)

    def show_file(self, file: TextFile) -> bool:
        """Show a text that was read from a file, or an empty one without.

        Return False, and let the writer choose, where another window has the file open.
        """
        self.finish_saving()
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
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), folder, FILTER)
        if name and self.may_leave():
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a file; return whether that worked."""
        # It may be the very one that is being saved.
        self.finish_saving()
        try:
            return self.show_file(TextFile.load(path))
        except EncodingError as error:
            self.noticed.emit(offer_readings(error, self._convert))
        except OpenError as error:
            self.refused.emit(str(error))
        return False

    def reload(self) -> bool:
        """Take over what is on disk now, as one undo step; return whether that worked."""
        self.finish_saving()
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
        self.finish_saving()
        assert self.path is not None
        try:
            self._file.stamp = TextFile.load(self.path).stamp
        except OpenError:
            # Gone, or no text any more: there is nothing to be careful with.
            self._file.stamp = None
        self._count_as_unsaved()
        self._recovery.note_edit()

    def note_gone(self) -> None:
        """Take the text as unsaved: its file is no more."""
        self.saved_at = None
        self._count_as_unsaved()
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
        # What is saved discards the copy, which must be this text's from now on.
        self.finish_saving()
        if not self._recovery.adopt(recovered):
            return False
        file, title = self._file_of(recovered)
        if recovered.digest and file.path is not None:
            # What the words were based on: if the file is another by now, saving will ask.
            file.stamp = FileStamp(digest=recovered.digest)
        self._show(file, title=title, keeps_recovery=True)
        self.replace_text(recovered.text)
        end = self._page.document().characterCount() - 1
        self._put_caret(end if recovered.place is None else recovered.place)
        self.restored.emit(recovered)
        return True

    def may_leave(self) -> bool:
        """Return whether the text may go: it is saved, or the writer lets go of it."""
        if not self._wait_for_saving():
            return False
        if not self.is_modified or self._is_unwritten:
            return True
        answer = ask_to_save(self._theme, self._window, self.path)
        if answer is Answer.SAVE:
            self.begin_saving()
            return self._wait_for_saving() and not self.is_modified
        # The recovery copy goes with the text, when another one is shown or the window closes.
        return answer is Answer.DISCARD

    @property
    def _is_unwritten(self) -> bool:
        """Whether nothing stands on the page, and it was never saved."""
        return self.path is None and not self._page.text().strip()

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
        self.finish_saving()
        if file.path is None or is_read_only:
            self._lock.release()
        elif self._lock.holds(file.path):
            remove_leftovers(file.path)
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

    def _put_caret(self, position: int) -> None:
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(min(position, self._page.document().characterCount() - 1))
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()

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
        self.noticed.emit(open_elsewhere(path, holder, *steps))

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
        self._count_as_unsaved()
        self._recovery.note_edit()
