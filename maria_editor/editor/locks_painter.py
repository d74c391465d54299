"""Paints locked words: a well to stand in, a solid rule, and a padlock before them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QTextBlock

from maria_editor.editor.locks import ROOM, Locks
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.theme import Theme

_RADIUS = 4.0
_RULE = 2.0
_ICON = 14.0
_SPREAD = 3.0
_ICON_GAP = 4.0


class LocksPainter:
    """Draws the locks of one page beneath its text."""

    def __init__(self, page: Page, locks: Locks, theme: Theme) -> None:
        self._page = page
        self._locks = locks
        self._theme = theme
        page.add_layer(self._draw)
        locks.changed.connect(page.viewport().update)

    def _draw(self, painter: QPainter) -> None:
        places = self._locks.places()
        if not places:
            return
        for block in visible_blocks(self._page):
            first, last = block.position(), block.position() + block.length()
            for start, end in places:
                if start < last and first < end:
                    self._draw_lock(painter, block, start - first, end - first)

    def _draw_lock(self, painter: QPainter, block: QTextBlock, start: int, end: int) -> None:
        font = self._page.document().defaultFont()
        scale = font.pixelSize() / 20
        rects = mark_rects(block, self._page.origin(block), max(start, 0), end, font)
        for number, rect in enumerate(rects):
            has_padlock = number == 0 and start >= 0
            reach = (ROOM - _SPREAD) * scale if has_padlock else _SPREAD
            body = self._spread(rect, reach, block)
            self._draw_body(painter, body)
            if has_padlock:
                size = _ICON * scale
                gap = _ICON_GAP * scale
                is_rtl = block.textDirection() is Qt.LayoutDirection.RightToLeft
                left = rect.right() + gap if is_rtl else rect.left() - gap - size
                box = QRectF(left, rect.center().y() - size / 2, size, size)
                draw_icon(painter, "lock", box, self._theme.tokens.ink2)

    def _spread(self, rect: QRectF, reach: float, block: QTextBlock) -> QRectF:
        if block.textDirection() is Qt.LayoutDirection.RightToLeft:
            return rect.adjusted(0, 0, reach, 0)
        return rect.adjusted(-reach, 0, 0, 0)

    def _draw_body(self, painter: QPainter, rect: QRectF) -> None:
        path = QPainterPath()
        path.addRoundedRect(rect, _RADIUS, _RADIUS)
        painter.fillPath(path, self._theme.color("well"))
        painter.save()
        painter.setClipPath(path)
        rule = QRectF(rect.left(), rect.bottom() - _RULE, rect.width(), _RULE)
        painter.fillRect(rule, self._theme.color("ink2"))
        painter.restore()
