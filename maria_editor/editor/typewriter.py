"""Typewriter mode: the text moves, the line that is written stays at one height."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from maria_editor.editor.page import Page

# Of the page's height, from the top.
_HEIGHT = 0.45


class Typewriter(QObject):
    """Scrolls one page with its caret. The first lines stay where they are."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._is_on = False
        page.cursorPositionChanged.connect(self._follow)
        page.edited.connect(self._follow)
        page.resized.connect(self._follow)
        page.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def set_on(self, is_on: bool) -> None:
        """Begin or end to hold the line."""
        self._is_on = is_on
        self._stretch()
        self._follow()

    @Slot()
    def _follow(self) -> None:
        # A page that moved under the pointer would select what was never pointed at.
        if not self._is_on or self._page.is_pointing:
            return
        self._stretch()
        bar = self._page.verticalScrollBar()
        line = self._page.cursorRect().center().y()
        bar.setValue(bar.value() + line - round(self._page.viewport().height() * _HEIGHT))

    @Slot()
    def _on_range_changed(self) -> None:
        # The size of the text is known once all of it is laid out: not to be asked for in vain.
        if self._is_on:
            self._stretch()

    def _stretch(self) -> None:
        """Let the last line come up to the height, with paper below it."""
        bar, height = self._page.verticalScrollBar(), self._page.viewport().height()
        wanted = max(0, round(self._page.document().size().height()) - height)
        if self._is_on:
            wanted += round(height * (1 - _HEIGHT))
        if bar.maximum() != wanted:
            bar.setMaximum(wanted)
