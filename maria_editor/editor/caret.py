"""The caret: 2 px in the accent colour, blinking at the platform's pace."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QTextCursor, QTextLine

from maria_editor.editor.lines import x_in
from maria_editor.theme.fonts import LEADING

WIDTH = 2
_HEIGHT = 1.25


class Caret(QObject):
    """When the caret shows.

    Signals:
        blinked: it appears or disappears now.
    """

    blinked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_lit = True
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timeout)

    def restart(self) -> None:
        """Show the caret and begin to blink: after every movement."""
        self.is_lit = True
        period = QGuiApplication.styleHints().cursorFlashTime()
        if period > 0:
            self._timer.start(period // 2)
        self.blinked.emit()

    def stop(self) -> None:
        """Stand still, lit."""
        self._timer.stop()
        self.is_lit = True
        self.blinked.emit()

    @Slot()
    def _on_timeout(self) -> None:
        self.is_lit = not self.is_lit
        self.blinked.emit()


def caret_rect(cursor: QTextCursor) -> QRectF:
    """Return the caret's place in document coordinates."""
    block = cursor.block()
    layout = block.layout()
    line = layout.lineForTextPosition(cursor.positionInBlock())
    if not line.isValid():
        return QRectF()
    origin = cursor.document().documentLayout().blockBoundingRect(block).topLeft()
    # On whole pixels, so that it is crisp; at the margin, not before it.
    x = max(0, round(x_in(line, cursor.positionInBlock())) - 1)
    return _upright(origin.x() + x, origin.y() + line.y() + line.ascent(), line, cursor)


def _upright(x: float, baseline: float, line: QTextLine, cursor: QTextCursor) -> QRectF:
    font = cursor.document().defaultFont()
    # In a heading the line is taller than the text's own font.
    em = max(font.pixelSize(), line.ascent() / QFontMetricsF(font).ascent() * font.pixelSize())
    height = em * _HEIGHT
    return QRectF(x, baseline - em * (LEADING / 2 + 0.15), WIDTH, height)
