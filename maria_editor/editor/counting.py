"""Counts words, characters and blanks block by block, so that a keystroke counts one block only."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextBlock, QTextCursor

from maria_editor.editor.page import Page
from maria_model.blanks import find_blanks

# Points and what closes after them, where no small letter goes on.
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]*_]*(?=\s+[^\sa-z]|$)")


class Counts(NamedTuple):
    """How much text there is. Characters leave out line ends; letters leave out spaces as well."""

    words: int = 0
    characters: int = 0
    letters: int = 0
    paragraphs: int = 0
    blanks: int = 0

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        return _total([self, other])


_NOTHING = Counts()


def count(line: str) -> Counts:
    """Count one line."""
    if not line:
        return _NOTHING
    words = line.split()
    blanks = len(find_blanks(line, strict=False)) if "[MASK" in line else 0
    return Counts(len(words), len(line), len("".join(words)), 1 if words else 0, blanks)


def sentences(text: str) -> int:
    """Count the sentences of a text: about right for prose. A heading is none."""
    lines = (line.strip() for line in text.split("\n"))
    return sum(_sentences(line) for line in lines if line and not line.startswith("#"))


class TextCounts(QObject):
    """The counts of one page's text, kept true through edits.

    Signals:
        changed: `total` is another.
    """

    changed = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._document = page.document()
        self._lines: list[Counts] = []
        self.total = Counts()
        self._recount()
        page.changed.connect(self._on_page_changed)
        page.loaded.connect(self._recount)

    def of(self, cursor: QTextCursor) -> Counts:
        """Return the counts of a selection."""
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        first, last = self._document.findBlock(start), self._document.findBlock(end)
        if first == last:
            return count(_part(first, start, end))
        inner = self._lines[first.blockNumber() + 1 : last.blockNumber()]
        edges = (count(_part(first, start, end)), count(_part(last, start, end)))
        return _total([*edges, *inner])

    @Slot(int, int, int)
    def _on_page_changed(self, position: int, removed: int, added: int) -> None:
        first = self._document.findBlock(position).blockNumber()
        last = self._document.findBlock(position + added).blockNumber()
        if last < 0:
            # Qt counts a paragraph end that is not there.
            last = self._document.blockCount() - 1
        gone = last - first + 1 - (self._document.blockCount() - len(self._lines))
        if first < 0 or gone < 0 or first + gone > len(self._lines):
            self._recount()
            return
        block = self._document.findBlockByNumber(first)
        new = []
        for _ in range(last - first + 1):
            new.append(count(block.text()))
            block = block.next()
        old = self._lines[first : first + gone]
        if old != new:
            self._lines[first : first + gone] = new
            self.total = _total([self.total, *new, _negative(_total(old))])
            self.changed.emit()

    @Slot()
    def _recount(self) -> None:
        self._lines = [count(line) for line in self._document.toRawText().split("\u2029")]
        self.total = _total(self._lines)
        self.changed.emit()


def _sentences(line: str) -> int:
    ends = list(_SENTENCE_END.finditer(line))
    # What stands after the last end is one more.
    return len(ends) + (not ends or ends[-1].end() < len(line))


def _total(lines: list[Counts]) -> Counts:
    return Counts(*map(sum, zip(*lines, strict=True)))


def _part(block: QTextBlock, start: int, end: int) -> str:
    """Return the text of a block between two positions of the document."""
    cursor = QTextCursor(block)
    cursor.setPosition(max(start, block.position()))
    last = min(end, block.position() + block.length() - 1)
    cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def _negative(counts: Counts) -> Counts:
    return Counts(*(-number for number in counts))
