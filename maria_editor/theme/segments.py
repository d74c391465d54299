"""Segments: a few choices side by side on one track, of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme

_HEIGHT = 32
_INSET = 2
_RADIUS = 8.0
_PADDING = 10


class Segments(QWidget):
    """One choice of several; arrow keys move it.

    Signals:
        chosen(int): the writer has chosen the segment with this number.
    """

    chosen = Signal(int)

    def __init__(
        self, theme: Theme, labels: Sequence[str], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(_INSET, _INSET, _INSET, _INSET)
        row.setSpacing(0)
        for number, label in enumerate(labels):
            segment = _Segment(theme, label, name)
            self._group.addButton(segment, number)
            row.addWidget(segment, 1)
        self._group.idClicked.connect(self._on_clicked)
        self.choose(0)
        theme.changed.connect(self.update)

    @property
    def index(self) -> int:
        """The number of the chosen segment."""
        return self._group.checkedId()

    def choose(self, index: int) -> None:
        """Choose a segment without a signal."""
        self._group.button(index).setChecked(True)
        self.setFocusProxy(self._group.button(index))

    def offer(self, index: int, is_offered: bool) -> None:
        """Show a segment, or take it away where it makes no sense."""
        self._group.button(index).setVisible(is_offered)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(super().sizeHint().width(), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("well"))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)

    @Slot(int)
    def _on_clicked(self, index: int) -> None:
        self.setFocusProxy(self._group.button(index))
        self.chosen.emit(index)


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, label: str, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(label)
        self.setFont(interface_font(12, weight=QFont.Weight.Medium, tabular=True))
        self.setAccessibleName(f"{name}: {label}")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text()) + 2 * _PADDING
        return QSize(round(width + 0.5), _HEIGHT - 2 * _INSET)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill of the chosen one, and the label."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, radius = QRectF(self.rect()), _RADIUS - _INSET
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("pill"))
            painter.drawRoundedRect(rect, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("ink" if self.isChecked() else "ink2"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.text())
