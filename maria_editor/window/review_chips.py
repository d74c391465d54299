"""What is never touched: the kinds of words the model leaves alone, and the writer's own locks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.pressable import Pressable
from maria_editor.theme.theme import Theme

_HEIGHT = 26
_GAP = 8
_SIDE, _ICON, _ICON_GAP = 8.0, 14.0, 4.0
_CROSS = 12.0
_LONGEST = 140.0
_RADIUS = 5.0


class LockChips(QWidget):
    """Chips in as many lines as they need.

    Signals:
        unlock_requested(int): let go of the writer's lock with this number.
    """

    unlock_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Never touch"))
        self._kinds = [
            LockChip(theme, words, self, is_removable=False)
            for words in (self.tr("Names"), self.tr("Numbers"), self.tr("Quotations"))
        ]
        self.own: list[LockChip] = []
        self._place()

    def show_locks(self, words: Sequence[str]) -> None:
        """Show the writer's own locks after the kinds."""
        if [chip.words for chip in self.own] == list(words):
            return
        for chip in self.own:
            chip.hide()
            chip.deleteLater()
        self.own = [LockChip(self._theme, word, self) for word in words]
        for number, chip in enumerate(self.own):
            chip.clicked.connect(lambda _=False, number=number: self.unlock_requested.emit(number))
            chip.show()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        x = y = 0
        for chip in [*self._kinds, *self.own]:
            width = chip.sizeHint().width()
            if x and x + width > self.width():
                x, y = 0, y + _HEIGHT + _GAP
            chip.setGeometry(x, y, width, _HEIGHT)
            x += width + _GAP
        self.setFixedHeight(y + _HEIGHT)


class LockChip(Pressable):
    """A padlock and words; a cross where the lock can be let go."""

    def __init__(
        self, theme: Theme, words: str, parent: QWidget, *, is_removable: bool = True
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_removable = is_removable
        self.words = words
        self.setFont(interface_font(12))
        if is_removable:
            self.setAccessibleName(self.tr("Unlock: {words}").format(words=words))
            self.setToolTip(self.accessibleName())
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        else:
            self.setAccessibleName(self.tr("{words}: never changed").format(words=words))
            self.setToolTip(self.tr("The model never changes these."))
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        width = 2 * _SIDE + 2 + _ICON + _ICON_GAP + self._words_width()
        return QSize(round(width + (_CROSS + _ICON_GAP if self._is_removable else 0)), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip, and the ring while focused."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, tokens = QRectF(self.rect()), self._theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("well"))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        box = QRectF(_SIDE, rect.center().y() - _ICON / 2, _ICON, _ICON)
        draw_icon(painter, "lock", box, tokens.ink2)
        metrics = QFontMetricsF(self.font())
        baseline = (rect.height() - metrics.height()) / 2 + metrics.ascent()
        painter.setFont(self.font())
        painter.setPen(self._theme.color("ink"))
        shown = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, _LONGEST)
        painter.drawText(QPointF(box.right() + _ICON_GAP, baseline), shown)
        if self._is_removable:
            left = rect.right() - _SIDE - _CROSS + 2
            cross = QRectF(left, rect.center().y() - _CROSS / 2, _CROSS, _CROSS)
            draw_icon(painter, "cross", cross, tokens.ink if self.underMouse() else tokens.ink2)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)

    def _words_width(self) -> float:
        return min(_LONGEST, QFontMetricsF(self.font()).horizontalAdvance(self.words))
