"""The Help menu: the tour, and what program this is."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from maria_editor import __version__
from maria_editor.resources import resource_path
from maria_editor.theme.key_names import key_name, key_names
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import COMMANDS, Actions
from maria_editor.window.facts_card import FactsCard
from maria_editor.window.file_flow import FileFlow

_KEYS_IN_TEXT = re.compile(r"`([^`\n]+)`")
# Esc closes what is open, whatever stops the model.
_FIXED = ("stop",)


class HelpFlow(QObject):
    """Carries out the Help menu."""

    def __init__(self, files: FileFlow, actions: Actions, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._files = files
        self._actions = actions
        self._theme = theme
        self._window = window
        actions["tour"].triggered.connect(self.show_tour)
        actions["about"].triggered.connect(self.show_about)

    @Slot()
    def show_tour(self) -> None:
        """Show a copy of the welcome document, which names the writer's own keys."""
        if self._files.may_leave():
            text = resource_path("welcome.md").read_text(encoding="utf-8")
            self._files.show_text(self._with_own_keys(text), title=self.tr("Welcome"))

    @Slot()
    def show_about(self) -> None:
        """Say what program this is, and whose method and fonts it uses."""
        note = self.tr(
            "Fills blanks and refines paragraphs with a model on your own computer, reading both "
            "sides. Nothing you write leaves it."
        )
        method = self.tr(
            "Enabling Autoregressive Models to Fill In Masked Tokens, Israel, Grover and Van den "
            "Broeck, 2025, arXiv 2502.06901"
        )
        facts = (
            (self.tr("Version"), __version__),
            (self.tr("Method"), method),
            (self.tr("Fonts"), self.tr("Literata and Inter, SIL OFL 1.1")),
        )
        FactsCard(self._theme, self._window, facts, title="Maria Editor", note=note).open()

    def _with_own_keys(self, text: str) -> str:
        own = {
            "+".join(key_names(self._actions.usual_keys(command.name))): self._named(command.name)
            for command in COMMANDS
            if command.name not in _FIXED
        }
        return _KEYS_IN_TEXT.sub(lambda keys: own.get(keys[1], keys[0]), text)

    def _named(self, name: str) -> str:
        action = self._actions[name]
        if keys := key_name(action.shortcut()):
            return f"`{keys}`"
        return self.tr("the menu’s “{command}”").format(command=action.text().rstrip("…"))
