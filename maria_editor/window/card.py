"""Dialogs as cards over the window: the page dims, and nothing beneath hears keys or clicks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button
from maria_editor.theme.label import Label
from maria_editor.theme.menu import draw_popup
from maria_editor.theme.tab_stops import next_stop
from maria_editor.theme.theme import Theme

PADDING = 32
_RADIUS = 12.0
_MARGIN = 24
_FOOTER = 72
# Around a text to read, which has no caret that would show where the keyboard is.
_RING, _RING_RADIUS, _RING_OFFSET = 2.0, 6.0, 2.0


class Card(QWidget):
    """A modal dialog inside a window: title, a line under it, a body and a row of buttons.

    Subclasses fill `body` and `buttons`. Esc closes it.

    Signals:
        closed: the card is gone.
    """

    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, *, width: int, height: int = 0) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._size = (width, height)
        self._back: QWidget | None = None
        self._card = QWidget(self)
        self.title = self.label("", "ink", size=20, weight=QFont.Weight.DemiBold)
        self.subtitle = self.label("", "ink2")
        self.subtitle.setWordWrap(True)
        self.body = QVBoxLayout()
        self.buttons = QHBoxLayout()
        self._header = QVBoxLayout()
        self._lay_out()
        window.installEventFilter(self)
        theme.changed.connect(self.update)
        self.hide()

    def label(
        self,
        words: str,
        token: str,
        *,
        size: int = 13,
        weight: QFont.Weight = QFont.Weight.Normal,
        tabular: bool = False,
    ) -> Label:
        """Return a label in a token's colour, which follows the theme."""
        return Label(self._theme, words, token, size=size, weight=weight, tabular=tabular)

    def open(self) -> None:
        """Show the card; the focus goes to the last button, which is the main one."""
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(self.subtitle.text())
        self._back = self._window.focusWidget()
        for view in (*self.findChildren(QPlainTextEdit), *self.findChildren(QTextEdit)):
            view.installEventFilter(self)
        self._place()
        self.show()
        self.raise_()
        buttons = [button for button in self.findChildren(Button) if button.isEnabled()]
        if buttons:
            buttons[-1].setFocus(Qt.FocusReason.PopupFocusReason)
        announce(self, f"{self.title.text()}. {self.subtitle.text()}")

    @Slot()
    def close_card(self) -> None:
        """Put the card away and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        self._window.removeEventFilter(self)
        if self._back is not None:
            self._back.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window; follow the focus into a text and out of it."""
        if watched is self._window and event.type() is QEvent.Type.Resize:
            self._place()
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from what lies beneath."""
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc; let no key through."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        event.accept()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Keep the focus in the card."""
        stop = next_stop(self, backwards=not next)
        if stop is not None:
            stop.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window; draw the card and the hairline above its buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_dark = self._theme.is_dark
        painter.fillRect(
            self.rect(), self._theme.color("chrome" if is_dark else "ink", 0.55 if is_dark else 0.3)
        )
        card = QRectF(self._card.geometry())
        draw_popup(painter, card, self._theme, _RADIUS)
        line = QRectF(card.left() + 1, card.bottom() - _FOOTER, card.width() - 2, 1)
        painter.fillRect(line, self._theme.color("line"))
        self._draw_ring(painter)

    def _draw_ring(self, painter: QPainter) -> None:
        view = self._window.focusWidget()
        if isinstance(view, QPlainTextEdit | QTextEdit) and self.isAncestorOf(view):
            out = _RING_OFFSET
            rect = QRectF(view.rect()).translated(view.mapTo(self, QPointF()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), _RING))
            painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), _RING_RADIUS, _RING_RADIUS)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._card)
        column.setContentsMargins(0, PADDING - 4, 0, 0)
        column.setSpacing(0)
        self._header.setContentsMargins(PADDING, 0, PADDING, 0)
        self._header.setSpacing(4)
        self._header.addWidget(self.title)
        self._header.addWidget(self.subtitle)
        column.addLayout(self._header)
        self.body.setContentsMargins(PADDING, 20, PADDING, 20)
        self.body.setSpacing(8)
        column.addLayout(self.body, 1)
        footer = QWidget()
        footer.setFixedHeight(_FOOTER)
        footer.setLayout(self.buttons)
        self.buttons.setContentsMargins(PADDING - 12, 17, PADDING, 18)
        self.buttons.setSpacing(8)
        column.addWidget(footer)

    def indent_header(self, pixels: int) -> None:
        """Leave room at the left of the title, for an icon."""
        self._header.setContentsMargins(PADDING + pixels, 0, PADDING, 0)

    def card_rect(self) -> QRectF:
        """Return where the card lies in the window."""
        return QRectF(self._card.geometry())

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        width = min(self._size[0], self.width() - 2 * _MARGIN)
        layout = self._card.layout()
        assert layout is not None
        wanted = self._size[1] or layout.totalHeightForWidth(width) or layout.sizeHint().height()
        height = min(max(wanted, layout.minimumSize().height()), self.height() - 2 * _MARGIN)
        left, top = (self.width() - width) // 2, (self.height() - height) // 2
        self._card.setGeometry(left, top, width, height)
