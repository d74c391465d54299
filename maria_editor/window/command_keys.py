"""The keys of the commands: the usual ones, those the writer gave, and why some cannot be given."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence

from maria_editor.settings import Settings
from maria_editor.theme.key_names import key_name
from maria_editor.window.actions import COMMANDS, Actions

_Modifier = Qt.KeyboardModifier
_STRONG = _Modifier.ControlModifier | _Modifier.AltModifier | _Modifier.MetaModifier
_FUNCTION_KEYS = range(Qt.Key.Key_F1.value, Qt.Key.Key_F35.value + 1)


class CommandKeys:
    """Gives the window's commands their keys, and remembers what the writer changed.

    `reserved` are keys that open something else, with what they open.
    """

    def __init__(
        self, actions: Actions, settings: Settings, *, reserved: dict[str, str] | None = None
    ) -> None:
        self._actions = actions
        self._settings = settings
        self._reserved = reserved or {}
        for name in self.names():
            self._take_stored(name)

    def names(self) -> Iterable[str]:
        """Return the names of all commands."""
        return (command.name for command in COMMANDS)

    def keys(self, name: str) -> QKeySequence:
        """Return a command's keys; empty where it has none."""
        return self._actions[name].shortcut()

    def label(self, name: str) -> str:
        """Return a command's label without the dots that promise a dialog."""
        return self._actions[name].text().rstrip("…")

    def is_usual(self, name: str) -> bool:
        """Return whether a command has the keys it comes with."""
        return self.keys(name) == self._actions.usual_keys(name)

    def refusal(self, name: str, keys: QKeySequence) -> str:
        """Return in plain words why a command cannot have these keys; empty if it can."""
        if keys.isEmpty():
            return ""
        said = key_name(keys)
        # In a review the text is read-only, and its commands have single letters.
        if reason := _reason_against(keys, plain=name.startswith("review_")):
            return reason
        if meaning := self._reserved.get(keys.toString()):
            return _tr("{keys} {meaning}. Press other keys.").format(keys=said, meaning=meaning)
        for other in self.names():
            if other != name and keys in self._actions[other].shortcuts():
                return _tr("{keys} belongs to “{command}”. Press other keys.").format(
                    keys=said, command=self.label(other)
                )
        return ""

    def give(self, name: str, keys: QKeySequence) -> str:
        """Give a command keys, or with empty ones take them away; return why not, if not."""
        refusal = self.refusal(name, keys)
        if not refusal:
            self._actions.give_keys(name, keys)
            is_usual = self.is_usual(name)
            self._settings.set_keys(name, None if is_usual else keys.toString())
        return refusal

    def reset(self, name: str) -> str:
        """Give a command its usual keys back; return why not, if another has them now."""
        return self.give(name, self._actions.usual_keys(name))

    def reset_all(self) -> None:
        """Give every command its usual keys back."""
        for name in self.names():
            self._actions.give_keys(name, QKeySequence())
        for name in self.names():
            self._actions.give_keys(name, self._actions.usual_keys(name))
            self._settings.set_keys(name, None)

    def _take_stored(self, name: str) -> None:
        stored = self._settings.keys(name)
        if stored is None:
            return
        keys = QKeySequence(stored)
        is_readable = not stored or keys.toString() == stored
        # A file that was written by hand may say anything.
        if is_readable and not self.refusal(name, keys):
            self._actions.give_keys(name, keys)


def _reason_against(keys: QKeySequence, *, plain: bool) -> str:
    if keys.count() != 1:
        return _tr("One press at a time. Press other keys.")
    pressed = keys[0]  # type: ignore[index] # the stubs lack it
    key, modifiers = pressed.key(), pressed.keyboardModifiers()
    if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_unknown):
        return _tr("This key leads from control to control. Press other keys.")
    if not plain and not modifiers & _STRONG and key.value not in _FUNCTION_KEYS:
        return _tr("Without Ctrl or Alt this key is for writing. Press other keys.")
    if modifiers & _Modifier.ControlModifier and modifiers & _Modifier.AltModifier:
        return _tr("Ctrl and Alt together type letters on some keyboards. Press other keys.")
    return ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("CommandKeys", text)
