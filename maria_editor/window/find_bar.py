"""The find bar: what to look for, how, and what to put there. Stands above the status bar."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.label import Label
from maria_editor.theme.theme import Theme

_ROW = 48
_NARROW = 760
_COUNT_WIDTH = 132


class FindField(QLineEdit):
    """A line of text that keeps Esc and Enter for its bar.

    Signals:
        entered(bool): Enter was pressed; true with Shift.
        left: Esc was pressed.
    """

    entered = Signal(bool)
    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFont(interface_font(13))
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setMinimumWidth(72)

    def event(self, event: QEvent) -> bool:
        """Take Esc and Enter before the window's commands do."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
            )
            if plain and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Report Enter and Esc; everything else edits."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)


class FindBar(QWidget):
    """One row to find, and a second to replace.

    Signals:
        query_changed: other words or another way to look for them.
        next_requested, previous_requested: go to a match.
        replace_requested, replace_all_requested: replace this match, or all of them.
        closed: the bar was put away.
    """

    query_changed = Signal()
    next_requested = Signal()
    previous_requested = Signal()
    replace_requested = Signal()
    replace_all_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.words = FindField(self.tr("Find"))
        self.replacement = FindField(self.tr("Replace with"))
        self.match_case = self._toggle("Aa", self.tr("Match case"))
        self.whole_words = self._toggle(self.tr("Word"), self.tr("Whole words"))
        self.is_pattern = self._toggle(".*", self.tr("Regular expression"))
        self.in_selection = self._switch(self.tr("Selection"), self.tr("In the selection only"))
        self._count = Label(theme, "", "ink2", size=12, tabular=True)
        self._problem = Label(theme, "", "warm", size=12)
        self._previous = self._button("up", self.tr("Previous match"))
        self._next = self._button("down", self.tr("Next match"))
        self._cross = self._button("cross", self.tr("Close the find bar"))
        self._replace = Button(theme, self.tr("Replace"), kind=ButtonKind.BORDERED)
        self._replace_all = Button(theme, self.tr("Replace all"), kind=ButtonKind.BORDERED)
        self._second = QWidget()
        self._set_up()
        self._connect()
        self.hide()

    def open(self, words: str = "", *, with_replacement: bool) -> None:
        """Show the bar, ready to type; `words` take the place of those there were."""
        if words:
            self.words.setText(words)
        self._second.setVisible(with_replacement)
        self.show()
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.words.selectAll()

    def show_count(self, words: str, *, description: str = "") -> None:
        """Say how many matches there are, and in a line of its own what is wrong."""
        metrics = self._count.fontMetrics()
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, _COUNT_WIDTH)
        self._count.setText(shown)
        self._count.setToolTip(description or ("" if shown == words else words))
        self._count.setAccessibleDescription(description or words)
        self._problem.setText(description)
        self._problem.setVisible(bool(description))
        announce(self, description or words)

    def count_words(self) -> str:
        """Return what is said about the matches."""
        return self._count.text()

    def has_replacement(self) -> bool:
        """Return whether the second row is shown."""
        return not self._second.isHidden()

    @Slot()
    def close_bar(self) -> None:
        """Put the bar away."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the switches where the field needs the room."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        for button, short, label in (
            (self.whole_words, "W", self.tr("Word")),
            (self.in_selection, "S", self.tr("Selection")),
        ):
            name = button.accessibleName()
            button.set_face(short if narrow else label, "", ButtonKind.FLAT)
            button.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and its hairline."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("chrome"))
        painter.fillRect(QRectF(0, 0, self.width(), 1), self._theme.color("line"))

    def _toggle(self, label: str, name: str) -> Button:
        button = self._switch(label, name)
        button.toggled.connect(self.query_changed)
        return button

    def _switch(self, label: str, name: str) -> Button:
        button = Button(self._theme, label)
        button.setCheckable(True)
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _button(self, icon: str, name: str) -> Button:
        button = Button(self._theme, icon=icon)
        button.setAccessibleName(name)
        button.setToolTip(name)
        return button

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Find and replace"))
        self._count.setFixedWidth(_COUNT_WIDTH)
        self._count.setAccessibleName(self.tr("Matches"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 1, 12, 0)
        column.setSpacing(0)
        column.addLayout(self._first_row())
        self._problem.setWordWrap(True)
        self._problem.setContentsMargins(0, 0, 0, 8)
        self._problem.hide()
        column.addWidget(self._problem)
        column.addWidget(self._second)
        second = QHBoxLayout(self._second)
        second.setContentsMargins(0, 0, 4, 8)
        second.setSpacing(8)
        second.addWidget(self.replacement, 1)
        second.addWidget(self._replace)
        second.addWidget(self._replace_all)

    def _first_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, (_ROW - 32) // 2, 0, (_ROW - 32) // 2)
        row.setSpacing(4)
        row.addWidget(self.words, 1)
        row.addSpacing(4)
        for button in (self.match_case, self.whole_words, self.is_pattern, self.in_selection):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self._count)
        for button in (self._previous, self._next, self._cross):
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.words.textChanged.connect(self.query_changed)
        self.words.entered.connect(self._on_entered)
        self.replacement.entered.connect(self.replace_requested)
        for field in (self.words, self.replacement):
            field.left.connect(self.close_bar)
        self._next.clicked.connect(self.next_requested)
        self._previous.clicked.connect(self.previous_requested)
        self._replace.clicked.connect(self.replace_requested)
        self._replace_all.clicked.connect(self.replace_all_requested)
        self._cross.clicked.connect(self.close_bar)
        self._theme.changed.connect(self.update)

    @Slot(bool)
    def _on_entered(self, backwards: bool) -> None:
        (self.previous_requested if backwards else self.next_requested).emit()
