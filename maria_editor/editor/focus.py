"""Dims every paragraph but the one that is written, down to the quietest ink that reads well."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from maria_editor.editor.page import Page
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme


class ParagraphFocus:
    """Draws paper thinly over the other paragraphs of one page."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._theme = theme
        self._is_on = False
        page.add_layer(self._draw, above=True)

    def set_on(self, is_on: bool) -> None:
        """Begin or end to dim."""
        self._is_on = is_on
        self._page.viewport().update()

    def _draw(self, painter: QPainter) -> None:
        if not self._is_on:
            return
        cursor, layout = self._page.textCursor(), self._page.document().documentLayout()
        width, veil = self._page.viewport().width(), self._theme.color("paper", self._thickness())
        for block in visible_blocks(self._page):
            end = block.position() + block.length()
            if cursor.selectionStart() >= end or cursor.selectionEnd() < block.position():
                height = layout.blockBoundingRect(block).height()
                painter.fillRect(QRectF(0, self._page.origin(block).y(), width, height), veil)

    def _thickness(self) -> float:
        """Return the opacity at which paper over ink looks like the quietest ink."""
        ink, quiet, paper = (self._theme.color(token).green() for token in ("ink", "ink3", "paper"))
        return 0.0 if paper == ink else (quiet - ink) / (paper - ink)
