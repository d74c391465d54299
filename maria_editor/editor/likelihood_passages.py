"""What of the page is to be scored: the paragraphs in view, each with what stands near it.

The signs of emphasis, links and quotes are no prose: they are left out, and found again. A passage
is the same wherever it stands: its text and its near context are all a score depends on. Knows
nothing of scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QTextBlock

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.markdown import Kind, styles
from maria_editor.editor.marks import heading_level
from maria_editor.editor.page import Page
from maria_editor.editor.visible import visible_blocks

# Characters of context that a score depends on.
REACH_BEFORE = 800
REACH_AFTER = 300
# A longer paragraph is scored in parts.
LONGEST = 2000

_FENCED_CODE = re.compile(r"^ {0,3}```.*?(?:^ {0,3}```|\Z)", re.MULTILINE | re.DOTALL)
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
    of `gaps` is where in the passage such signs stand and how long they are.
    """

    block: QTextBlock
    start: int
    length: int
    passage: Passage
    gaps: tuple[tuple[int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `[start, end)` of the passage stands, from the place's start on."""
        before = sum(width for at, width in self.gaps if at <= start)
        inside = sum(width for at, width in self.gaps if start < at < end)
        return start + before, end + before + inside


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
            is_prose = _LETTER.search(text) and not heading_level(text)
            if is_prose and not self._is_code(block):
                yield from self._parts_in_view(block, text)

    def _parts_in_view(self, block: QTextBlock, text: str) -> Iterator[Place]:
        spans, signs = list(parts(text)), _signs(text)
        offsets = OffsetMap(text)
        for start, end in spans:
            first, last = offsets.to_utf16(start), offsets.to_utf16(end)
            if len(spans) > 1 and not self._shows(block, first, last):
                continue
            before = _tail(_prose(text, 0, start, signs), block.previous())
            after = _head(_prose(text, end, len(text), signs), block.next())
            passage = Passage(before, _prose(text, start, end, signs), after)
            gaps, left_out = [], 0
            for begin, stop in _inside(signs, start, end):
                width = offsets.to_utf16(stop) - offsets.to_utf16(begin)
                gaps.append((offsets.to_utf16(begin) - first - left_out, width))
                left_out += width
            yield Place(block, first, last - first, passage, tuple(gaps))

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
        """Return the fenced code of the text, as positions of the document."""
        text = self._page.text()
        if "```" not in text:
            return []
        offsets = OffsetMap(text)
        return [
            (offsets.to_utf16(match.start()), offsets.to_utf16(match.end()))
            for match in _FENCED_CODE.finditer(text)
        ]


def parts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts in which a paragraph is scored, cut between words where it is long."""
    start = 0
    while len(text) - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST) + 1 or start + LONGEST
        yield start, cut
        start = cut
    yield start, len(text)


@lru_cache(maxsize=256)
def _signs(line: str) -> tuple[tuple[int, int], ...]:
    """Return where the signs of a line's emphasis, links and quotes stand, in order."""
    left_out: set[int] = set()
    for style in styles(line):
        # Code is told by the signs around it.
        if style.kind is not Kind.CODE:
            left_out.update(range(style.start, style.start + style.before))
            left_out.update(range(style.end - style.after, style.end))
    spans: list[tuple[int, int]] = []
    for at in sorted(left_out):
        start = spans.pop()[0] if spans and spans[-1][1] == at else at
        spans.append((start, at + 1))
    return tuple(spans)


def _inside(signs: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what of the signs stands in `[start, end)`."""
    for first, last in signs:
        if first < end and start < last:
            yield max(first, start), min(last, end)


def _prose(text: str, start: int, end: int, signs: Sequence[tuple[int, int]]) -> str:
    """Return `text[start:end]` without its signs."""
    kept, position = [], start
    for first, last in _inside(signs, start, end):
        kept.append(text[position:first])
        position = last
    return "".join([*kept, text[position:end]])


def _line(block: QTextBlock) -> str:
    text = block.text()
    return _prose(text, 0, len(text), _signs(text))


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
