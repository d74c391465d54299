"""What an empty page offers: four shortcuts, Open and the tour. It leaves with the first letter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.theme import Theme

_KEYS_COLUMN = 124
_ROW = 28


class EmptyPage(QWidget):
    """Hints for an empty page.

    Signals:
        open_requested: the writer wants to open a file.
        tour_requested: the writer wants to read the tour.
    """

    open_requested = Signal()
    tour_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: list[QLabel] = []
        self.setCursor(Qt.CursorShape.ArrowCursor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(13)
        layout.addLayout(self._hints())
        layout.addLayout(self._buttons())
        theme.changed.connect(self._tint)
        self._tint()

    def _hints(self) -> QGridLayout:
        hints = (
            (("Ctrl", "Shift", "B"), self.tr("blank out the word you are unsure of")),
            (("Ctrl", "Enter"), self.tr("see what fits both sides")),
            (("Ctrl", "Shift", "R"), self.tr("refine a paragraph, change by change")),
            (("F8",), self.tr("go to the next blank")),
        )
        grid = QGridLayout()
        grid.setSpacing(0)
        grid.setColumnMinimumWidth(0, _KEYS_COLUMN)
        grid.setColumnStretch(1, 1)
        for row, (keys, words) in enumerate(hints):
            label = QLabel(words)
            label.setFont(interface_font(13))
            self._labels.append(label)
            grid.addWidget(KeyCaps(self._theme, keys), row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label, row, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.setRowMinimumHeight(row, _ROW)
        return grid

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

    def _tint(self) -> None:
        for label in self._labels:
            palette = label.palette()
            palette.setColor(label.foregroundRole(), self._theme.color("ink2"))
            label.setPalette(palette)
