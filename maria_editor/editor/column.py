"""The column of text: its measure and margins, its leading, and zoom, which scales all three."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.prose_layout import Spacing
from maria_editor.theme.fonts import (
    HEADING_LINES,
    LEADING,
    MEASURE,
    TEXT_SIZE,
    column_width,
    text_font,
)

_GUTTER = 24
_TOP = 56
_BOTTOM = 40
_GRID = 8


class Column:
    """How one document is sized and spaced."""

    def __init__(self) -> None:
        self.percent = 100
        self.family = ""
        self.leading = LEADING
        self.measure = MEASURE

    def font(self) -> QFont:
        """Return the font of the text."""
        return text_font(TEXT_SIZE * self.percent / 100, family=self.family)

    def spacing(self) -> Spacing:
        """Return the heights of lines and the margins around the text."""
        lines = (round(TEXT_SIZE * LEADING), *HEADING_LINES.values())
        return Spacing(
            lines=tuple(map(self._scaled, lines)),
            top=self._scaled(_TOP),
            bottom=self._scaled(_BOTTOM),
            side=self._scaled(_GUTTER),
        )

    def side_margins(self, page: QTextEdit) -> tuple[int, int]:
        """Return the margins that centre the column; a narrow window shortens the line."""
        normal = column_width(page.document().defaultFont())
        gutters = 2 * self._scaled(_GUTTER)
        wanted = round(normal * self.measure / MEASURE / _GRID) * _GRID + gutters
        bar = page.verticalScrollBar()
        left = max(0, (page.width() - wanted) // 2)
        right = max(0, page.width() - wanted - left - (bar.width() if bar.isVisibleTo(page) else 0))
        return left, right

    def _scaled(self, length: int) -> int:
        return round(length * self.percent / 100 * self.leading / LEADING)
