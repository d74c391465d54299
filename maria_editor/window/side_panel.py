"""What stands at the right of the page for a task: a header, what the task needs, a footer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from maria_editor.theme.button import Button
from maria_editor.theme.theme import Theme

WIDTH = 352
PADDING = 24
_HEADER = 48


class SidePanel(QWidget):
    """A panel of a fixed width with hairlines under its header and over its footer.

    Signals:
        closed: the writer is done with it.
    """

    closed = Signal()

    def __init__(
        self, theme: Theme, name: str, *, footer: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._footer_height = footer
        self.cross = Button(theme, icon="cross", height=28)
        self.cross.setAccessibleName(self.tr("Close panel"))
        self.cross.setToolTip(self.cross.accessibleName())
        self.cross.clicked.connect(self.closed)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(name)
        theme.changed.connect(self.update)
        self.hide()

    def sizeHint(self) -> QSize:
        """Return the panel's fixed width."""
        return QSize(WIDTH, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the panel with its hairlines."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("chrome"))
        line = self._theme.color("line")
        painter.fillRect(QRectF(0, 0, 1, self.height()), line)
        for y in (_HEADER - 1, self.height() - self._footer_height):
            painter.fillRect(QRectF(0, y, self.width(), 1), line)


class Hairline(QWidget):
    """Parts two sections of a panel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        QPainter(self).fillRect(self.rect(), self._theme.color("line"))
