"""Chips: what each blank on the page looks like just now, and how wide it is.

A chip's text stays the literal `[MASK...]`; only its layout and its paint differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QFont, QFontMetricsF, QTextBlock, QTextCursor, QTextDocument

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.chip_tags import PADDING, Tag, tags_of, tags_width
from maria_editor.editor.marks import chips_in
from maria_model.blanks import Blank

INSET = 3
_EMPTY_WIDTH = 90
# What the last italic letter leans over its own width.
_SLANT = 4
_REASON = "cannot be read"


class ChipState(Enum):
    """How a chip is painted, where that is not a matter of its own text."""

    EMPTY = "empty"
    PENDING = "pending"
    PREVIEW = "preview"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Chip:
    """One blank of a block; `start` and `end` are UTF-16 offsets in the block."""

    start: int
    end: int
    blank: Blank
    state: ChipState = ChipState.EMPTY
    words: str = ""
    # It stands in the place of plain words.
    is_plain: bool = False

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What the chip says of itself, unless it shows words."""
        if self.state is ChipState.ERROR:
            return (Tag(self.reason, "warn"),)
        return tags_of(self.blank)

    @property
    def reason(self) -> str:
        """What is wrong, where something is."""
        if self.state is not ChipState.ERROR:
            return ""
        return _REASON if self.blank.error else self.words

    def width(self, font: QFont) -> float:
        """Return the chip's width for text in `font`; every part grows with it."""
        scale = font.pixelSize() / 20
        if self.state is ChipState.PREVIEW:
            words = QFontMetricsF(preview_font(font)).horizontalAdvance(self.words)
            return words + (2 * PADDING + _SLANT) * scale
        return max(_EMPTY_WIDTH * scale, tags_width(self.tags, font))


def preview_font(font: QFont) -> QFont:
    """Return the font of a word the model offers."""
    preview = QFont(font)
    preview.setItalic(True)
    return preview


@dataclass(slots=True)
class _Mark:
    # Follows the text through edits.
    cursor: QTextCursor
    state: ChipState
    words: str
    # Words stand here, not a blank: a chip is shown in their place.
    is_plain: bool = False


class ChipStates:
    """Which chips of a document are pending, previewed or in error; all others are empty."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        # By where they stood when last looked up.
        self._marks: dict[int, _Mark] = {}
        self._is_current = True
        # The place that has a popup.
        self.active: QTextCursor | None = None

    def set(self, places: Iterable[tuple[int, int]], state: ChipState, words: str = "") -> None:
        """Give the chips at these places, document positions, a state."""
        self._mark(places, state, words, is_plain=False)

    def offer(self, start: int, end: int, words: str) -> None:
        """Show a preview in the place of plain words."""
        self._mark([(start, end)], ChipState.PREVIEW, words, is_plain=True)

    def mark(
        self, place: QTextCursor, state: ChipState, words: str = "", *, is_plain: bool = False
    ) -> None:
        """Give the chip that a cursor holds a state, or show one in the place of plain words.

        It goes where the cursor goes. Unlike a new cursor, this one costs no layout.
        """
        self._by_start()[place.selectionStart()] = _Mark(place, state, words, is_plain)

    def release(self, positions: Iterable[int]) -> None:
        """Make the chips that begin at these positions empty again; plain words show."""
        marks = self._by_start()
        for position in positions:
            marks.pop(position, None)

    def clear(self) -> list[int]:
        """Make every chip empty again; return the positions of those that were not."""
        positions = list(self._by_start())
        self._marks = {}
        return positions

    def forget_places(self) -> None:
        """Look the chips up anew: an edit has moved them."""
        self._is_current = False

    def any_pending(self) -> bool:
        """Return whether a chip waits for the model."""
        return any(mark.state is ChipState.PENDING for mark in self._marks.values())

    def is_active(self, block: QTextBlock, chip: Chip) -> bool:
        """Return whether a chip has the popup."""
        active = self.active
        return active is not None and active.selectionStart() == block.position() + chip.start

    def chips(self, block: QTextBlock) -> list[Chip]:
        """Return the chips of a block, in order."""
        text = block.text()
        blanks = chips_in(text)
        plain = self._plain_marks(block)
        if not blanks and not plain:
            return []
        offsets = OffsetMap(text)
        chips = [self._chip(block, blank, offsets) for blank in blanks]
        chips += [_plain_chip(mark, block, offsets) for mark in plain]
        return sorted(chips, key=lambda chip: chip.start) if plain else chips

    def _mark(
        self, places: Iterable[tuple[int, int]], state: ChipState, words: str, *, is_plain: bool
    ) -> None:
        marks = self._by_start()
        for start, end in places:
            cursor = QTextCursor(self._document)
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            marks[start] = _Mark(cursor, state, words, is_plain)

    def _plain_marks(self, block: QTextBlock) -> list[_Mark]:
        first, last = block.position(), block.position() + block.length()
        return [
            mark
            for start, mark in self._by_start().items()
            if mark.is_plain and first <= start < mark.cursor.selectionEnd() < last
        ]

    def _chip(self, block: QTextBlock, blank: Blank, offsets: OffsetMap) -> Chip:
        start, end = offsets.to_utf16(blank.start), offsets.to_utf16(blank.end)
        if blank.error is not None:
            return Chip(start, end, blank, ChipState.ERROR)
        mark = self._by_start().get(block.position() + start)
        return Chip(start, end, blank, mark.state, mark.words) if mark else Chip(start, end, blank)

    def _by_start(self) -> dict[int, _Mark]:
        if not self._is_current:
            # A place whose text is gone would stick to whatever is written there next.
            self._marks = {
                mark.cursor.selectionStart(): mark
                for mark in self._marks.values()
                if mark.cursor.hasSelection()
            }
            self._is_current = True
        return self._marks


def _plain_chip(mark: _Mark, block: QTextBlock, offsets: OffsetMap) -> Chip:
    start = mark.cursor.selectionStart() - block.position()
    end = mark.cursor.selectionEnd() - block.position()
    blank = Blank(start=offsets.to_code_point(start), end=offsets.to_code_point(end))
    return Chip(start, end, blank, mark.state, mark.words, is_plain=True)
