"""The candidates popup: the words for one place, its length, and what the keys do.

Shows what it is given and says what the writer wants. Knows nothing of the text and the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QMargins, QModelIndex, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.button import ButtonKind
from maria_editor.theme.menu import SHADOW
from maria_editor.theme.theme import Theme
from maria_editor.window.candidates_frame import PADDING, CandidatesFrame
from maria_editor.window.candidates_lengths import Length, label_of
from maria_editor.window.candidates_list import ROW
from maria_editor.window.candidates_placing import Side, height_for, popup_corner, side_of
from maria_editor.window.candidates_rise import Rise
from maria_editor.window.candidates_rows import Row, beginning_with, key_of

FEW_ROWS = 5
_LEAST_ROWS = 2
_PATIENCE_MS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the popup says of a place besides its rows.

    `rule` and `note` stand under the title. `others` stands below a row that came alone, and
    `is_growing` keeps the room for those that may join it. `has_shares` is false where there is
    nothing to weigh a row against. `count` is how many previews could be taken at once.
    """

    title: str
    length: str
    rule: str = ""
    note: str = ""
    others: str = ""
    is_growing: bool = False
    has_shares: bool = True
    lengths: Sequence[Length] = ()
    chosen_length: Length = (1, 1)
    count: int = 1
    has_neighbours: bool = False
    message: str = ""


