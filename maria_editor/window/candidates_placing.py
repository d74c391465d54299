"""Where the candidates popup stands: by its chip, in the text area, never over the chip."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize

_AWAY = 10


def popup_corner(chip: QRect, size: QSize, area: QRect, *, indent: int) -> QPoint:
    """Return the top left corner of a popup of `size` for `chip`, inside `area`.

    Below the chip, its contents, which begin `indent` from its edge, at the chip's left; above it
    where that does not fit; beside it where neither does, if there is room.
    """
    left = _clamped(chip.left() - indent, area.left(), area.right() + 1 - size.width())
    below = chip.bottom() + 1 + _AWAY
    above = chip.top() - _AWAY - size.height()
    if below + size.height() <= area.bottom() + 1:
        return QPoint(left, below)
    if above >= area.top():
        return QPoint(left, above)
    top = _clamped(below, area.top(), area.bottom() + 1 - size.height())
    after = chip.right() + 1 + _AWAY
    before = chip.left() - _AWAY - size.width()
    if after + size.width() <= area.right() + 1:
        return QPoint(after, top)
    if before >= area.left():
        return QPoint(before, top)
    # No room anywhere: the larger side, cut off rather than over the chip.
    room_below, room_above = area.bottom() + 1 - below, chip.top() - _AWAY - area.top()
    return QPoint(left, below if room_below >= room_above else above)


def _clamped(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
