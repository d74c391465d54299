"""Turns straight quotes into curly ones as they are typed; undo gives the straight one back."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCursor

from maria_editor.editor.page import Page

_QUOTES = {'"': ("“", "”"), "'": ("‘", "’")}
# What begins with an apostrophe and with nothing else: 'tis, 'em, rock 'n' roll, the '90s.
_CUT_SHORT = re.compile(
    r"(?<!\w)‘(?:tis|tisn’t|twas|twasn’t|twere|twill|twould|til|em|n|\d\ds)$", re.IGNORECASE
)
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


def apostrophe_in(line: str) -> int | None:
    """Return where a quote that was opened turns out to be an apostrophe; `line` ends behind it.

    That is known once the word is finished, by the last character of `line`.
    """
    if not line or line[-1].isalnum():
        return None
    found = _CUT_SHORT.search(line[:-1])
    # With a quote after it it may be quoted; 'n' alone has two apostrophes.
    if found is None or (line[-1] in "'’" and found[0].lower() != "‘n"):
        return None
    return found.start()


class SmartQuotes(QObject):
    """Watches what is typed on one page."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self.is_on = False
        page.typed.connect(self._on_typed)

    @Slot(str)
    def _on_typed(self, letters: str) -> None:
        # Letters are most of what is typed, and change no quote.
        if not self.is_on or letters.isalnum():
            return
        cursor = self._page.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        line = cursor.selectedText()
        better = curly(letters, line[:-1]) if line.endswith(letters) else None
        position = self._page.textCursor().position()
        # Steps of their own in the history, after the typed letter's.
        if better is not None:
            self._page.replace_at([(position - 1, position, better)])
        place = apostrophe_in(line)
        if place is not None:
            start = position - len(line) + place
            self._page.replace_at([(start, start + 1, "’")])
