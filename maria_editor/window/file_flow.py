"""The document as a file: new, open, save, and the question before anything is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from maria_editor.document.recovery import RecoveredText, RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.editor.page import Page
from maria_editor.errors import OpenError, SaveError
from maria_editor.settings import Settings

_FILTER = "Text (*.md *.markdown *.txt);;All files (*)"


class FileFlow(QObject):
    """Moves text between the page and files.

    Signals:
        changed: another file is shown, or the same one was saved or edited.
        refused(str): a file could not be opened; one line for the writer.
        save_failed(str): the text could not be saved; one line for the writer.
    """

    changed = Signal()
    refused = Signal(str)
    save_failed = Signal(str)

    def __init__(
        self, page: Page, settings: Settings, recovery: RecoveryStore, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._settings = settings
        self._recovery = recovery
        self._window = parent
        self._file = TextFile()
        self._title = ""
        self.saved_at: datetime | None = None
        recovery.watch(lambda: (page.text(), self._file.path))
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

    def show_file(self, file: TextFile) -> None:
        """Show a text that was read from a file, or an empty one without."""
        self._file = file
        self._title = ""
        self.saved_at = None
        if file.path is not None:
            self.saved_at = datetime.fromtimestamp(file.path.stat().st_mtime)
            self._settings.add_recent_file(file.path)
        self._show(file.text)

    def show_text(self, text: str, *, title: str) -> None:
        """Show a text that belongs to no file, such as the welcome document."""
        self._file = TextFile()
        self._title = title
        self.saved_at = None
        self._show(text)

    def open(self) -> None:
        """Ask for a file and open it."""
        folder = str(self.path.parent) if self.path else ""
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), folder, _FILTER)
        if name and self.may_leave():
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a file; return whether that worked."""
        try:
            file = TextFile.load(path)
        except OpenError as error:
            self.refused.emit(str(error))
            return False
        self.show_file(file)
        return True

    def restore(self, recovered: RecoveredText) -> None:
        """Show a text that an earlier editor left unsaved; its file on disk stays as it is."""
        if recovered.path is not None and recovered.path.is_file():
            self.open_path(recovered.path)
        else:
            self.show_file(TextFile())
        length = len(self._page.text())
        self._page.replace([(0, length, recovered.text)])
        self._recovery.keep(recovered.text, self.path)

    def save(self) -> bool:
        """Save to the text's file, asking for one if it has none; return whether it is saved."""
        return self.save_as() if self.path is None else self.save_path(None)

    def save_as(self) -> bool:
        """Ask for a name and save there."""
        suggestion = str(self.path) if self.path else f"{self.title}.md"
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save as"), suggestion, _FILTER)
        return bool(name) and self.save_path(Path(name))

    def save_path(self, path: Path | None) -> bool:
        """Save to `path`, or to where the text came from; return whether it is saved."""
        text = self._page.text()
        try:
            self._file.save(text, path)
        except SaveError as error:
            self._recovery.keep(text, self.path)
            self.save_failed.emit(str(error))
            return False
        self.saved_at = datetime.now()
        self._page.document().setModified(False)
        self._recovery.discard()
        if self.path is not None:
            self._settings.add_recent_file(self.path)
        self.changed.emit()
        return True

    def may_leave(self) -> bool:
        """Return whether the text may go: it is saved, or the writer lets go of it."""
        if not self.is_modified:
            return True
        answer = self._ask()
        if answer is QMessageBox.StandardButton.Save:
            return self.save()
        if answer is QMessageBox.StandardButton.Discard:
            self._recovery.discard()
            return True
        return False

    def _ask(self) -> QMessageBox.StandardButton:
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Not saved yet"))
        box.setText(self.tr("Save your changes to “{name}”?").format(name=self.title))
        box.setInformativeText(self.tr("Without saving, what you wrote since then is lost."))
        box.setStandardButtons(
            QMessageBox.StandardButton.Save
            | QMessageBox.StandardButton.Discard
            | QMessageBox.StandardButton.Cancel
        )
        box.button(QMessageBox.StandardButton.Discard).setText(self.tr("Do not save"))
        box.setDefaultButton(QMessageBox.StandardButton.Save)
        return QMessageBox.StandardButton(box.exec())

    def _show(self, text: str) -> None:
        self._page.load(text)
        self._recovery.discard()
        self.changed.emit()

    @Slot()
    def _on_edited(self) -> None:
        if self.is_modified:
            self._recovery.note_edit()
