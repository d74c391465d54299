"""Where positions of a block stand on its lines."""

from __future__ import annotations

from typing import cast

from PySide6.QtGui import QTextLine


def x_in(line: QTextLine, position: int) -> float:
    """Return the x of a position of the block, in the layout's coordinates."""
    # Qt answers with the x and the position it belongs to.
    return cast(tuple[float, int], line.cursorToX(position))[0]