class CandidatesPopup(CandidatesFrame):
    """Lies over its window; its list has the keyboard, unless the writer is writing.

    Leaves when the keyboard goes elsewhere.

    Signals:
        chosen(Row): the writer looks at this row.
        accepted(Row, bool): this row is taken; True closes the popup.
        all_accepted: all previews are taken.
        stepped(int): the next (1) or the previous (-1) blank is wanted.
        length_chosen(Length): so many words are wanted.
        others_requested: other suggestions are wanted.
        closed: the writer wants none of it.
        left: the writer has turned to something else.
        resized: the contents need other room; whoever knows the chip calls `place`.
    """

    chosen = Signal(object)
    accepted = Signal(object, bool)
    all_accepted = Signal()
    stepped = Signal(int)
    length_chosen = Signal(object)
    others_requested = Signal()
    closed = Signal()
    left = Signal()
    resized = Signal()

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._shown = Shown(title="", length="")
        self._rows: list[Row] = []
        self._most = FEW_ROWS
        # Rows that there was room for: fewer leave theirs, so that nothing moves under a pointer.
        self._held = 0
        self._limit = 9
        self._typed = ""
        # Neither in the moment before it takes the keyboard.
        self._has_keyboard = self._is_aside = False
        # It has just opened: a click was meant for what it covers.
        self._is_new = False
        # What kept the keyboard when this was opened, and the text, where it may go back to.
        self._behind: QWidget | None = None
        self.home: QWidget | None = None
        self._corner = QPoint()
        # Of the chip; more rows do not send it to another.
        self._side: Side | None = None
        self._rise = Rise(self, theme)
        self._patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._connect()
        self.hide()

    def open_at(self, shown: Shown, rows: Sequence[Row], chosen: Row | None, *, limit: int) -> None:
        """Show a place; at most `limit` rows. The keyboard stays where it is."""
        self._limit = limit
        self._most = min(FEW_ROWS, limit)
        self._held = 0
        self._typed = ""
        self._side = None
        self._patience.stop()
        self._say(shown)
        self._show_rows(rows, chosen)
        if self.isHidden():
            self._rise.start()
            self._is_new = True
            self.show_hints(has_keyboard=True)
            self._behind = self.window().focusWidget()
        self.show()
        self.raise_()
        self._announce_place()

    @property
    def has_keyboard(self) -> bool:
        """Whether the keys are heard here."""
        return self._has_keyboard

    @property
    def is_aside(self) -> bool:
        """Whether the keys are left to the writing."""
        return self._is_aside

    def take_keyboard(self) -> None:
        """Hear the keys from now on."""
        self._is_new = False
        self._hear(True)
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def leave_keyboard(self) -> None:
        """Leave the keys to the writing, and say which of them leads here."""
        self._hear(False)

    def settle(self) -> None:
        """Take clicks for answers from now on: it has been seen."""
        self._is_new = False

    def _hear(self, has_keyboard: bool) -> None:
        self._has_keyboard, self._is_aside = has_keyboard, not has_keyboard
        self.show_hints(has_keyboard=has_keyboard)

    def update_rows(self, shown: Shown, rows: Sequence[Row], chosen: Row | None) -> None:
        """Show other rows for the same place; the choice stays on the same words."""
        self._say(shown)
        self._show_rows(rows, chosen)

    def describe(self, shown: Shown) -> None:
        """Say something else around the same rows."""
        self._say(shown)

    def set_working(self, is_working: bool) -> None:
        """Say that the model reads, if it takes a while."""
        if is_working:
            self._patience.start()
        else:
            self._patience.stop()
            self.length.setText(self._shown.length)

    def place(self, chip: QRect, area: QRect, *, keep_off: QRect) -> None:
        """Stand by a chip, inside `area`, off what is written; in the window's coordinates."""
        shown, held = self._visible_rows(), self._held_rows()
        size, least = self.panel_size(shown, held).height(), min(_LEAST_ROWS, held)
        height = height_for(chip, area, self._side, least=size - (held - least) * ROW)
        held = max(least, held - max(0, -(-(size - height) // ROW)))
        panel = QRect(QPoint(), self.panel_size(min(shown, held), held))
        panel.moveTopLeft(
            popup_corner(
                chip,
                panel.size(),
                area,
                indent=PADDING - 1,
                keep_off=None if keep_off.isEmpty() else keep_off,
                kept=self._side,
            )
        )
        self._corner, self._side = panel.topLeft(), side_of(chip, panel)
        self.resize(panel.size().grownBy(QMargins(SHADOW, SHADOW, SHADOW, SHADOW)))
        self._move()

    def panel_rect(self) -> QRect:
        """Return the visible part in the window, without the shadow."""
        return self.geometry().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)

    def close_popup(self) -> None:
        """Put the popup away; the focus is whoever's wants it."""
        self._patience.stop()
        self._rise.stop()
        self.hide()
        self._has_keyboard = self._is_aside = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hear the keys after a click anywhere in here."""
        if not self._is_new:
            self.take_keyboard()

    @Slot()
    def _move(self) -> None:
        self.move(self._corner - QPoint(SHADOW, SHADOW - self._rise.offset))

    def _say(self, shown: Shown) -> None:
        self._shown = shown
        self.title.setText(shown.title)
        self.length.setText(shown.length)
        self.setAccessibleName(shown.title)
        self.list.setAccessibleName(self.tr("Suggestions, {place}").format(place=shown.title))
        self.list.setAccessibleDescription(
            ", ".join(filter(None, (shown.length, shown.rule, shown.note, shown.others)))
        )
        self.others.setText(shown.others)
        for button in (self.previous, self.next):
            button.setVisible(shown.has_neighbours)
        self.accept_all.setVisible(shown.count > 1)
        label = self.tr("Accept all {count}").format(count=shown.count)
        self.accept_all.set_face(label, "", ButtonKind.SOFT)
        self._show_lengths(shown)
        self._say_rule()
        self._say_nothing()

    def _say_rule(self) -> None:
        words = [self._shown.rule]
        if self._typed:
            words.append(self.tr("begins with “{letters}”").format(letters=self._typed))
        rules = ", ".join(filter(None, words))
        self.rule.setText("\n".join(filter(None, (rules, self._shown.note))))
        self.rule.setVisible(bool(self.rule.text()))

    def _show_lengths(self, shown: Shown) -> None:
        chosen = shown.lengths.index(shown.chosen_length) if shown.lengths else 0
        segments = self.show_lengths([label_of(length) for length in shown.lengths], chosen)
        if segments is not None:
            segments.chosen.connect(self._on_length_chosen)

    def _show_rows(self, rows: Sequence[Row], chosen: Row | None) -> None:
        self._rows = list(rows)
        fitting = beginning_with(self._rows, self._typed) if self._typed else self._rows
        shown = fitting[: self._most]
        has_more = len(fitting) > self._most and self._most < self._limit
        has_shares = self._shown.has_shares
        self.list.candidates.show_rows(shown, has_more=has_more, has_shares=has_shares)
        self._say_nothing()
        if not self._typed:
            coming = self._most if self._shown.is_growing else 0
            self._held = max(self._held, coming, self._visible_rows())
        if shown:
            keys = [key_of(row.fill) for row in shown]
            key = key_of(chosen.fill) if chosen is not None else keys[0]
            self._select(keys.index(key) if key in keys else 0)

    def _say_nothing(self) -> None:
        self.message.setText("" if self._visible_rows() else self._nothing())
        self.message.setVisible(bool(self.message.text()))

    def _nothing(self) -> str:
        if self._typed and self._rows:
            words = self.tr("Nothing begins with “{letters}”. Press Backspace.")
            return words.format(letters=self._typed)
        return self._shown.message

    def _visible_rows(self) -> int:
        return self.list.candidates.rowCount()

    def _held_rows(self) -> int:
        """Return how many rows there is room for; no more than show where they are none, or few."""
        is_narrowed = bool((self._typed and self._rows) or self.message.text())
        return self._visible_rows() if is_narrowed else self._held

    def _select(self, row: int) -> None:
        index = self.list.candidates.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def _choose(self, row: int) -> None:
        """Go to a row, as the writer asks."""
        self._select(row)
        index = self.list.candidates.index(row)
        said = self.list.candidates.data(index, Qt.ItemDataRole.AccessibleTextRole)
        announce(self.list, said or "")
        words = self.list.candidates.row(row)
        if words is not None:
            self.chosen.emit(words)

    def _announce_place(self) -> None:
        count = len(self.list.candidates.rows)
        index = self.list.currentIndex()
        if not count:
            announce(self.list, f"{self._shown.title}. {self.message.text()}")
            return
        counted = self.tr("1 suggestion") if count == 1 else self.tr("{n} suggestions")
        said = self.list.candidates.data(index, Qt.ItemDataRole.AccessibleTextRole)
        announce(self.list, f"{self._shown.title}. {counted.format(n=count)}. {said}.")

    def _narrow(self, typed: str) -> None:
        self._typed = typed
        self._say_rule()
        self._show_rows(self._rows, None)
        row = self.list.candidates.row(0)
        if row is not None:
            self._choose(0)
        else:
            announce(self.list, self.message.text())
        self.resized.emit()

    @Slot(int)
    def _on_moved(self, rows: int) -> None:
        count = self._visible_rows()
        if count:
            self._choose((self.list.currentIndex().row() + rows) % count)

    @Slot(bool)
    def _on_accepted(self, is_last: bool) -> None:
        index = self.list.currentIndex().row()
        row = self.list.candidates.row(index)
        if row is not None:
            self.accepted.emit(row, is_last)
        elif self._visible_rows():
            self._show_all(index)

    def _show_all(self, row: int) -> None:
        self._most = self._limit
        self._show_rows(self._rows, None)
        self._choose(row)
        self.resized.emit()

    @Slot(int)
    def _on_picked(self, index: int) -> None:
        row = self.list.candidates.row(index)
        if row is not None:
            self.accepted.emit(row, False)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if self._is_new:
            return
        row = self.list.candidates.row(index.row())
        if row is None:
            self._show_all(index.row())
        else:
            self.accepted.emit(row, False)

    @Slot()
    def _on_accept_all_clicked(self) -> None:
        if not self._is_new:
            self.all_accepted.emit()

    @Slot(str)
    def _on_typed(self, letter: str) -> None:
        if letter != " " or self._typed:
            self._narrow(self._typed + letter)

    @Slot()
    def _on_untyped(self) -> None:
        if self._typed:
            self._narrow(self._typed[:-1])

    @Slot(int)
    def _on_length_stepped(self, step: int) -> None:
        if self.segments is not None:
            index = self.segments.index + step
            if 0 <= index < len(self._shown.lengths):
                self.segments.choose(index)
                self._on_length_chosen(index)

    @Slot(int)
    def _on_length_chosen(self, index: int) -> None:
        self.list.setFocus()
        self.length_chosen.emit(self._shown.lengths[index])

    @Slot()
    def _on_patience_ended(self) -> None:
        # In the place of the length: a line of its own would move the rows.
        self.length.setText(self.tr("Reading…"))

    @Slot(object, object)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if not self.isVisible() or new is None:
            return
        if self.isAncestorOf(new):
            self._hear(True)
        elif self._has_keyboard or new not in (self._behind, self.home):
            self.left.emit()

    def _connect(self) -> None:
        rows = self.list
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.accept_all.clicked.connect(self._on_accept_all_clicked)
        rows.moved.connect(self._on_moved)
        rows.accepted.connect(self._on_accepted)
        rows.all_accepted.connect(self.all_accepted)
        rows.picked.connect(self._on_picked)
        rows.clicked.connect(self._on_clicked)
        rows.stepped.connect(self.stepped)
        rows.length_stepped.connect(self._on_length_stepped)
        rows.typed.connect(self._on_typed)
        rows.untyped.connect(self._on_untyped)
        rows.others_requested.connect(self.others_requested)
        rows.closed.connect(self.closed)
        self._patience.timeout.connect(self._on_patience_ended)
        self._rise.moved.connect(self._move)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)
