"""What an empty page offers: some shortcuts, Open and the tour. It leaves with the first letter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.key_hint import KeyHint
from maria_editor.theme.theme import Theme

_KEYS_COLUMN = 124
_ROW = 28


class EmptyPage(QWidget):
    """Hints for an empty page: each an action, whose own keys are shown, and what it does.

    Signals:
        open_requested: the writer wants to open a file.
        tour_requested: the writer wants to read the tour.
    """

    open_requested = Signal()
    tour_requested = Signal()

    def __init__(self, theme: Theme, hints: Sequence[tuple[QAction, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCursor(Qt.CursorShape.ArrowCursor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(13)
        layout.addLayout(self._hints(hints))
        layout.addLayout(self._buttons())
        # A hint without keys leaves no gap.
        layout.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)

    def _hints(self, hints: Sequence[tuple[QAction, str]]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        for action, words in hints:
            hint = KeyHint(self._theme, (), words, size=13, column=_KEYS_COLUMN)
            hint.setMinimumHeight(_ROW)
            column.addWidget(hint)
            hint.follow(action)
        return column

    def _buttons(self) -> QHBoxLayout:
        opening = Button(
            self._theme, self.tr("Open…"), icon="folder", kind=ButtonKind.BORDERED, parent=self
        )
        opening.clicked.connect(self.open_requested)
        tour = Button(self._theme, self.tr("Read the tour"), icon="book", parent=self)
        tour.clicked.connect(self.tour_requested)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(opening)
        row.addWidget(tour)
        row.addStretch()
        return row
