"""Underlines the unknown words in view with a wave; finds them for menus and keys."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QTextBlock

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.editor.spelling import Speller, unknown_words
from maria_editor.editor.spelling_scripts import LATIN
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

# A period is as long as it has room to be high.
_TILE, _CREST, _THICKNESS = 4, 2.6, 1.2
_MOST_LINES = 512

Span = tuple[int, int]


class SpellingMarks:
    """The unknown words of one page. Positions are the document's."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._theme = theme
        self._speller: Speller | None = None
        self._script = LATIN
        # By a line's text: what was painted once is not looked up again.
        self._found: dict[str, list[Span]] = {}
        page.add_layer(self._draw, above=True)

    def use(self, speller: Speller | None, script: str = LATIN) -> None:
        """Mark the words in its script that this dictionary does not know; None marks nothing."""
        self._speller = speller
        self._script = script
        self.look_again()

    def look_again(self) -> None:
        """Forget what was found: the dictionary knows other words."""
        self._found.clear()
        self._page.viewport().update()

    def word_at(self, position: int) -> Span | None:
        """Return the unknown word that a position touches."""
        block = self._page.document().findBlock(position)
        start = block.position()
        for first, last in self._unknown(block):
            if start + first <= position <= start + last:
                return start + first, start + last
        return None

    def next_word(self, position: int) -> Span | None:
        """Return the first unknown word from a position on, around the end of the text."""
        document = self._page.document()
        block = document.findBlock(position)
        for _ in range(document.blockCount() + 1):
            for first, last in self._unknown(block):
                if block.position() + first >= position:
                    return block.position() + first, block.position() + last
            block = block.next()
            if not block.isValid():
                block, position = document.begin(), 0
        return None

    def _unknown(self, block: QTextBlock) -> list[Span]:
        """Return the places of a block's unknown words, in UTF-16 units of the block."""
        if self._speller is None:
            return []
        text = block.text()
        if text not in self._found:
            if len(self._found) >= _MOST_LINES:
                self._found.clear()
            offsets = OffsetMap(text)
            self._found[text] = [
                (offsets.to_utf16(start), offsets.to_utf16(end))
                for start, end in unknown_words(text, self._speller, self._script)
            ]
        return self._found[text]

    def _draw(self, painter: QPainter) -> None:
        if self._speller is None:
            return
        font = self._page.document().defaultFont()
        cursor = self._page.textCursor()
        tile = _wave(self._theme.tokens.warm, self._page.devicePixelRatio())
        for block in visible_blocks(self._page):
            written = cursor.position() - block.position()
            for start, end in self._unknown(block):
                # A word is not wrong before it is finished.
                if end == written and not cursor.hasSelection() and self._page.hasFocus():
                    continue
                for rect in mark_rects(block, self._page.origin(block), start, end, font):
                    top = rect.bottom() - 0.12 * font.pixelSize() - _TILE / 2
                    painter.drawTiledPixmap(QRectF(rect.left(), top, rect.width(), _TILE), tile)


@lru_cache(maxsize=8)
def _wave(color: str, ratio: float) -> QPixmap:
    """Return one period of the wave: drawing it as a path costs as much as all of the text."""
    tile = QPixmap(round(_TILE * ratio), round(_TILE * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    # From before the tile to after it, so that the periods join.
    path = QPainterPath(QPointF(-_TILE, _TILE / 2))
    for half in range(6):
        x, crest = (half - 2) * _TILE / 2, -_CREST if half % 2 else _CREST
        path.quadTo(QPointF(x + _TILE / 4, _TILE / 2 + crest), QPointF(x + _TILE / 2, _TILE / 2))
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(color), _THICKNESS))
    painter.drawPath(path)
    painter.end()
    return tile
