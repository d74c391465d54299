"""What of the page is to be scored: the paragraphs in view, each with what stands near it.

The signs of emphasis, links and quotes are no prose: they are left out, and found again. A passage
is the same wherever it stands: its text and its near context are all a score depends on. Knows
nothing of scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.marks import heading_level
from maria_editor.editor.page import Page
from maria_editor.editor.prose import code_spans, hidden, inside, signs, without_signs
from maria_editor.editor.visible import visible_blocks

# Characters of context that a score depends on.
REACH_BEFORE = 800
REACH_AFTER = 300
# A longer paragraph is scored in parts.
LONGEST = 2000

_LETTER = re.compile(r"[^\W\d_]")
_FIRST_WORD_END = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Passage:
    """What is scored, and what is read with it."""

    before: str
    text: str
    after: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands now: in which block, and from where on, in UTF-16 units of it.

    `length` is how much of the block it takes up, the signs that are left out of it included; each
    of `gaps` is where in the passage such signs stand and how long they are. `hidden` is what is no
    prose, from the place's start on.
    """

    block: QTextBlock
    start: int
    length: int
    passage: Passage
    gaps: tuple[tuple[int, int], ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `[start, end)` of the passage stands, from the place's start on."""
        before = sum(width for at, width in self.gaps if at <= start)
        inside = sum(width for at, width in self.gaps if start < at < end)
        return start + before, end + before + inside

    def is_prose(self, start: int, end: int) -> bool:
        """Return whether all of `[start, end)`, from the place's start on, is prose."""
        return not any(first < end and start < last for first, last in self.hidden)


class Passages:
    """The passages of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._revision = -1
        self._code: list[tuple[int, int]] = []

    def in_view(self) -> Iterator[Place]:
        """Yield what is to be scored, from the top: no headings and no code."""
        for block in visible_blocks(self._page):
            text = block.text()
            has_prose = _LETTER.search(text) and not heading_level(text)
            if has_prose and not self._is_code(block):
                yield from self._parts_in_view(block, text)

    def _parts_in_view(self, block: QTextBlock, text: str) -> Iterator[Place]:
        spans, left_out = list(parts(text)), signs(text)
        offsets = OffsetMap(text)
        no_prose = [(offsets.to_utf16(a), offsets.to_utf16(b)) for a, b in hidden(text)]
        for start, end in spans:
            first, last = offsets.to_utf16(start), offsets.to_utf16(end)
            if len(spans) > 1 and not self._shows(block, first, last):
                continue
            before = _tail(without_signs(text, left_out, end=start), block.previous())
            after = _head(without_signs(text, left_out, start=end), block.next())
            passage = Passage(before, without_signs(text, left_out, start=start, end=end), after)
            gaps, gone = [], 0
            for begin, stop in inside(left_out, start, end):
                width = offsets.to_utf16(stop) - offsets.to_utf16(begin)
                gaps.append((offsets.to_utf16(begin) - first - gone, width))
                gone += width
            around = tuple((begin - first, stop - first) for begin, stop in no_prose)
            yield Place(block, first, last - first, passage, tuple(gaps), around)

    def _shows(self, block: QTextBlock, first: int, last: int) -> bool:
        layout, top = block.layout(), self._page.origin(block).y()
        begin, end = layout.lineForTextPosition(first), layout.lineForTextPosition(last)
        if not (begin.isValid() and end.isValid()):
            return False
        height = self._page.viewport().height()
        return top + begin.y() < height and top + end.y() + end.height() > 0

    def _is_code(self, block: QTextBlock) -> bool:
        if self._revision != self._page.revision:
            self._revision = self._page.revision
            self._code = self._fenced()
        start = block.position()
        return any(first <= start < last for first, last in self._code)

    def _fenced(self) -> list[tuple[int, int]]:
        """Return the code of the text, as positions of the document."""
        text = self._page.text()
        spans = code_spans(text)
        offsets = OffsetMap(text) if spans else None
        return [(offsets.to_utf16(a), offsets.to_utf16(b)) for a, b in spans] if offsets else []


def parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts in which a paragraph is scored, cut between words where it is long."""
    start = 0
    while len(text) - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST) + 1 or start + LONGEST
        yield start, cut
        start = cut
    yield start, len(text)


def _line(block: QTextBlock) -> str:
    text = block.text()
    return without_signs(text, signs(text))


def _tail(text: str, block: QTextBlock) -> str:
    """Return what stands before a passage, from the start of a word on."""
    while block.isValid() and len(text) < REACH_BEFORE:
        text, block = f"{_line(block)}\n{text}", block.previous()
    if len(text) > REACH_BEFORE:
        text = text[-REACH_BEFORE:]
        gap = _FIRST_WORD_END.search(text)
        text = text[gap.end() :] if gap else text
    # Half of a fenced code would turn the prose after it into code.
    return text.rpartition("```")[2]


def _head(text: str, block: QTextBlock) -> str:
    """Return what stands after a passage, up to the end of a word."""
    while block.isValid() and len(text) < REACH_AFTER:
        text, block = f"{text}\n{_line(block)}", block.next()
    if len(text) > REACH_AFTER:
        text = text[:REACH_AFTER].rsplit(None, 1)[0] if " " in text[:REACH_AFTER] else ""
    return text.partition("```")[0]
