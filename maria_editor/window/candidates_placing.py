"""Where the candidates popup stands: by its chip, in the text area, never over the chip."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPoint, QRect, QSize

_AWAY = 10


class Side(Enum):
    """A side of a chip."""

    BELOW = "below"
    ABOVE = "above"
    RIGHT = "right"
    LEFT = "left"


def popup_corner(
    chip: QRect,
    size: QSize,
    area: QRect,
    *,
    indent: int,
    keep_off: QRect | None = None,
    kept: Side | None = None,
) -> QPoint:
    """Return the top left corner of a popup of `size` for `chip`, inside `area`.

    Below the chip, its contents, which begin `indent` from its edge, at the chip's left; above it
    where that does not fit; beside it where neither does, if there is room. It does not cover
    `keep_off` either, if there is a place that does not. On the side where it is `kept` it stays
    while that has room.
    """
    corners = _corners(chip, size, area, indent)
    fitting = [side for side in corners if area.contains(QRect(corners[side], size))]
    found = [corners[side] for side in sorted(fitting, key=lambda s: s is not kept)]
    left, below, above = corners[Side.BELOW].x(), corners[Side.BELOW].y(), corners[Side.ABOVE].y()
    if keep_off is not None:
        farther = [QPoint(left, _under(keep_off)), QPoint(left, _over(keep_off, size))]
        if kept is Side.ABOVE:
            farther.reverse()
        for corner in (*found, *farther):
            rect = QRect(corner, size)
            if area.contains(rect) and not (rect.intersects(keep_off) or rect.intersects(chip)):
                return corner
    if found:
        return found[0]
    # No room anywhere: the larger side, cut off rather than over the chip.
    room_below, room_above = area.bottom() + 1 - below, chip.top() - _AWAY - area.top()
    return QPoint(left, below if room_below >= room_above else above)


def side_of(chip: QRect, panel: QRect) -> Side:
    """Return the side of a chip that a popup stands on."""
    if panel.top() > chip.bottom():
        return Side.BELOW
    if panel.bottom() < chip.top():
        return Side.ABOVE
    return Side.RIGHT if panel.left() > chip.right() else Side.LEFT


def height_for(chip: QRect, area: QRect, kept: Side | None, *, least: int) -> int:
    """Return how high a popup may be: where it is kept, if `least` fits there, or anywhere."""
    heights = {
        Side.BELOW: area.bottom() - chip.bottom() - _AWAY,
        Side.ABOVE: chip.top() - area.top() - _AWAY,
    }
    height = heights.get(kept, 0) if kept is not None else 0
    return height if height >= least else max(heights.values())


def _corners(chip: QRect, size: QSize, area: QRect, indent: int) -> dict[Side, QPoint]:
    """Return where a popup may stand, the best side first."""
    left = _clamped(chip.left() - indent, area.left(), area.right() + 1 - size.width())
    top = _clamped(_under(chip), area.top(), area.bottom() + 1 - size.height())
    return {
        Side.BELOW: QPoint(left, _under(chip)),
        Side.ABOVE: QPoint(left, _over(chip, size)),
        Side.RIGHT: QPoint(chip.right() + 1 + _AWAY, top),
        Side.LEFT: QPoint(chip.left() - _AWAY - size.width(), top),
    }


def _under(rect: QRect) -> int:
    return rect.bottom() + 1 + _AWAY


def _over(rect: QRect, size: QSize) -> int:
    return rect.top() - _AWAY - size.height()


def _clamped(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
