"""A switch: on or off, told by the place of its knob and a tick, not by colour alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from maria_editor.theme.icons import draw_icon
from maria_editor.theme.theme import Theme

_SIZE = QSize(48, 28)
_TRACK = QRectF(4, 4, 40, 20)
_KNOB = 14


class Switch(QAbstractButton):
    """Something that is on or off."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return _SIZE

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, the knob and, when on, a tick in it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color, is_on = self._theme.color, self.isChecked()
        half = _TRACK.height() / 2
        painter.setPen(Qt.PenStyle.NoPen if is_on else QPen(color("edge"), 1.5))
        painter.setBrush(color("accent" if is_on else "well"))
        painter.drawRoundedRect(_TRACK, half, half)
        left = _TRACK.right() - 3 - _KNOB if is_on else _TRACK.left() + 3
        knob = QRectF(left, _TRACK.center().y() - _KNOB / 2, _KNOB, _KNOB)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("on_accent" if is_on else "edge"))
        painter.drawEllipse(knob)
        if is_on:
            draw_icon(painter, "check", knob.adjusted(1, 1, -1, -1), self._theme.tokens.accent)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color("accent"), 2))
            painter.drawRoundedRect(_TRACK.adjusted(-3, -3, 3, 3), half + 3, half + 3)
