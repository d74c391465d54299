"""Turns straight quotes into curly ones as they are typed; undo gives the straight one back."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCursor

from maria_editor.editor.page import Page

_QUOTES = {'"': ("“", "”"), "'": ("‘", "’")}
_OPENERS = "([{<-–—“‘/*_"
# Rules in blanks are written with straight quotes, brackets between them included; so is code.
_UNFINISHED_BLANK = re.compile(r'\[MASK:(?:[^\]"]|"(?:[^"\\]|\\.)*")*(?:"(?:[^"\\]|\\.)*)?$')


def curly(quote: str, before: str) -> str | None:
    """Return the curly form of a straight quote after `before`, which is on the same line.

    None leaves it straight.
    """
    if quote not in _QUOTES or before.count("`") % 2 or _UNFINISHED_BLANK.search(before):
        return None
    opening, closing = _QUOTES[quote]
    is_opening = not before or before[-1].isspace() or before[-1] in _OPENERS
    return opening if is_opening else closing


class SmartQuotes(QObject):
    """Watches what is typed on one page."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self.is_on = False
        page.typed.connect(self._on_typed)

    @Slot(str)
    def _on_typed(self, letters: str) -> None:
        if not self.is_on or letters not in _QUOTES:
            return
        cursor = self._page.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        line = cursor.selectedText()
        better = curly(letters, line[:-1]) if line.endswith(letters) else None
        if better is not None:
            position = self._page.textCursor().position()
            # A step of its own in the history, after the typed letter's.
            self._page.replace_at([(position - 1, position, better)])
