"""The commands of a review: heard only while one is open, when those that edit are not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence

from maria_editor.theme.key_names import key_name
from maria_editor.window.actions import MENUS, Actions, commands_in

# What these menus do, they do to the page, which is away; so does what shows how likely it is.
_EDITING_MENUS = ("Edit", "Blanks")
_STILL_HEARD = ("stop",)
_EDITING = ("lock",)
_OURS = (
    "review_keep",
    "review_leave_out",
    "review_undecide",
    "review_next",
    "review_previous",
    "review_earlier_sweep",
    "review_later_sweep",
    "review_apply",
    "review_branch",
    "review_inline",
    "review_side_by_side",
    "review_result",
)
# Whose keys a command has while a review is open.
_BORROWED = {
    "review_next": "next_blank",
    "review_previous": "previous_blank",
    "review_apply": "fill",
}


class ReviewCommands:
    """Turns the window's commands over to a review and back."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._silenced: list[QAction] = []
        # Those that have another command's keys for the time being.
        self._lent: list[QAction] = []
        self.turn_back()

    def connect(self, slots: dict[str, Callable[[], object]]) -> None:
        """Carry out `review_...` commands, named without that."""
        for name, slot in slots.items():
            action = self._actions[f"review_{name}"]
            action.triggered.connect(lambda _=False, slot=slot: slot())

    def in_words(self) -> str:
        """Return what the keys do while a review is open, for those who hear it."""
        told = (
            ("review_keep", _tr("{keys} keeps a change")),
            ("review_leave_out", _tr("{keys} leaves it out")),
            ("review_next", _tr("{keys} goes on")),
        )
        keys = ((key_name(self._actions[name].shortcut()), words) for name, words in told)
        return ", ".join(words.format(keys=pressed) for pressed, words in keys if pressed)

    def turn_over(self) -> None:
        """Hear a review's commands, and none that edit."""
        if self._silenced:
            return
        names = [
            name
            for title, entries in MENUS
            if title in _EDITING_MENUS
            for name in commands_in(entries)
        ]
        editing = [*names, *_EDITING]
        self._silenced = [
            self._actions[name]
            for name in editing
            if name not in _STILL_HEARD and self._actions[name].isEnabled()
        ]
        for action in self._silenced:
            action.setEnabled(False)
        for name, owner in _BORROWED.items():
            if self._actions[name].shortcut().isEmpty():
                self._actions[name].setShortcut(self._actions[owner].shortcut())
                self._lent.append(self._actions[name])
        for name in _OURS:
            self._actions[name].setEnabled(True)

    def turn_back(self) -> None:
        """Hear the commands of the page again."""
        for name in _OURS:
            self._actions[name].setEnabled(False)
        for action in self._lent:
            action.setShortcut(QKeySequence())
        self._lent = []
        for action in self._silenced:
            action.setEnabled(True)
        self._silenced = []


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReviewCommands", text)
