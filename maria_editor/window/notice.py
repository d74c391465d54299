"""Notices: a strip under the top row that says what happened and offers the next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.label import Label
from maria_editor.theme.theme import Theme

HEIGHT = 48
_ICON = 20


@dataclass(frozen=True, slots=True)
class Step:
    """A next step: a verb and what it does."""

    label: str
    action: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Notice:
    """What to say: the news first, the rest after it.

    `stands` tells whether it still matters, where that may change with the text.
    """

    news: str
    rest: str = ""
    steps: tuple[Step, ...] = ()
    is_warning: bool = False
    stands: Callable[[], bool] | None = None

    @classmethod
    def from_message(
        cls,
        message: str,
        *steps: Step,
        is_warning: bool = False,
        stands: Callable[[], bool] | None = None,
    ) -> Notice:
        """Split a message after its first sentence."""
        news, dot, rest = message.partition(". ")
        return cls(news + "." if dot else news, rest, steps, is_warning, stands)


class NoticeStrip(QWidget):
    """Shows one notice at a time, until it is answered or outdated."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._notice = Notice("")
        # Warnings that another notice came before, the last one last.
        self._unread: list[Notice] = []
        # Where the focus goes with the notice; Qt would hand it to the next button.
        self.home: QWidget | None = None
        # Of a long path the middle matters least.
        self._news = _Elided(theme, weight=QFont.Weight.DemiBold)
        self._news.mode = Qt.TextElideMode.ElideMiddle
        self._rest = _Elided(theme, "", "ink2")
        self._buttons: list[Button] = []
        self._cross = Button(theme, icon="cross", height=28)
        self._cross.setAccessibleName(self.tr("Close notice"))
        self._cross.clicked.connect(self._go_on)
        self._row = QHBoxLayout(self)
        self._set_up()
        theme.changed.connect(self.update)
        self.hide()

    @property
    def notice(self) -> Notice:
        """The notice that is shown, or was last."""
        return self._notice

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in the place of the last one; a warning comes back after it."""
        if not self.isHidden() and self._notice.is_warning and notice.news != self._notice.news:
            self._unread.append(self._notice)
        self._put_up(notice)

    def _put_up(self, notice: Notice) -> None:
        self._notice = notice
        self._news.setText(notice.news)
        self._rest.setText(notice.rest)
        self.setAccessibleName(self.tr("Notice"))
        self.setAccessibleDescription(f"{notice.news} {notice.rest}".strip())
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(step, first=not i) for i, step in enumerate(notice.steps)]
        for button in self._buttons:
            self._row.insertWidget(self._row.count() - 1, button)
        for one, next_one in pairwise([*self._buttons, self._cross]):
            self.setTabOrder(one, next_one)
        self.update()
        self.show()
        announce(self, self.accessibleDescription())

    @Slot()
    def check(self) -> None:
        """Take a notice away that matters no more."""
        stands = self._notice.stands
        if not self.isHidden() and stands is not None and not stands():
            self._go_on()

    @Slot()
    def dismiss(self) -> None:
        """Take the notice away, and whatever came before it."""
        self._unread.clear()
        self._take_down()

    @Slot()
    def _go_on(self) -> None:
        """Take the notice away; show the last warning before it that still matters."""
        self._take_down()
        while self._unread:
            earlier = self._unread.pop()
            if earlier.stands is None or earlier.stands():
                self._put_up(earlier)
                return

    def _take_down(self) -> None:
        focused = self.window().focusWidget()
        self.hide()
        if focused is not None and self.isAncestorOf(focused) and self.home is not None:
            self.home.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the strip, its icon and its hairline."""
        painter = QPainter(self)
        warns = self._notice.is_warning
        painter.fillRect(self.rect(), self._theme.color("warm_soft" if warns else "chrome"))
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, self._theme.color("line"))
        box = QRectF(20, (self.height() - 1 - _ICON) / 2, _ICON, _ICON)
        color = self._theme.tokens.warm if warns else self._theme.tokens.accent
        draw_icon(painter, "warn" if warns else "info", box, color)

    def _set_up(self) -> None:
        self.setFixedHeight(HEIGHT + 1)
        self._row.setContentsMargins(52, 0, 12, 1)
        self._row.setSpacing(9)
        self._row.addWidget(self._news)
        # The news go first where there is not room for both.
        self._rest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row.addWidget(self._rest, 1)
        self._row.addWidget(self._cross)

    def _button(self, step: Step, *, first: bool) -> Button:
        kind = ButtonKind.SOFT if first else ButtonKind.FLAT
        button = Button(self._theme, step.label, kind=kind, height=30)

        def answer() -> None:
            self._go_on()
            step.action()

        button.clicked.connect(answer)
        return button


class _Elided(Label):
    """A line that gives way: cut short with an ellipsis, whole in its tool tip."""

    mode = Qt.TextElideMode.ElideRight

    def minimumSizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        metrics = self.fontMetrics()
        words = metrics.elidedText(self.text(), self.mode, self.width())
        self.setToolTip(self.text() if words != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, words)
