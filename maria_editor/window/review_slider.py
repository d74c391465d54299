"""A slider in the editor's own look: a track, filled up to a round handle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from maria_editor.theme.theme import Theme

_HEIGHT = 24
_HANDLE = 16.0
_TRACK = 4.0


class Slider(QSlider):
    """Whole steps from `least` to `most`, left to right."""

    def __init__(
        self, theme: Theme, name: str, least: int, most: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setRange(least, most)
        self.setPageStep(1)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(80, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the room it needs."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self._step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self.isSliderDown():
            self.setSliderPosition(self._step_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the handle."""
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, (self.height() - _TRACK) / 2, self.width(), _TRACK)
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        x = self._x()
        track.setWidth(x)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        center = QPointF(x, self.height() / 2)
        painter.setBrush(self._theme.color("knob"))
        painter.setPen(QPen(self._theme.color("edge"), 1))
        painter.drawEllipse(center, _HANDLE / 2 - 0.5, _HANDLE / 2 - 0.5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawEllipse(center, _HANDLE / 2 + 1.5, _HANDLE / 2 + 1.5)

    def _x(self) -> float:
        steps = max(1, self.maximum() - self.minimum())
        share = (self.sliderPosition() - self.minimum()) / steps
        return _HANDLE / 2 + share * (self.width() - _HANDLE)

    def _step_at(self, x: float) -> int:
        share = (x - _HANDLE / 2) / max(1.0, self.width() - _HANDLE)
        steps = self.maximum() - self.minimum()
        return self.minimum() + round(min(max(share, 0.0), 1.0) * steps)
