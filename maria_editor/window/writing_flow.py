"""What helps while writing: smart quotes. Switched by commands, remembered in the settings."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from maria_editor.editor.page import Page
from maria_editor.editor.smart_quotes import SmartQuotes
from maria_editor.settings import Settings
from maria_editor.window.actions import Actions


class WritingFlow(QObject):
    """Carries out the switches of the Edit menu."""

    def __init__(self, page: Page, actions: Actions, settings: Settings) -> None:
        super().__init__(page)
        self._settings = settings
        self._quotes = SmartQuotes(page)
        self._quotes.is_on = settings.smart_quotes
        actions["smart_quotes"].setChecked(settings.smart_quotes)
        actions["smart_quotes"].toggled.connect(self._on_quotes_toggled)

    @Slot(bool)
    def _on_quotes_toggled(self, is_on: bool) -> None:
        self._settings.smart_quotes = is_on
        self._quotes.is_on = is_on
