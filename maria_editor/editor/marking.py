"""Where a stretch of text stands on the page: rectangles for marks beneath and around words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QTextBlock

from maria_editor.editor.lines import parts_in

_ASCENT, _HEIGHT = 0.98, 1.36


def mark_rects(
    block: QTextBlock, origin: QPointF, start: int, end: int, font: QFont
) -> list[QRectF]:
    """Return the places of `[start, end)` of a block: one a line, more where directions mix.

    `origin` is the place of its layout, `font` that of the text outside headings.
    """
    layout = block.layout()
    rects: list[QRectF] = []
    line = layout.lineForTextPosition(start)
    if not line.isValid():
        return rects
    ascent = QFontMetricsF(font).ascent()
    for index in range(line.lineNumber(), layout.lineCount()):
        line = layout.lineAt(index)
        first, last = line.textStart(), line.textStart() + line.textLength()
        if first >= end:
            break
        if start < last:
            # In a heading the letters are larger.
            em = font.pixelSize() * max(1.0, line.ascent() / ascent)
            top = origin.y() + line.y() + line.ascent() - _ASCENT * em
            for left, right in parts_in(block, line, max(start, first), min(end, last)):
                rects.append(QRectF(origin.x() + left, top, right - left, _HEIGHT * em))
    return rects
