"""A text to read, copy and save: the disclosure report, and the report of an error."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from maria_editor.document.storage import TextFile
from maria_editor.errors import SaveError
from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card
from maria_editor.window.file_names import kind_of, typed_path

_WIDTH, _HEIGHT = 760, 600
_SAY_FOR_MS = 2000


class ReportCard(Card):
    """Shows a text whole; `suggestion` is the file name that Save… begins with."""

    def __init__(
        self, theme: Theme, window: QWidget, text: str, *, title: str, note: str, suggestion: Path
    ) -> None:
        super().__init__(theme, window, width=_WIDTH, height=_HEIGHT)
        self._suggestion = suggestion
        self.title.setText(title)
        self.subtitle.setText(note)
        self.view = QPlainTextEdit(text)
        self.copy = Button(theme, self.tr("Copy"), icon="doc", height=36)
        self.save = Button(theme, self.tr("Save…"), icon="download", height=36)
        self.done = Button(theme, self.tr("Close"), kind=ButtonKind.PRIMARY, height=36)
        # What became of the last button that was pressed.
        self.said = self.label("", "ink2")
        self._arrange(title)
        self.copy.clicked.connect(self._on_copy)
        self.save.clicked.connect(self._on_save)
        self.done.clicked.connect(self.close_card)

    def _arrange(self, title: str) -> None:
        self.view.setReadOnly(True)
        self.view.setFont(interface_font(13, tabular=True))
        self.view.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.view.setAccessibleName(title)
        self.view.setTabChangesFocus(True)
        self.view.document().setDocumentMargin(12)
        self.body.addWidget(self.view, 1)
        for button in (self.copy, self.save):
            self.buttons.addWidget(button)
        self.buttons.addWidget(self.said)
        self.buttons.addStretch()
        self.buttons.addWidget(self.done)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        announce(self, words)
        QTimer.singleShot(_SAY_FOR_MS, self.said, self.said.clear)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.view.toPlainText())
        self._say(self.tr("Copied."))

    @Slot()
    def _on_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the report"), str(self._suggestion)
        )
        path = typed_path(self._theme, self, name, kind_of(self._suggestion)) if name else None
        if path is None:
            return
        try:
            TextFile().save(self.view.toPlainText(), path)
        except SaveError as error:
            self._say(str(error))
            return
        self._say(self.tr("Saved."))
