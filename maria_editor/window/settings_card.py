"""The settings: a list of rooms at the left, one of them at the right. Nothing waits for an OK."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QWidget,
)

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card
from maria_editor.window.settings_rows import Room

_WIDTH, _HEIGHT = 800, 600
_LIST = 128
_ROW = 36


class SettingsCard(Card):
    """Shows the rooms; each changes its things at once."""

    def __init__(self, theme: Theme, window: QWidget, rooms: Sequence[Room]) -> None:
        super().__init__(theme, window, width=_WIDTH, height=_HEIGHT)
        self.rooms = tuple(rooms)
        self.title.setText(self.tr("Settings"))
        self.subtitle.setText(self.tr("Everything takes effect at once, and stays."))
        self.list = QListWidget()
        self.stack = QStackedWidget()
        self.done = Button(theme, self.tr("Close"), kind=ButtonKind.PRIMARY, height=36)
        self.done.clicked.connect(self.close_card)
        self._arrange()
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.list.setCurrentRow(0)

    def open(self) -> None:
        """Show the card, ready to choose a room."""
        super().open()
        self.list.setFocus()

    def _arrange(self) -> None:
        self.list.setAccessibleName(self.tr("Rooms of the settings"))
        self.list.setFont(interface_font(13))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFixedWidth(_LIST)
        for room in self.rooms:
            item = QListWidgetItem(room.name)
            item.setSizeHint(QSize(_LIST - 8, _ROW))
            self.list.addItem(item)
            self.stack.addWidget(room)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.viewport().setAutoFillBackground(False)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.list)
        row.addWidget(self.stack, 1)
        self.body.addLayout(row, 1)
        self.buttons.addStretch()
        self.buttons.addWidget(self.done)
