"""The list view of the candidates popup: keeps the keyboard, and says what each key asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView, QWidget

from maria_editor.theme.theme import Theme
from maria_editor.window.candidates_list import CandidateDelegate, CandidateModel

_Key = Qt.Key
_ENTER = (_Key.Key_Return, _Key.Key_Enter)
_PLAIN = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier


class CandidateList(QListView):
    """Shows candidates.

    Signals:
        moved(int): the writer wants the row so many rows on.
        accepted(bool): the chosen row is taken; True closes the popup.
        all_accepted: all previews are taken.
        picked(int): this row is taken.
        stepped(int): the next (1) or the previous (-1) blank is wanted.
        length_stepped(int): more (1) or fewer (-1) words are wanted.
        typed(str): this letter narrows the rows.
        untyped: the last letter is taken back.
        others_requested: other suggestions are wanted.
        closed: the popup is to go.
    """

    moved = Signal(int)
    accepted = Signal(bool)
    all_accepted = Signal()
    picked = Signal(int)
    stepped = Signal(int)
    length_stepped = Signal(int)
    typed = Signal(str)
    untyped = Signal()
    others_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.candidates = CandidateModel()
        self.setModel(self.candidates)
        self.setItemDelegate(CandidateDelegate(theme, self.candidates, self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.viewport().setAutoFillBackground(False)

    def event(self, event: QEvent) -> bool:
        """Keep the window's shortcuts from the keys that mean something here."""
        is_offered = event.type() is QEvent.Type.ShortcutOverride
        if is_offered and isinstance(event, QKeyEvent) and self._meaning(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say what a key asks for; leave the others to the window."""
        meaning = self._meaning(event)
        if meaning is not None:
            meaning()
            event.accept()
        else:
            event.ignore()

    def _meaning(self, event: QKeyEvent) -> Callable[[], object] | None:
        key = Qt.Key(event.key())
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        meaning = self._fixed_keys().get((held, key))
        if meaning is not None:
            return meaning
        if held == _PLAIN and _Key.Key_1 <= key <= _Key.Key_9:
            return partial(self.picked.emit, int(key) - int(_Key.Key_1))
        letter = event.text()
        if held in (_PLAIN, _SHIFT) and letter and letter.isprintable():
            return partial(self.typed.emit, letter)
        return None

    def _fixed_keys(self) -> dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[], object]]:
        keys: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[], object]] = {
            (_PLAIN, _Key.Key_Up): partial(self.moved.emit, -1),
            (_PLAIN, _Key.Key_Down): partial(self.moved.emit, 1),
            (_PLAIN, _Key.Key_Left): partial(self.length_stepped.emit, -1),
            (_PLAIN, _Key.Key_Right): partial(self.length_stepped.emit, 1),
            (_ALT, _Key.Key_Up): partial(self.stepped.emit, -1),
            (_ALT, _Key.Key_Down): partial(self.stepped.emit, 1),
            (_SHIFT, _Key.Key_F8): partial(self.stepped.emit, -1),
            (_PLAIN, _Key.Key_F8): partial(self.stepped.emit, 1),
            (_PLAIN, _Key.Key_F5): self.others_requested.emit,
            (_PLAIN, _Key.Key_Backspace): self.untyped.emit,
            (_PLAIN, _Key.Key_Escape): self.closed.emit,
        }
        for enter in _ENTER:
            keys[_PLAIN, enter] = partial(self.accepted.emit, False)
            keys[_SHIFT, enter] = partial(self.accepted.emit, True)
            keys[_CONTROL, enter] = self.all_accepted.emit
        return keys
