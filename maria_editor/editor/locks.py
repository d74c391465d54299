"""Words the model must leave as they are: places that move with the text.

Positions are the document's; `spans` gives code points. Knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.blank_words import word_at
from maria_editor.editor.marks import chips_in
from maria_editor.editor.page import Page

Span = tuple[int, int]
# Room for the padlock before the first word, at 100 % zoom.
ROOM = 24
_ROOM_BEHIND = 4


class Locks(QObject):
    """The locks of one page; none touches another.

    Signals:
        changed: there are other locks than before.
    """

    changed = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._cursors: list[QTextCursor] = []
        page.add_formats(self._formats)
        page.edited.connect(self._on_edited)
        page.loaded.connect(self.clear)

    def spans(self) -> tuple[Span, ...]:
        """Return what is locked, as code points of the page's text, in reading order."""
        if not self._cursors:
            return ()
        offsets = OffsetMap(self._page.text())
        return tuple(
            (offsets.to_code_point(start), offsets.to_code_point(end))
            for start, end in self.places()
        )

    def places(self) -> list[Span]:
        """Return the document positions of what is locked, in reading order."""
        return sorted((c.selectionStart(), c.selectionEnd()) for c in self._cursors)

    def at(self, start: int, end: int) -> list[Span]:
        """Return the locks that touch `[start, end)` of the document."""
        is_caret = start == end
        return [
            (first, last)
            for first, last in self.places()
            if (first < end and start < last) or (is_caret and first <= start <= last)
        ]

    def toggle(self) -> str | None:
        """Lock the selected words or the word at the caret, or let go of what is locked there.

        Return the words, empty where locks were let go; None where there is no word.
        """
        start, end = self._chosen()
        touched = self.at(start, end)
        if touched:
            self.release(touched)
            return ""
        words = self._page.text_at(start, end)
        if not words.strip():
            return None
        self.lock([(start, end)])
        return words

    def lock(self, places: Iterable[Span]) -> None:
        """Lock these stretches of the document as well."""
        for start, end in places:
            cursor = QTextCursor(self._page.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            # What is typed right behind a locked word is not part of it.
            cursor.setKeepPositionOnInsert(True)
            self._cursors.append(cursor)
            self._page.refresh_formats([start])
        self.changed.emit()

    def restore(self, spans: Iterable[Span]) -> None:
        """Lock these stretches, given in code points, and no others."""
        self.clear()
        wanted = list(spans)
        if wanted:
            offsets = OffsetMap(self._page.text())
            self.lock([(offsets.to_utf16(start), offsets.to_utf16(end)) for start, end in wanted])

    def release(self, places: Iterable[Span]) -> None:
        """Let go of the locks at these places."""
        gone = set(places)
        self._cursors = [
            c for c in self._cursors if (c.selectionStart(), c.selectionEnd()) not in gone
        ]
        self._page.refresh_formats([start for start, _ in gone])
        self.changed.emit()

    @Slot()
    def clear(self) -> None:
        """Let go of all."""
        if self._cursors:
            self.release(self.places())

    def _chosen(self) -> Span:
        cursor = self._page.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if start != end:
            words = self._page.text_at(start, end)
            return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        block = self._page.document().findBlock(start)
        offsets = OffsetMap(block.text())
        word = word_at(block.text(), offsets.to_code_point(start - block.position()))
        if word is None:
            return start, start
        first = block.position()
        return first + offsets.to_utf16(word.start), first + offsets.to_utf16(word.end)

    def _formats(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        """Make room for a padlock before each lock, and for the end of its well.

        The room is behind a letter or space: that before the lock, and the lock's own last.
        """
        first, last, ranges = block.position(), block.length() - 1, []
        scale = self._page.zoom / 100
        for start, end in self.places():
            for place, room in ((start - 1, ROOM), (end - 1, _ROOM_BEHIND)):
                if start < end and 0 <= place - first < last:
                    spaced = QTextCharFormat()
                    spaced.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
                    spaced.setFontLetterSpacing(room * scale)
                    found = QTextLayout.FormatRange()
                    found.start, found.length, found.format = place - first, 1, spaced
                    ranges.append(found)
        return ranges

    @Slot()
    def _on_edited(self) -> None:
        held = [cursor for cursor in self._cursors if _holds_words(cursor)]
        if len(held) < len(self._cursors):
            gone = [c.selectionStart() for c in self._cursors if c not in held]
            self._cursors = held
            self._page.refresh_formats(gone)
            self.changed.emit()


def _holds_words(cursor: QTextCursor) -> bool:
    """Return whether a lock still holds words: they were not deleted, nor made a blank."""
    return cursor.hasSelection() and not chips_in(cursor.selectedText())
