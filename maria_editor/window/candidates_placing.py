"""Where the candidates popup stands: by its chip, in the text area, never over the chip."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize

_AWAY = 10


def popup_corner(
    chip: QRect,
    size: QSize,
    area: QRect,
    *,
    indent: int,
    keep_off: QRect | None = None,
    expected: QSize | None = None,
) -> QPoint:
    """Return the top left corner of a popup of `size` for `chip`, inside `area`.

    Below the chip, its contents, which begin `indent` from its edge, at the chip's left; above it
    where that does not fit; beside it where neither does, if there is room. It does not cover
    `keep_off` either, if there is a place that does not. Where it may come to an `expected` size,
    it stands where that has room, so as not to go elsewhere when it does.
    """
    corners = _corners(chip, size, area, indent)
    grown = size if expected is None else expected
    lasting = [
        corner
        for corner, later in zip(corners, _corners(chip, grown, area, indent), strict=True)
        if area.contains(QRect(later, grown))
    ]
    fitting = [*lasting, *(c for c in corners if area.contains(QRect(c, size)))]
    left, below, above = corners[0].x(), corners[0].y(), corners[1].y()
    if keep_off is not None:
        farther = [QPoint(left, _under(keep_off)), QPoint(left, _over(keep_off, size))]
        for corner in (*fitting, *farther):
            rect = QRect(corner, size)
            if area.contains(rect) and not (rect.intersects(keep_off) or rect.intersects(chip)):
                return corner
    if fitting:
        return fitting[0]
    # No room anywhere: the larger side, cut off rather than over the chip.
    room_below, room_above = area.bottom() + 1 - below, chip.top() - _AWAY - area.top()
    return QPoint(left, below if room_below >= room_above else above)


def _corners(chip: QRect, size: QSize, area: QRect, indent: int) -> list[QPoint]:
    """Return where a popup may stand: below the chip, above it, right and left of it."""
    left = _clamped(chip.left() - indent, area.left(), area.right() + 1 - size.width())
    top = _clamped(_under(chip), area.top(), area.bottom() + 1 - size.height())
    return [
        QPoint(left, _under(chip)),
        QPoint(left, _over(chip, size)),
        QPoint(chip.right() + 1 + _AWAY, top),
        QPoint(chip.left() - _AWAY - size.width(), top),
    ]


def _under(rect: QRect) -> int:
    return rect.bottom() + 1 + _AWAY


def _over(rect: QRect, size: QSize) -> int:
    return rect.top() - _AWAY - size.height()


def _clamped(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
