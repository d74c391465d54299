"""A line of plain text in one of the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QLabel

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme


class Label(QLabel):
    """Says something in a token's colour, which follows the theme."""

    def __init__(
        self,
        theme: Theme,
        words: str = "",
        token: str = "ink",
        *,
        size: int = 13,
        weight: QFont.Weight = QFont.Weight.Normal,
        tabular: bool = False,
    ) -> None:
        super().__init__(words)
        self._theme = theme
        self._token = token
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(interface_font(size, weight=weight, tabular=tabular))
        theme.changed.connect(self._tint)
        self._tint()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the colour again: the style sheet has its own until the label is shown."""
        super().showEvent(event)
        self._tint()

    def set_token(self, token: str) -> None:
        """Take another token's colour."""
        self._token = token
        self._tint()

    @Slot()
    def _tint(self) -> None:
        palette = self.palette()
        palette.setColor(self.foregroundRole(), self._theme.color(self._token))
        self.setPalette(palette)
