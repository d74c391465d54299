"""The status bar: saved time and recovery at the left; the model and the counts at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from maria_editor.theme.theme import Theme
from maria_editor.window.status_item import PADDING, ProgressItem, StatusItem

HEIGHT = 32
_MARGIN = 16
_GAP = 20
# Narrower, and speed, device, recovery and model give way one after the other.
_LEAST_WIDTHS = (900, 760, 620, 0)


class StatusBar(QWidget):
    """One quiet row of facts, each a button.

    Signals:
        stop_requested: stop the model.
        recovery_requested: show where unsaved writing is kept.
        next_blank_requested: go to the next blank.
    """

    stop_requested = Signal()
    recovery_requested = Signal()
    next_blank_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.saved = StatusItem(theme, self.tr("Saved"), icon="doc")
        self.recovery = StatusItem(theme, self.tr("Recovery"), icon="shield")
        self.progress = ProgressItem(theme)
        self.model = StatusItem(theme, self.tr("Model"), icon="book")
        self.device = StatusItem(theme, self.tr("Device"), icon="chip")
        self.speed = StatusItem(theme, self.tr("Speed"))
        self._rule = _Rule(theme)
        self.words = StatusItem(theme, self.tr("Words"))
        self.blanks = StatusItem(theme, self.tr("Blanks"))
        self._row = QHBoxLayout(self)
        self._set_up()
        theme.changed.connect(self.update)

    def fit(self) -> None:
        """Show what has words, and drop what has no room: speed, device, recovery, model."""
        droppable = (self.speed, self.device, self.recovery, self.model)
        # What the layout remembers may be older than the words.
        self._row.invalidate()
        for item, least in zip(droppable, _LEAST_WIDTHS, strict=True):
            item.setVisible(bool(item.text()) and self.width() >= least)
        self.blanks.setVisible(bool(self.blanks.text()))
        for item in droppable:
            if self._row.minimumSize().width() <= self.width():
                break
            item.hide()
        # At once: no frame shows words in the room of the last ones.
        self._row.activate()

    def add_item(self, item: StatusItem) -> None:
        """Put another fact at the right end; it is hidden at first."""
        self._row.addWidget(item)
        item.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop or bring back facts."""
        super().resizeEvent(event)
        self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and its hairline."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("chrome"))
        painter.fillRect(QRectF(0, 0, self.width(), 1), self._theme.color("line"))

    def _set_up(self) -> None:
        self.setFixedHeight(HEIGHT + 1)
        self.setMinimumWidth(1)
        row = self._row
        row.setContentsMargins(_MARGIN - PADDING, 1, _MARGIN - PADDING, 0)
        row.setSpacing(_GAP - 2 * PADDING)
        row.addWidget(self.saved)
        row.addWidget(self.recovery)
        row.addStretch(1)
        for item in (self.progress, self.model, self.device, self.speed):
            row.addWidget(item)
        row.addWidget(self._rule)
        row.addWidget(self.words)
        row.addWidget(self.blanks)
        self.progress.stop_clicked.connect(self.stop_requested)
        self.recovery.clicked.connect(self.recovery_requested)
        self.blanks.clicked.connect(self.next_blank_requested)


class _Rule(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(9, 14)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        QPainter(self).fillRect(QRectF(4, 0, 1, 14), self._theme.color("line"))
