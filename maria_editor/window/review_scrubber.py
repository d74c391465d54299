"""The scrubber: how flow and fit went over the sweeps, and which sweep is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme
from maria_model.api import PassageScore

_HEIGHT = 104
_SIDE = 8.0
_TOP, _BOTTOM = 14.0, 30.0
_NUMBERS = 20.0
_DOT, _CHOSEN_DOT = 2.75, 5.5
_LINE = 2.0
_DASHES = (3.0, 2.4)
_LEAST_STEP = 16.0


class Scrubber(QSlider):
    """Sweep 0 is the writer's own text; comma and full stop step as well as the arrow keys."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._scores: Sequence[PassageScore | None] = (None,)
        self.setPageStep(1)
        self.setAccessibleName(self.tr("Sweeps"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(self._on_value_changed)
        theme.changed.connect(self.update)

    def show_sweeps(self, scores: Sequence[PassageScore | None], chosen: int) -> None:
        """Show a score for each sweep, the writer's text first; one is chosen."""
        self._scores = scores
        self.blockSignals(True)
        self.setRange(0, len(scores) - 1)
        self.setValue(chosen)
        self.blockSignals(False)
        self.setAccessibleDescription(self.spoken())
        self.update()

    def spoken(self) -> str:
        """Return where the slider stands, for the ear."""
        words = self.tr("Sweep {i} of {n}").format(i=self.value(), n=self.maximum())
        score = self._scores[self.value()]
        if score is None:
            return words
        flow = f"{abs(score.flow):.2f}"
        if score.flow < 0:
            flow = self.tr("minus {flow}").format(flow=flow)
        return self.tr("{sweep}, flow {flow}").format(sweep=words, flow=flow)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(120, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the room it needs."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the nearest sweep."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._sweep_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag through the sweeps."""
        if self.isSliderDown():
            self.setValue(self._sweep_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop dragging."""
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both lines, the stops, the stem and the numbers."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        stem = QPointF(self._x(self.value()), 0)
        painter.setPen(QPen(self._theme.color("accent_line"), 1))
        painter.drawLine(stem + QPointF(0, 2), stem + QPointF(0, self.height() - _NUMBERS))
        fits = [None if score is None else score.fit for score in self._scores]
        flows = [None if score is None else score.flow for score in self._scores]
        # The dashed line stands below the solid one: each has its own scale and no axis.
        dashed = QPen(self._theme.color("ink2"), 1.5)
        dashed.setDashPattern(list(_DASHES))
        dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._draw_line(painter, dashed, self._heights(fits, 0.45, 1.0))
        heights = self._heights(flows, 0.0, 0.8)
        self._draw_line(painter, QPen(self._theme.color("accent"), _LINE), heights)
        self._draw_dots(painter, heights)
        self._draw_numbers(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _heights(
        self, values: Sequence[float | None], top: float, bottom: float
    ) -> list[float | None]:
        """Return the y of each value between two shares of the plot; higher is better."""
        known = [value for value in values if value is not None]
        room = self.height() - _TOP - _BOTTOM
        if not known:
            return [None] * len(values)
        least, span = min(known), max(known) - min(known)

        def y(value: float) -> float:
            share = (value - least) / span if span else 0.5
            return _TOP + room * (bottom - share * (bottom - top))

        return [None if value is None else y(value) for value in values]

    def _draw_line(self, painter: QPainter, pen: QPen, heights: Sequence[float | None]) -> None:
        points = [QPointF(self._x(i), y) for i, y in enumerate(heights) if y is not None]
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))

    def _draw_dots(self, painter: QPainter, heights: Sequence[float | None]) -> None:
        for sweep, height in enumerate(heights):
            # A sweep that is not scored yet is a stop all the same.
            y = self.height() - _BOTTOM if height is None else height
            is_chosen = sweep == self.value()
            painter.setPen(QPen(self._theme.color("accent"), 1.6))
            painter.setBrush(self._theme.color("accent" if is_chosen else "paper"))
            size = _CHOSEN_DOT - 0.8 if is_chosen else _DOT
            painter.drawEllipse(QPointF(self._x(sweep), y), size, size)

    def _draw_numbers(self, painter: QPainter) -> None:
        step = (self.width() - 2 * _SIDE) / max(1, self.maximum())
        every = max(1, round(_LEAST_STEP / step + 0.5)) if step < _LEAST_STEP else 1
        for sweep in range(self.maximum() + 1):
            is_chosen = sweep == self.value()
            if sweep % every and not is_chosen:
                continue
            weight = QFont.Weight.DemiBold if is_chosen else QFont.Weight.Normal
            painter.setFont(interface_font(12, weight=weight, tabular=True))
            painter.setPen(self._theme.color("ink" if is_chosen else "ink3"))
            box = QRectF(self._x(sweep) - 16, self.height() - _NUMBERS, 32, _NUMBERS)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(sweep))

    def _x(self, sweep: int) -> float:
        return _SIDE + sweep * (self.width() - 2 * _SIDE) / max(1, self.maximum())

    def _sweep_at(self, x: float) -> int:
        share = (x - _SIDE) / max(1.0, self.width() - 2 * _SIDE)
        return round(min(max(share, 0.0), 1.0) * self.maximum())

    def _on_value_changed(self) -> None:
        self.setAccessibleDescription(self.spoken())
        announce(self, self.spoken())
        self.update()
