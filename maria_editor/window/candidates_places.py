"""Places that have suggestions: where they stand, what is offered, and what shows there now.

A place is a blank, or plain words that alternatives were asked for. It follows the text through
edits; nothing of it is in the text. Knows nothing of engines and popups.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import QTextCursor

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_editor.editor.chips import ChipState
from maria_editor.editor.page import Page
from maria_editor.window.candidates_lengths import Length, length_of, literal_with
from maria_editor.window.candidates_rows import Row, by_share, key_of, rows_of
from maria_model.api import BlankResult, FillResult
from maria_model.blanks import Blank, find_blanks


@dataclass(slots=True, eq=False)
class Place:
    """One place and its suggestions.

    `stands` is what stands here in the text, and `own_length` what it asks for. `literal` is the
    blank that the model is asked for: the same one, one of another length, or one in the place of
    plain words. Where there is no suggestion, `error` says why in the chip and `reason` in the
    popup.
    """

    cursor: QTextCursor
    stands: str
    literal: str
    blank: Blank
    own_length: Length
    is_plain: bool = False
    rows: list[Row] = field(default_factory=list)
    chosen: Row | None = None
    # The writer has chosen the word here: rankings leave it alone.
    is_by_hand: bool = False
    # Stands first because it was found for all blanks together.
    joint: Row | None = None
    error: str = ""
    reason: str = ""
    # More fills were looked for.
    is_searched: bool = False
    # Keys of the words that were offered here already.
    seen: set[str] = field(default_factory=set)
    source: FillResult | None = None

    @property
    def start(self) -> int:
        """Where it stands in the document."""
        return self.cursor.selectionStart()

    @property
    def end(self) -> int:
        """Where it ends in the document."""
        # The cursor would take in what is written right behind it.
        return self.start + utf16_length(self.stands)

    @property
    def length(self) -> Length:
        """How many words the model is asked for."""
        return length_of(self.blank)

    def ask_for(self, length: Length) -> None:
        """Ask for another length from now on; the text stays as it is, and nothing is offered yet.

        Words of the last length under the name of this one would be taken for its own.
        """
        self.literal = literal_with(self.blank, length)
        self.blank = find_blanks(self.literal)[0]
        self.take_rows(())
        self.is_by_hand = False
        self.is_searched = False
        self.seen.clear()

    def rows_from(self, blank: BlankResult) -> list[Row]:
        """Return an answer's words, likeliest first; those that stand here are no alternative."""
        return self.alternatives(by_share(rows_of(blank.candidates)) or [Row(blank.fill, 1.0)])

    def alternatives(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows but for the words that stand here already."""
        own = key_of(self.stands) if self.is_plain else None
        return [row for row in rows if key_of(row.fill) != own]

    def take_rows(self, rows: Sequence[Row]) -> None:
        """Offer these words, the first of them chosen."""
        self.rows = list(rows)
        self.chosen = self.rows[0] if self.rows else None
        self.joint = None
        self.error = self.reason = ""

    def lead_with(self, fill: str) -> None:
        """Choose words that were found for all blanks together; they stand first."""
        joint = self.row_like(fill)
        if joint is not None:
            self.rows = [joint, *(row for row in self.rows if row is not joint)]
            self.chosen = joint
            self.joint = joint if any(row.share > joint.share for row in self.rows) else None

    def put_in_order(self) -> None:
        """Let rows stand by their shares, the likeliest chosen, unless the writer has chosen."""
        if self.is_by_hand:
            self.chosen = self.row_like(self.chosen.fill) if self.chosen is not None else None
        else:
            self.take_rows(by_share(self.rows))

    def take_error(self, error: str, reason: str) -> None:
        """Offer nothing, and say why."""
        self.rows, self.chosen = [], None
        self.error, self.reason = error, reason

    def row_like(self, words: str) -> Row | None:
        """Return the row with these words, up to case and space."""
        key = key_of(words)
        return next((row for row in self.rows if key_of(row.fill) == key), None)


@dataclass(frozen=True, slots=True)
class Question:
    """A text for the model, and which of its blanks each place is."""

    text: str
    index: dict[int, int]

    def of(self, place: Place) -> int:
        """Return the number of a place's blank."""
        return self.index[id(place)]


def question(text: str, places: Iterable[Place], *, filled: Iterable[Place] = ()) -> Question:
    """Return the text with the literals of `places`, and with the words chosen for `filled`."""
    offsets = OffsetMap(text)
    words = {id(place): place.chosen.fill for place in filled if place.chosen is not None}
    parts: list[str] = []
    starts: dict[int, int] = {}
    position = length = 0
    for place in sorted([*places, *filled], key=lambda place: place.start):
        start, end = offsets.to_code_point(place.start), offsets.to_code_point(place.end)
        stands = words.get(id(place), place.literal)
        parts += [text[position:start], stands]
        length += start - position
        if id(place) not in words:
            starts[id(place)] = length
        length += len(stands)
        position = end
    asked = "".join([*parts, text[position:]])
    numbers = {blank.start: i for i, blank in enumerate(find_blanks(asked, strict=False))}
    return Question(asked, {key: numbers[start] for key, start in starts.items()})


class Places:
    """The places of one page, in reading order."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._places: list[Place] = []
        # Where the blanks of the document begin, as of which revision.
        self._starts: list[int] = []
        self._revision = -1

    def all(self) -> list[Place]:
        """Return every place, in reading order."""
        return sorted(self._places, key=lambda place: place.start)

    def previewed(self) -> list[Place]:
        """Return the places where words are offered."""
        return [place for place in self.all() if place.chosen is not None]

    def make(self, start: int, end: int, literal: str, *, is_plain: bool = False) -> Place:
        """Return a new place at `[start, end)` of the document."""
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        stands = cursor.selectedText().replace("\u2029", "\n")
        blank = find_blanks(literal)[0]
        return Place(cursor, stands, literal, blank, length_of(blank), is_plain)

    def add(self, places: Iterable[Place]) -> None:
        """Take places, and show what they offer."""
        new = {place.start: place for place in places}
        self._places = [known for known in self._places if known.start not in new]
        self._places += new.values()
        self.show(*new.values())

    def at(self, start: int, end: int) -> list[Place]:
        """Return the places that `[start, end]` of the document touches."""
        return [place for place in self.all() if place.start <= end and start <= place.end]

    def stands(self, place: Place) -> bool:
        """Return whether what a place is about is still in the text."""
        if not place.cursor.hasSelection() or place.end >= self._page.document().characterCount():
            return False
        return self._page.text_at(place.start, place.end) == place.stands

    def number_of(self, place: Place) -> tuple[int, int]:
        """Return which blank of the page a place is, from 1, and of how many."""
        if self._revision != self._page.revision:
            self._revision = self._page.revision
            text = self._page.text()
            offsets = OffsetMap(text)
            blanks = find_blanks(text, strict=False)
            self._starts = [offsets.to_utf16(blank.start) for blank in blanks]
        before = bisect_left(self._starts, place.start)
        return before + 1, len(self._starts)

    def linked_with(self, place: Place) -> list[Place]:
        """Return a place and all that have its name."""
        if place.blank.name is None:
            return [place]
        return [other for other in self.all() if other.blank.name == place.blank.name]

    def show(self, *places: Place) -> None:
        """Let the page show what places offer now: one layout, however many."""
        states = self._page.states
        for place in places:
            if place.chosen is not None:
                words, is_plain = place.chosen.words, place.is_plain
                states.mark(place.cursor, ChipState.PREVIEW, words, is_plain=is_plain)
            elif place.error:
                states.mark(place.cursor, ChipState.ERROR, place.error)
            else:
                states.release([place.start])
        self._page.refresh_formats([place.start for place in places])

    def show_pending(self, places: Collection[Place]) -> None:
        """Let the page show that words are looked for."""
        for place in places:
            self._page.states.mark(place.cursor, ChipState.PENDING)
        self._page.refresh_formats([place.start for place in places])

    def show_first(self, place: Place, words: str) -> None:
        """Let the page show words that were found first, before they are offered."""
        self._page.states.mark(place.cursor, ChipState.PREVIEW, words)
        self._page.refresh_formats([place.start])

    def drop(self, places: Iterable[Place]) -> None:
        """Forget places; their blanks, or their words, show as they are."""
        gone = {id(place) for place in places}
        starts = [place.start for place in self._places if id(place) in gone]
        self._places = [place for place in self._places if id(place) not in gone]
        self._page.release_chips_at(starts)

    def touched(self, position: int, added: int) -> list[Place]:
        """Return the places in the paragraphs that an edit changed."""
        document = self._page.document()
        first = document.findBlock(position)
        last = document.findBlock(position + added)
        if not last.isValid():
            last = document.lastBlock()
        end = last.position() + last.length()
        return [
            place
            for place in self._places
            if not place.cursor.hasSelection()
            or (first.position() <= place.start and place.start < end)
        ]
