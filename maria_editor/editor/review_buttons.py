"""Keep and Leave out beneath the current change, or Undecide once that is settled."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from maria_editor.editor.review_page import ReviewPage
from maria_editor.editor.review_text import Decision
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.menu import SHADOW, draw_popup
from maria_editor.theme.theme import Theme

_INSET = 3
_HEIGHT = 28
_BELOW = 6
_RADIUS = 8.0


class ReviewButtons(QWidget):
    """Follows the ring of a page's current change.

    Signals:
        decided(Decision): what the writer says of it.
    """

    decided = Signal(object)

    def __init__(self, page: ReviewPage, theme: Theme) -> None:
        super().__init__(page.viewport())
        self._page = page
        self._theme = theme
        self.keep = Button(
            theme, self.tr("Keep"), icon="check", kind=ButtonKind.SOFT, height=_HEIGHT
        )
        self.leave_out = Button(theme, self.tr("Leave out"), icon="cross", height=_HEIGHT)
        self.undecide = Button(theme, self.tr("Undecide"), icon="undo", height=_HEIGHT)
        row = QHBoxLayout(self)
        edge = SHADOW + _INSET
        row.setContentsMargins(edge, edge, edge, edge)
        row.setSpacing(4)
        for button, decision in (
            (self.keep, Decision.KEPT),
            (self.leave_out, Decision.LEFT_OUT),
            (self.undecide, Decision.PROPOSED),
        ):
            row.addWidget(button)
            button.clicked.connect(lambda _=False, said=decision: self.decided.emit(said))
        page.placed.connect(self.place)
        theme.changed.connect(self.update)
        self.hide()

    def show_for(self, decision: Decision) -> None:
        """Offer what can still be said of the current change."""
        is_open = decision is Decision.PROPOSED
        self.keep.setVisible(is_open)
        self.leave_out.setVisible(is_open)
        self.undecide.setVisible(not is_open)
        self.place()

    @Slot()
    def place(self) -> None:
        """Stand beneath the ring, or above it where there is no room; hide without a ring."""
        rings = self._page.marks.ring_rects(self._page.marks.current)
        self.setVisible(bool(rings))
        if not rings:
            return
        self.adjustSize()
        area, last = self._page.viewport().rect(), rings[-1]
        top = round(last.bottom()) + 1 + _BELOW
        height = self.height() - 2 * SHADOW
        if top + height > area.bottom():
            top = round(rings[0].top()) - 1 - _BELOW - height
        # All of the shadow stays in the viewport.
        left = min(round(last.left()), area.right() - self.width() + SHADOW)
        self.move(QPoint(left - SHADOW, top - SHADOW))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the popup around the buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panel = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        draw_popup(painter, panel, self._theme, _RADIUS)
