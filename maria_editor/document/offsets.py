"""Converts positions: Python and the model count code points, Qt counts UTF-16 units.

Knows nothing of Qt; the numbers are enough.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")


class OffsetMap:
    """The positions of one text, both ways; O(log n) in the characters that take two units."""

    def __init__(self, text: str) -> None:
        wide = [] if text.isascii() else [m.start() for m in _BEYOND_BMP.finditer(text)]
        self._code_points = wide
        self._utf16 = [start + earlier for earlier, start in enumerate(wide)]
        self._length = len(text)

    def to_utf16(self, code_point: int) -> int:
        """Return the UTF-16 offset of a code-point offset; raise ValueError outside the text."""
        if not 0 <= code_point <= self._length:
            raise ValueError(f"code_point={code_point}: the text has {self._length}.")
        return code_point + bisect_left(self._code_points, code_point)

    def to_code_point(self, utf16: int) -> int:
        """Return the code-point offset of a UTF-16 offset; raise ValueError outside the text.

        Between the two units of one character, return the offset of that character.
        """
        if not 0 <= utf16 <= self._length + len(self._utf16):
            raise ValueError(f"utf16={utf16}: the text has {self._length + len(self._utf16)}.")
        return utf16 - bisect_left(self._utf16, utf16)


def utf16_length(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
