"""The popover of one blank: its length, its rules and its name, checked as they are typed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from maria_editor.editor.blank_rules import BlankRules, objection
from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.label import Label
from maria_editor.theme.menu import SHADOW, draw_popup
from maria_editor.theme.tab_stops import next_stop
from maria_editor.theme.theme import Theme
from maria_editor.window.blank_form import BlankForm
from maria_editor.window.candidates_placing import popup_corner

WIDTH = 368
_RADIUS = 12.0
_HEADER = 44
_FOOTER = 56
_PADDING = 16
_NOTE_GAP = 24
_LEAST_HEIGHT = 240
_AWAY = 10
_MARGIN = 8
_ANNOUNCE_AFTER_MS = 1000
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

Others = Mapping[str, tuple[BlankRules, ...]]


class BlankPopover(QWidget):
    """Lies over its window by the chip it is about; leaves with the focus or Esc.

    Signals:
        applied(BlankRules): make the blank, and all of its name, so.
        closed: it is gone; nothing was changed by that.
    """

    applied = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._back: QWidget | None = None
        self._chip, self._area = QRect(), QRect()
        self._known = BlankRules()
        # The name that stands in its field, and the rules that came with it.
        self._name = ""
        self._taken: BlankRules | None = None
        # The other blanks that have a name, by name.
        self._others: Others = {}
        self.form = BlankForm(theme)
        weight = QFont.Weight.DemiBold
        self._title = Label(theme, self.tr("Length and rules"), weight=weight)
        self._which = Label(theme, token="ink2")
        self.message = Label(theme, token="ink2")
        self.apply = Button(theme, self.tr("Apply"), kind=ButtonKind.PRIMARY)
        self.cancel = Button(theme, self.tr("Cancel"))
        self._scroll = QScrollArea()
        self._body = QVBoxLayout()
        self._says = QTimer(self, singleShot=True, interval=_ANNOUNCE_AFTER_MS)
        self._lay_out()
        self._connect()
        self.hide()

    def open(
        self, rules: BlankRules, others: Others, *, which: str, chip: QRect, area: QRect
    ) -> None:
        """Show a blank's rules beside its chip; `chip` and `area` are places in the window."""
        self._back = self._window.focusWidget()
        self._known, self._others = rules, others
        self._name, self._taken = rules.name, None
        self._chip, self._area = chip, area
        self._which.setText(which)
        self.form.begin(list(others))
        self.form.show_rules(rules)
        self._place()
        self.show()
        self.raise_()
        self.form.length.setFocus(Qt.FocusReason.PopupFocusReason)
        announce(self, f"{self._title.text()}, {which}")

    @Slot()
    def close_popover(self) -> None:
        """Put it away and give the focus back."""
        focused = self._window.focusWidget()
        if self._back is not None and focused is not None and self.isAncestorOf(focused):
            # Before hiding: Qt would look for the next field here. This may close it already.
            self._back.setFocus(Qt.FocusReason.PopupFocusReason)
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Esc and Enter from the fields before the window's commands do."""
        if watched is self._window:
            if event.type() is QEvent.Type.Resize:
                self.close_popover()
        elif isinstance(event, QKeyEvent) and _is_ours(event):
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress:
                return self._take_key(watched, event)
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Keep the focus in the popover, around its ends."""
        stop = next_stop(self, backwards=not next)
        if stop is not None:
            stop.setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(stop)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the popup and the hairline above its buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panel = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        draw_popup(painter, panel, self._theme, _RADIUS)
        line = QRectF(panel.left() + 1, panel.bottom() - _FOOTER, panel.width() - 2, 1)
        painter.fillRect(line, self._theme.color("line"))

    def _take_key(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.close_popover()
        elif isinstance(watched, Button):
            watched.click()
        elif self.apply.isEnabled():
            self.apply.click()
        return True

    def _lay_out(self) -> None:
        self.setAccessibleName(self._title.text())
        self.message.setWordWrap(True)
        self.message.setAccessibleName(self.tr("What is written"))
        inside = QWidget()
        body = self._body
        inside.setLayout(body)
        body.setContentsMargins(0, 4, 0, 0)
        body.addWidget(self.form)
        note = QHBoxLayout()
        note.setContentsMargins(_PADDING, _NOTE_GAP // 2, _PADDING, _NOTE_GAP // 2)
        note.addWidget(self.message)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self._scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        column.setSpacing(0)
        column.addLayout(self._row(_HEADER, self._title, self._which))
        column.addWidget(self._scroll, 1)
        # In view however little room the fields have.
        column.addLayout(note)
        column.addLayout(self._row(_FOOTER, None, self.cancel, self.apply))

    def _row(self, height: int, *widgets: QWidget | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(_PADDING, 0, _PADDING, 0)
        row.setSpacing(8)
        row.addStrut(height)
        for widget in widgets:
            row.addStretch() if widget is None else row.addWidget(widget)
        if None not in widgets:
            row.addStretch()
        return row

    def _connect(self) -> None:
        self.form.edited.connect(self._on_edited)
        self.form.grown.connect(self._on_grown)
        self.apply.clicked.connect(self._on_apply_clicked)
        self.cancel.clicked.connect(self.close_popover)
        self._says.timeout.connect(lambda: announce(self.message, self.message.text()))
        self._theme.changed.connect(self.update)
        self._window.installEventFilter(self)
        for widget in self.findChildren(QWidget):
            widget.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def _place(self) -> None:
        """Stand by the chip."""
        area = self._room()
        size = QSize(WIDTH, self._height(area))
        corner = popup_corner(self._chip, size, area, indent=_PADDING)
        # In a very small window over the chip rather than cut off.
        corner.setY(max(area.top(), min(corner.y(), area.bottom() + 1 - size.height())))
        self._stand(QRect(corner, size))

    def _grow(self) -> None:
        """Take another height in the same place; where there is no room the fields scroll."""
        area, panel, wanted = self._room(), self._panel(), self._wanted_height()
        is_above = panel.bottom() < self._chip.top()
        is_beside = panel.left() > self._chip.right() or panel.right() < self._chip.left()
        if is_above:
            panel.setTop(max(area.top(), panel.bottom() + 1 - wanted))
        else:
            highest = area.top() if is_beside else panel.top()
            height = min(wanted, area.bottom() + 1 - highest)
            panel.moveTop(min(panel.top(), area.bottom() + 1 - height))
            panel.setHeight(height)
        self._stand(panel)

    def _room(self) -> QRect:
        return self._area.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def _panel(self) -> QRect:
        return self.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)

    def _stand(self, panel: QRect) -> None:
        self.setGeometry(panel.adjusted(-SHADOW, -SHADOW, SHADOW, SHADOW))

    def _wanted_height(self) -> int:
        # Rows that were shown or hidden just now count at once.
        for layout in (self.form.layout(), self._body):
            if layout is not None:
                layout.invalidate()
                layout.activate()
        note = self.message.heightForWidth(WIDTH - 2 * _PADDING) + _NOTE_GAP
        return _HEADER + self._body.totalSizeHint().height() + note + _FOOTER

    def _height(self, area: QRect) -> int:
        """Return the height that leaves the chip in view: the fields scroll in what there is."""
        wanted = min(self._wanted_height(), area.height())
        left, right = self._chip.left() - area.left(), area.right() - self._chip.right()
        above, below = self._chip.top() - area.top(), area.bottom() - self._chip.bottom()
        if max(left, right) >= WIDTH + _AWAY:
            return wanted
        return min(wanted, max(above - _AWAY, below - _AWAY, _LEAST_HEIGHT))

    def _say(self, words: str, *, is_error: bool) -> None:
        if words != self.message.text():
            self.message.setText(words)
            self.message.setAccessibleDescription(words)
            self._on_grown()
            if self.isVisible() and is_error:
                self._says.start()
        self.message.set_token("danger" if is_error else "ink2")

    def _note(self, wanted: BlankRules) -> str:
        """Return what will be written, and what that does to others of the name."""
        note = self.tr("Written as {literal}").format(literal=wanted.literal())
        others = self._others.get(wanted.name, ())
        if not others:
            return note
        changes = (
            self.tr("Also changes the other blank named {name}.")
            if len(others) == 1
            else self.tr("Also changes the {n} other blanks named {name}.")
        ).format(n=len(others), name=wanted.name)
        own = (self._known,) if self._known.name == wanted.name else ()
        lengths = list(dict.fromkeys(rules.length_in_words for rules in (*own, *others)))
        if len(lengths) > 1:
            changes += " " + self.tr(
                "Their lengths differ now: {lengths}. Linked blanks get one fill, so one length."
            ).format(lengths=", ".join(lengths))
        return f"{note}\n{changes}"

    def _follow_name(self, wanted: BlankRules) -> BlankRules:
        """Show the rules of a name that a blank without rules of its own is given."""
        if wanted.name == self._name:
            return wanted
        self._name = wanted.name
        plain = self._known.named("")
        shown = plain if self._taken is None else self._taken
        if plain != BlankRules() or wanted.named("") != shown:
            return wanted
        others = self._others.get(wanted.name, ())
        self._taken = others[0].named("") if others else None
        self.form.show_rules((self._taken or plain).named(wanted.name))
        return self.form.rules()

    @Slot()
    def _on_edited(self) -> None:
        wanted = self._follow_name(self.form.rules())
        problem = objection(wanted)
        self.apply.setEnabled(not problem)
        self._say(problem or self._note(wanted), is_error=bool(problem))

    @Slot()
    def _on_grown(self) -> None:
        if self.isVisible():
            self._grow()

    @Slot()
    def _on_apply_clicked(self) -> None:
        wanted = self.form.rules()
        self.close_popover()
        self.applied.emit(wanted)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        # No widget at all: another program has the keyboard.
        if self.isVisible() and now is not None and not self.isAncestorOf(now):
            self.close_popover()


def _is_ours(event: QKeyEvent) -> bool:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    plain = modifiers == Qt.KeyboardModifier.NoModifier
    return plain and event.key() in (Qt.Key.Key_Escape, *_ENTER)
