"""Shows the matches of a search: an outlined tint for each in view, a ring for the chosen one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QTextBlock

from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.editor.search import Match
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

_RADIUS = 4.0
_SPREAD = 2
_RING, _RING_OFFSET = 2.0, 1.0


class SearchMarks:
    """Draws on one page; `matches` are in reading order."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._theme = theme
        self._matches: list[Match] = []
        page.add_layer(self._draw_tints)
        page.add_layer(self._draw_ring, above=True)

    def show(self, matches: list[Match]) -> None:
        """Mark these matches and no others."""
        self._matches = matches
        self._page.viewport().update()

    def _draw_tints(self, painter: QPainter) -> None:
        painter.setPen(QPen(self._theme.color("accent_line"), 1))
        painter.setBrush(self._theme.color("accent_soft"))
        for _, rect in self._visible():
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)

    def _draw_ring(self, painter: QPainter) -> None:
        cursor = self._page.textCursor()
        chosen = (cursor.selectionStart(), cursor.selectionEnd())
        painter.setPen(QPen(self._theme.color("accent"), _RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for match, rect in self._visible():
            if (match.start, match.end) == chosen:
                out = _RING_OFFSET
                painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), _RADIUS, _RADIUS)

    def _visible(self) -> Iterator[tuple[Match, QRectF]]:
        if not self._matches:
            return
        font = self._page.document().defaultFont()
        for block in visible_blocks(self._page):
            origin, first = self._page.origin(block), block.position()
            for match in self._in_block(block):
                start = max(match.start - first, 0)
                for rect in mark_rects(block, origin, start, match.end - first, font):
                    yield match, rect.adjusted(-_SPREAD, 0, _SPREAD, 0)

    def _in_block(self, block: QTextBlock) -> Iterator[Match]:
        first, last = block.position(), block.position() + block.length()
        index = bisect_right(self._matches, first, key=lambda match: match.end)
        while index < len(self._matches) and self._matches[index].start < last:
            yield self._matches[index]
            index += 1
