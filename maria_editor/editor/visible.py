"""Which blocks are in view: what is painted or formatted is theirs alone, however long the text.

The layout's own search for a point goes through the text from its start, so this one bisects.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QTextEdit


def visible_blocks(page: QTextEdit) -> Iterator[QTextBlock]:
    """Yield the blocks that show in the viewport, from the top."""
    layout = page.document().documentLayout()
    top = page.verticalScrollBar().value()
    bottom = top + page.viewport().height()
    block = _block_at(page, top)
    while block.isValid() and layout.blockBoundingRect(block).top() < bottom:
        yield block
        block = block.next()


def _block_at(page: QTextEdit, y: float) -> QTextBlock:
    """Return the last block that begins at or above `y`; the first one above the text."""
    document = page.document()
    layout = document.documentLayout()
    last = document.blockCount() - 1
    low, high = 0, min(1, last)
    # What is asked about is laid out, so a text that was just opened is not asked for its middle.
    while high < last and layout.blockBoundingRect(document.findBlockByNumber(high)).top() <= y:
        low, high = high, min(2 * high, last)
    while low < high:
        middle = (low + high + 1) // 2
        block = document.findBlockByNumber(middle)
        if layout.blockBoundingRect(block).top() <= y:
            low = middle
        else:
            high = middle - 1
    return document.findBlockByNumber(low)
