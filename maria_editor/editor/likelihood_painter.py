"""Draws a level of unlikeliness: a fill, and an underline whose pattern says it without colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from maria_editor.theme.theme import Theme
from maria_model.oddness import Level

RADIUS = 4.0
_DOT, _DOT_STEP = 1.8, 4.0
_DASH, _DASH_GAP, _DASH_THICKNESS = 5.0, 3.0, 1.6
_SOLID, _DOUBLE = 1.8, 1.4
_DOUBLE_STEP = 3.0
_INSET = 1.5


def draw_level(painter: QPainter, rect: QRectF, level: Level, theme: Theme, *, lift: float) -> None:
    """Draw fill and underline; the underline stands `lift` above the bottom of `rect`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(f"h{level.value}"))
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(level, theme))
    y = rect.bottom() - lift
    left, right = rect.left() + _INSET, rect.right() - _INSET
    if level is Level.A_LITTLE_UNUSUAL:
        # Round caps reach beyond the ends.
        left, right = left + _DOT / 2, right - _DOT / 2
    if level is Level.VERY_UNLIKELY:
        painter.drawLine(QPointF(left, y - 1), QPointF(right, y - 1))
        y += _DOUBLE_STEP - 1
    painter.drawLine(QPointF(left, y), QPointF(right, y))


def _pen(level: Level, theme: Theme) -> QPen:
    color = theme.color(f"u{level.value}")
    if level is Level.A_LITTLE_UNUSUAL:
        pen = QPen(color, _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([0.01, _DOT_STEP / _DOT])
        return pen
    thickness = {Level.UNUSUAL: _DASH_THICKNESS, Level.UNLIKELY: _SOLID}.get(level, _DOUBLE)
    pen = QPen(color, thickness, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if level is Level.UNUSUAL:
        pen.setDashPattern([_DASH / thickness, _DASH_GAP / thickness])
    return pen
