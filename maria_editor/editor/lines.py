"""Where positions of a block stand on its lines, and what a stretch of its text covers there.

Words of the other direction stand elsewhere than between their neighbours, so that a stretch may
cover several parts of a line.
"""

from __future__ import annotations

import re
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock, QTextLine

# A block's user state where it is known that all of its text reads from left to right.
LEFT_TO_RIGHT = 1
# Letters and digits of right-to-left scripts, and what embeds them.
_OTHER = re.compile(
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefe"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# Parts no further apart than this touch.
_NEAR = 0.25

Part = tuple[float, float]


def reads_left_to_right(text: str) -> bool:
    """Return whether nothing in a text stands elsewhere than after what precedes it."""
    return text.isascii() or _OTHER.search(text) is None


def x_in(line: QTextLine, position: int) -> float:
    """Return the x of a position of the block, in the layout's coordinates."""
    # Qt answers with the x and the position it belongs to.
    return cast(tuple[float, int], line.cursorToX(position))[0]


def parts_in(block: QTextBlock, line: QTextLine, start: int, end: int) -> list[Part]:
    """Return the left and the right end of each part of the line that `[start, end)` covers.

    They come as the block reads, in the layout's coordinates; `[start, end)` is on the line.
    """
    if block.userState() == LEFT_TO_RIGHT:
        return [(x_in(line, start), x_in(line, end))]
    # Where directions meet a position has two places; glyphs have one each.
    places = [run.boundingRect() for run in line.glyphRuns(start, end - start)]
    parts: list[Part] = []
    for left, right in sorted((place.left(), place.right()) for place in places):
        if parts and left <= parts[-1][1] + _NEAR:
            parts[-1] = parts[-1][0], max(right, parts[-1][1])
        else:
            parts.append((left, right))
    if not parts:
        # A tab has no glyph.
        left, right = sorted((x_in(line, start), x_in(line, end)))
        return [(left, right)]
    is_rtl = block.textDirection() is Qt.LayoutDirection.RightToLeft
    return parts[::-1] if is_rtl else parts
