"""The heat-map: marks the words that stand out, through edits, scrolling and zoom.

A paragraph keeps its marks while it is edited, except for the words that were touched. Knows
nothing of engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPen, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_editor.editor.likelihood_painter import RADIUS, draw_level
from maria_editor.editor.likelihood_words import Mark, OddWord
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme
from maria_model.oddness import Level

_SPREAD = 2.0
_LIFT = 2.5
_RING, _RING_SIDE, _RING_TOP = 1.5, 1.5, 2.0
_MOST_TEXTS = 512
_JOINERS = "'’-_\u00ad"


@dataclass(frozen=True, slots=True)
class _Scored:
    """A block's text and what stands out in it, in UTF-16 units of the block."""

    text: str
    marks: list[Mark]


class LikelihoodMarks:
    """The marks of one page; `chosen` has a ring."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._theme = theme
        # By the number that Qt gives a block for as long as it lives; one that is used again for
        # another block has another text.
        self._scored: dict[int, _Scored] = {}
        # A paragraph that is moved, parted from another or put back is a new block.
        self._by_text: dict[str, list[Mark]] = {}
        # Paragraphs read whole without a very unlikely word, known on when nothing is marked.
        self._sound: set[str] = set()
        self.chosen: OddWord | None = None
        # Marked paragraphs of quoted text, which is paler than ink.
        self._quotes: list[QTextCursor] = []
        page.add_formats(self._formats)
        page.add_layer(self._draw)
        page.add_layer(self._draw_ring, above=True)
        page.loaded.connect(self.clear)

    @Slot()
    def clear(self) -> None:
        """Take all marks away."""
        self._scored.clear()
        self._by_text.clear()
        self.chosen = None
        quotes, self._quotes = self._quotes, []
        self._page.refresh_formats(quote.position() for quote in quotes)
        self._page.viewport().update()

    def show(self, block: QTextBlock, start: int, length: int, marks: Sequence[Mark]) -> None:
        """Mark the words of a passage of `length` that begins at `start` of a block."""
        old = self.of(block)
        new = [(start + place, word) for place, word in marks]
        others = [mark for mark in old if not start <= mark[0] < start + length]
        if self.chosen is not None:
            # The same word, scored again, stays chosen.
            places = {place for place, word in old if word is self.chosen}
            again = (w for p, w in new if p in places and w.text == self.chosen.text)
            self.chosen = next(again, self.chosen)
        text, marks = block.text(), sorted(others + new, key=_at)
        self._scored[block.fragmentIndex()] = _Scored(text, marks)
        if len(self._by_text) >= _MOST_TEXTS:
            self._by_text.clear()
        self._by_text[text] = marks
        self._note_sound(text, marks, is_whole=length >= block.length() - 1)
        if _is_quote(text):
            self._quotes.append(QTextCursor(block))
            self._page.refresh_formats([block.position()])
        self._page.viewport().update()

    def is_sound(self, text: str) -> bool:
        """Return whether a paragraph that reads like this was read, and no word very unlikely."""
        return not text.strip() or text in self._sound

    def of(self, block: QTextBlock) -> list[Mark]:
        """Return what is marked in a block, in reading order."""
        number, text = block.fragmentIndex(), block.text()
        scored = self._scored.get(number)
        if scored is None or scored.text != text:
            marks = self._by_text.get(text)
            if marks is None:
                marks = [] if scored is None else _untouched(scored, text)
            scored = self._scored[number] = _Scored(text, marks)
        return scored.marks

    def in_view(self) -> Iterator[tuple[int, OddWord]]:
        """Yield the marked words that show, in reading order, with their positions."""
        height = self._page.viewport().height()
        for block in visible_blocks(self._page):
            top = self._page.origin(block).y()
            is_whole = top >= 0 and top + block.layout().boundingRect().height() <= height
            for start, word in self.of(block):
                rects = [] if is_whole else self._rects(block, start, word)
                if is_whole or any(r.bottom() > 0 and r.top() < height for r in rects):
                    yield block.position() + start, word

    def positions(self) -> Iterator[tuple[int, OddWord]]:
        """Yield the marked words of all blocks in view, what does not show of them included."""
        for block in visible_blocks(self._page):
            first = block.position()
            yield from ((first + start, word) for start, word in self.of(block))

    def position_of(self, word: OddWord) -> int | None:
        """Return where a marked word in view begins; None if it is marked no more."""
        return next((position for position, other in self.positions() if other is word), None)

    def word_at(self, point: QPointF) -> OddWord | None:
        """Return the marked word under a point of the viewport."""
        for block in visible_blocks(self._page):
            for start, word in self.of(block):
                if any(rect.contains(point) for rect in self._rects(block, start, word)):
                    return word
        return None

    def _note_sound(self, text: str, marks: Sequence[Mark], *, is_whole: bool) -> None:
        self._sound.discard(text)
        if len(self._sound) >= _MOST_TEXTS:
            self._sound.clear()
        if is_whole and all(word.level is not Level.VERY_UNLIKELY for _, word in marks):
            self._sound.add(text)

    def _rects(self, block: QTextBlock, start: int, word: OddWord) -> list[QRectF]:
        font = self._page.document().defaultFont()
        origin = self._page.origin(block)
        return [
            rect.adjusted(-_SPREAD, 0, _SPREAD, 0)
            for rect in mark_rects(block, origin, start, start + word.length, font)
        ]

    def _formats(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        """Write marked words in ink: what is paler cannot be read on the fills."""
        if not self._scored or not _is_quote(block.text()):
            return []
        return [self._inked(start, word.length) for start, word in self.of(block)]

    def _inked(self, start: int, length: int) -> QTextLayout.FormatRange:
        inked, ink = QTextLayout.FormatRange(), QTextCharFormat()
        ink.setForeground(self._theme.color("ink"))
        inked.start, inked.length, inked.format = start, length, ink
        return inked

    def _painted(self) -> Iterator[tuple[QTextBlock, int, OddWord]]:
        """Yield the marks in view, but for those of words in whose place another is shown."""
        for block in visible_blocks(self._page):
            marks = self.of(block)
            chips = self._page.states.chips(block) if marks else []
            for start, word in marks:
                if not any(c.start < start + word.length and start < c.end for c in chips):
                    yield block, start, word

    def _draw(self, painter: QPainter) -> None:
        if not self._scored:
            return
        for block, start, word in self._painted():
            for rect in self._rects(block, start, word):
                draw_level(painter, rect, word.level, self._theme, lift=_LIFT)

    def _draw_ring(self, painter: QPainter) -> None:
        if self.chosen is None:
            return
        painter.setPen(QPen(self._theme.color("accent"), _RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for block, start, word in self._painted():
            if word is self.chosen:
                for rect in self._rects(block, start, word):
                    ring = rect.adjusted(-_RING_SIDE, -_RING_TOP, _RING_SIDE, _RING_TOP)
                    painter.drawRoundedRect(ring, RADIUS + 1.5, RADIUS + 1.5)


def _is_quote(text: str) -> bool:
    return text.lstrip(" ").startswith(">")


def _at(mark: Mark) -> int:
    return mark[0]


def _untouched(scored: _Scored, text: str) -> list[Mark]:
    """Return the marks of words that an edit has left alone, where they stand in the new text."""
    old = scored.text
    same = _common_length(old, text)
    rest = _common_length(old[same:][::-1], text[same:][::-1])
    prefix, suffix = utf16_length(text[:same]), utf16_length(text[len(text) - rest :])
    moved = utf16_length(text) - utf16_length(old)
    offsets = OffsetMap(text)
    kept = []
    for start, word in scored.marks:
        if start + word.length <= prefix:
            place = start
        elif start >= prefix and start + moved >= utf16_length(text) - suffix:
            place = start + moved
        else:
            continue
        if _is_whole(text, offsets.to_code_point(place), word):
            kept.append((place, word))
    return kept


def _is_whole(text: str, start: int, word: OddWord) -> bool:
    """Whether a word still ends and begins where it did, with no letter next to it."""
    end = start + len(word.text)
    before, after = text[start - 1 : start], text[end : end + 1]
    is_joined = after in _JOINERS and after and text[end + 1 : end + 2].isalnum()
    return text[start:end] == word.text and not (before.isalnum() or after.isalnum() or is_joined)


def _common_length(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike; halving, as paragraphs may be long."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
