"""Where a passage stands in the document, for as long as its paragraphs are not edited."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextBlock

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.page import Page

Span = tuple[int, int]


class PassagePlace:
    """Follows a passage through edits elsewhere. Offsets are code points of the page's text.

    Who has the text's offsets at hand gives them: reading a long text anew takes milliseconds.
    """

    def __init__(self, page: Page, start: int, end: int, offsets: OffsetMap | None = None) -> None:
        self._page = page
        offsets = offsets or OffsetMap(page.text())
        self._cursor = page.place_at(offsets.to_utf16(start), offsets.to_utf16(end))
        # Cheap to compare after every keystroke, however long the text is.
        self._words = self._cursor.selectedText()
        self._paragraphs = list(self._texts())

    def is_unchanged(self) -> bool:
        """Return whether its paragraphs read as they did."""
        same = self._cursor.selectedText() == self._words
        return same and list(self._texts()) == self._paragraphs

    def span(self, offsets: OffsetMap | None = None) -> Span:
        """Return where it stands now."""
        offsets = offsets or OffsetMap(self._page.text())
        start, end = self.positions()
        return offsets.to_code_point(start), offsets.to_code_point(end)

    def positions(self) -> Span:
        """Return where it stands now, as positions in the document."""
        return self._cursor.selectionStart(), self._cursor.selectionEnd()

    def block(self) -> QTextBlock:
        """Return its first paragraph."""
        return self._page.document().findBlock(self._cursor.selectionStart())

    def paragraphs(self) -> list[str]:
        """Return its paragraphs as they were."""
        return list(self._paragraphs)

    def _texts(self) -> Iterator[str]:
        block = self.block()
        while block.isValid() and block.position() <= self._cursor.selectionEnd():
            yield block.text()
            block = block.next()
