"""Text with blanks to windows of pieces with mask slots, and fills back into the text.

Text is cut at the blanks and each stretch is tokenised as it stands: no string with "[MASK]" in
it is ever tokenised. The space to the left of a blank is taken off before ("the " would end in a
lone space) and the fill carries it. Fills are spliced into the original string, so nothing outside
a blank can change. Knows nothing of models' states or of sampling.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from maria_model.blanks import Blank, Constraint
from maria_model.errors import ContextLengthError
from maria_model.vocabulary import SharedVocabulary

if TYPE_CHECKING:
    from torch import Tensor

# More pieces than this in one word are never proposed.
MAXIMUM_PIECES_PER_WORD = 3
# Words of several pieces are looked for in blanks of up to so many words.
MAXIMUM_SEARCHED_WORDS = 8
# Numbers of words that are tried for one blank of open length.
MAXIMUM_WORD_COUNTS = 6
# `[MASK:auto]` holds one word to so many.
AUTO_WORDS = 6
# A window is looked for in this many characters per piece of context: English has about four.
CHARACTERS_PER_PIECE = 8
# Blanks filled in one window leave at least a quarter of it to the text around them.
BLANKS_SHARE = 0.75

Case = Literal["any", "upper", "lower"]
SlotKind = Literal["word", "continuation", "token"]

# A shorter line that the next one does not go on with in lower case was ended on purpose.
WRAPPED_LINE_LENGTH = 45
# What the tokenizers here read as a space.
_SPACES = " \u00a0\u2007\u2009\u200a\u202f"
_LINE_ENDS = re.compile("\r\n|\r|\u2028|\u2029")
_REST_OF_WORD = re.compile(r"\S{0,64}")
# A line feed in the tokenizers' byte-level letters; so is "\u0120" a space.
LINE_FEED = "\u010a"
_SENTENCE_END = re.compile(r"(?:[!?]|(?<!\.)\.[\"”’')\]]?)[*_]*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|cf|vs|etc|al|ca|approx|no|p|pp|[ap]\.m)\.$", re.I
)
_SINGLE_LINE_FEED = re.compile(r"(?<!\n)\n(?!\n)")
_OPEN_ENDS = ",;-–—'’"
_OPENERS = "\"'“‘([*_"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBlank:
    """A blank as the models meet it.

    Attributes:
        index: its number in the text, in reading order.
        words: how many words it holds at least.
        most_words: how many it holds at most.
        constraints: the writer's rules for its fill.
        spaced: its first piece begins with a space; otherwise it stands at a line's start, after
            an opening quote or bracket, or within a word.
        keeps_space: no space of the writer's stands before it, so the fill's own stays.
        case: what its first letter may be.
    """

    index: int
    words: int = 1
    most_words: int = 1
    spaced: bool = True
    keeps_space: bool = False
    case: Case = "any"
    constraints: tuple[Constraint, ...] = ()

    @property
    def word_counts(self) -> tuple[int, ...]:
        """The numbers of words to try: all of a short range, some of a long one, both its ends."""
        span = self.most_words - self.words
        steps = min(span, MAXIMUM_WORD_COUNTS - 1)
        counts = (self.words + round(span * step / max(steps, 1)) for step in range(steps + 1))
        return tuple(dict.fromkeys(counts))

    @property
    def is_searched(self) -> bool:
        """Whether the number of pieces of each word is looked for, and not just one a word."""
        return self.most_words <= MAXIMUM_SEARCHED_WORDS

    @property
    def room(self) -> int:
        """The most pieces that its fill may have."""
        parts = MAXIMUM_PIECES_PER_WORD if self.is_searched else 1
        return self.most_words * parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One mask: the piece at `position` of a window.

    Attributes:
        blank: number of its blank in the text.
        piece: its number within the blank; with `blank` the key of its noise.
        kind: "word" begins a word, "continuation" goes on with one, "token" may be anything.
        parts: pieces in its word.
    """

    position: int
    blank: int
    piece: int
    kind: SlotKind = "word"
    parts: int = 1
    spaced: bool = True
    case: Case = "any"


class FillRules(Protocol):
    """What the pieces of one blank must obey together, at its number of pieces."""

    def allowed(self, pieces: Sequence[int]) -> Tensor:
        """Return (V,) the pieces with which the fill can still obey, after `pieces` of it."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces in reading order with slots among them; a piece at a slot means nothing.

    `rules` holds what the fills of some blanks must obey, by number of the blank.
    """

    pieces: tuple[int, ...]
    slots: tuple[Slot, ...]
    rules: Mapping[int, FillRules] = field(default_factory=dict)

    def slots_of(self, blank: int) -> tuple[Slot, ...]:
        """Return the slots of one blank."""
        return tuple(slot for slot in self.slots if slot.blank == blank)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The text around some blanks: known pieces and open blanks, and which blanks to answer."""

    items: tuple[int | OpenBlank, ...]
    targets: tuple[int, ...]

    @property
    def open_blanks(self) -> tuple[OpenBlank, ...]:
        """The open blanks up to the last target: those behind it stay masks."""
        blanks = [item for item in self.items if isinstance(item, OpenBlank)]
        return tuple(blank for blank in blanks if blank.index <= self.targets[-1])

    def lay_out(
        self,
        shapes: Mapping[int, Sequence[int]] | None = None,
        rules: Mapping[int, FillRules] | None = None,
    ) -> Window:
        """Return the window with one slot per piece.

        `shapes` gives the pieces of each word of a blank; one piece per word where it says nothing.
        `rules` are what the fills must obey at those shapes.
        """
        pieces: list[int] = []
        slots: list[Slot] = []
        for item in self.items:
            if isinstance(item, OpenBlank):
                shape = (shapes or {}).get(item.index, (1,) * item.words)
                slots += _slots(item, shape, position=len(pieces))
                pieces += [0] * sum(shape)
            else:
                pieces.append(item)
        return Window(tuple(pieces), tuple(slots), rules or {})


@dataclass(frozen=True, slots=True)
class FilledReading:
    """A filled text as pieces: the fills of `targets` blanks lie in `pieces[begin:end]`."""

    pieces: list[int]
    begin: int
    end: int
    targets: int


@dataclass(slots=True, kw_only=True)
class BlankedText:
    """A text, its blanks, and the fills settled so far.

    Attributes:
        limit: pieces that a window may hold.
        fills: text of the settled blanks, by number.
    """

    text: str
    blanks: tuple[Blank, ...]
    vocabulary: SharedVocabulary
    limit: int
    fills: dict[int, str] = field(default_factory=dict)
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._starts = [blank.start for blank in self.blanks]

    def excerpt(self, targets: Sequence[int]) -> Excerpt:
        """Return the excerpt around as many of the first targets as one window can answer.

        Settled blanks are read as their fills; the others stay open.

        Raises:
            ContextLengthError: the first target alone has more words than the window has room.
        """
        first = self.blanks[targets[0]]
        reach = self.limit * CHARACTERS_PER_PIECE
        start = self._after_word(self._outside_blanks(max(0, first.start - reach)))
        end = self._outside_blanks(min(len(self.text), first.end + 2 * reach), forwards=True)
        items = list(self._items(start, end))
        place = {item.index: i for i, item in enumerate(items) if isinstance(item, OpenBlank)}
        chosen = self._targets_that_fit(items, place, targets)
        lead, tail = place[chosen[0]], place[chosen[-1]] + 1
        rest = self.limit - sum(_room(item, chosen) for item in items[lead:tail])
        left, right = items[:lead][::-1], items[tail:]
        left_room, right_room = (
            sum(_room(item, chosen) for item in side) for side in (left, right)
        )
        left_share = min(left_room, max(rest - right_room, rest - rest // 2))
        left = self._trimmed(left, left_share, is_left=True)
        right = self._trimmed(right, rest - left_share, is_left=False)
        return Excerpt((*left[::-1], *items[lead:tail], *right), tuple(chosen))

    def read(self, start: int, end: int) -> list[int]:
        """Return the pieces of `text[start:end]`, settled blanks as their fills, open ones not."""
        start, end = self._outside_blanks(start), self._outside_blanks(end, forwards=True)
        items = self._items(start, max(start, end))
        return [item for item in items if not isinstance(item, OpenBlank)]

    def fill_text(self, blank: OpenBlank, pieces: Sequence[int]) -> str:
        """Return the text that replaces a blank, in the document's own apostrophes."""
        text = self.vocabulary.decode(pieces)
        if blank.spaced and not blank.keeps_space:
            text = text.removeprefix(" ")
        return in_style_of(self.text, text)

    def pieces_of(self, blank: OpenBlank, word: str) -> tuple[int, ...]:
        """Return the pieces of a fill's text where the blank stands."""
        return tuple(self.vocabulary.encode(f" {word}" if blank.spaced else word))

    def reading(self, targets: Sequence[int], suffix: int) -> FilledReading:
        """Return the filled text around as many of the first targets as one window holds.

        `suffix` pieces are read behind the last of them.
        """
        first = self.blanks[targets[0]]
        reach = self.limit * CHARACTERS_PER_PIECE
        # The space before a fill is the fill's.
        cut = first.start - self.text[: first.start].endswith(tuple(_SPACES))
        start = self._after_word(self._outside_blanks(max(0, cut - reach)))
        left = self.read(start, cut)[-(self.limit // 2) :]
        pieces, count, end = left, 0, len(left)
        for index in targets:
            longer = [*left, *self.read(cut, self.blanks[index].end)]
            if count and len(longer) > self.limit:
                break
            pieces, count, end = longer[: self.limit], count + 1, min(len(longer), self.limit)
        stop = self.blanks[targets[count - 1]].end
        behind = self.read(stop, min(len(self.text), stop + suffix * CHARACTERS_PER_PIECE))
        behind = behind[: min(suffix, self.limit - end)]
        return FilledReading([*pieces, *behind], len(left), end + len(behind), count)

    def splice(self) -> str:
        """Return the text with every settled blank replaced."""
        parts, position = [], 0
        for index in sorted(self.fills):
            blank = self.blanks[index]
            parts += [self.text[position : blank.start], self.fills[index]]
            position = blank.end
        return "".join([*parts, self.text[position:]])

    def _items(self, start: int, end: int) -> Iterator[int | OpenBlank]:
        """Yield the pieces and open blanks of `text[start:end]`."""
        stretch, after_blank = "", False
        position = start
        for index in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            blank = self.blanks[index]
            stretch += self.text[position : blank.start]
            position = blank.end
            if index in self.fills:
                stretch += self.fills[index]
                continue
            is_first = start == 0 and not after_blank
            read = readable_text(stretch, after_blank=after_blank)
            yield from self._encode_before_blank(read[: -1 if _ends_spaced(read) else None])
            yield _open_blank(index, blank, stretch, read, after_blank, is_first)
            stretch, after_blank = "", True
        stretch += self.text[position:end]
        yield from self.vocabulary.encode(readable_text(stretch, after_blank=after_blank))

    def _encode_before_blank(self, text: str) -> list[int]:
        """Return the pieces of a text that goes on; at a text's end line ends are cut otherwise."""
        if not text.endswith("\n"):
            return self.vocabulary.encode(text)
        return self.vocabulary.encode(text + "a")[:-1]

    def _outside_blanks(self, position: int, *, forwards: bool = False) -> int:
        """Move a cut that would fall into a blank to the blank's end, or to its start."""
        index = bisect_right(self._starts, position) - 1
        if index >= 0 and self._starts[index] < position < self.blanks[index].end:
            return self.blanks[index].start if forwards else self.blanks[index].end
        return position

    def _after_word(self, position: int) -> int:
        """Move a cut that would fall into a word behind it, or to the blank in the word."""
        word = _REST_OF_WORD.match(self.text, position)
        target = word.end() if word and position else position
        index = bisect_left(self._starts, position)
        return min(target, *self._starts[index : index + 1], len(self.text))

    def _targets_that_fit(
        self,
        items: Sequence[int | OpenBlank],
        place: Mapping[int, int],
        targets: Sequence[int],
    ) -> list[int]:
        first = self.blanks[targets[0]]
        room = _room(items[place[targets[0]]], targets)
        if room > self.limit:
            line = self.text.count("\n", 0, first.start) + 1
            raise ContextLengthError(
                f"Line {line}: {self.text[first.start : first.end]} does not fit: this model reads "
                f"about {self.limit} words and marks at a time. Ask for fewer words."
            )
        chosen = [targets[0]]
        for target in targets[1:]:
            if target not in place:
                break
            between = items[place[chosen[-1]] + 1 : place[target] + 1]
            room += sum(_room(item, targets) for item in between)
            if room > self.limit * BLANKS_SHARE:
                break
            chosen.append(target)
        return chosen

    def _trimmed(
        self, side: Sequence[int | OpenBlank], share: int, *, is_left: bool
    ) -> list[int | OpenBlank]:
        """Return what of a side, nearest first, fits `share`, cut at a paragraph or a word."""
        kept, room = 0, 0
        for item in side:
            room += _room(item, ())
            if room > share:
                break
            kept += 1
        if kept == len(side):
            return list(side)
        return list(side[: self._nice_cut(side, kept, is_left=is_left)])

    def _nice_cut(self, side: Sequence[int | OpenBlank], kept: int, *, is_left: bool) -> int:
        pieces = self.vocabulary.pieces
        for wanted, reach in ((LINE_FEED, kept // 4), ("\u0120", min(16, kept // 4))):
            for cut in range(kept, kept - reach, -1):
                # To the left the last kept piece begins a word; to the right the next one does.
                item = side[cut - 1 if is_left and wanted != LINE_FEED else cut]
                if not isinstance(item, OpenBlank) and pieces[item].startswith(wanted):
                    return cut
        return kept


def is_own_segmentation(vocabulary: SharedVocabulary, pieces: Sequence[int]) -> bool:
    """Whether the tokenizer would cut the text of `pieces` into just these."""
    return vocabulary.encode(vocabulary.decode(pieces)) == list(pieces)


def in_style_of(text: str, fill: str) -> str:
    """Return `fill` with curly apostrophes where the text uses more of them than straight ones."""
    if "'" in fill and text.count("’") > text.count("'"):
        return fill.replace("'", "’")
    return fill


def starts_sentence(before: str, *, at_start: bool) -> bool:
    """Whether a word right after `before` begins a sentence, as far as can be told safely.

    `at_start` says that nothing stands before `before`. Where it is open (a list, a verse, after
    a quoted question), the answer is no.
    """
    before = before[-80:]
    if before.endswith(tuple(_OPENERS)):
        before = before.rstrip(_OPENERS)
    before = before.rstrip(_SPACES + "\t")
    if not before:
        return at_start
    if before.endswith("\n\n") or before.endswith("\r\n\r\n"):
        return True
    before = before.rstrip()
    return bool(_SENTENCE_END.search(before)) and not _ABBREVIATION.search(before)


def _open_blank(
    index: int, blank: Blank, stretch: str, read: str, after_blank: bool, is_first: bool
) -> OpenBlank:
    follows_directly = after_blank and not stretch
    begins_sentence = starts_sentence(stretch, at_start=is_first)
    return OpenBlank(
        index=index,
        words=blank.minimum or 1,
        most_words=blank.maximum or AUTO_WORDS,
        constraints=blank.constraints,
        spaced=follows_directly or _ends_spaced(read),
        keeps_space=follows_directly,
        case="upper" if begins_sentence else "any",
    )


def _slots(blank: OpenBlank, shape: Sequence[int], *, position: int) -> list[Slot]:
    slots: list[Slot] = []
    for word, parts in enumerate(shape):
        for part in range(parts):
            slot = Slot(
                position=position + len(slots),
                blank=blank.index,
                piece=len(slots),
                kind="continuation" if part else "word",
                parts=parts,
                spaced=(blank.spaced or word > 0) and not part,
            )
            slots.append(slot)
    if slots:
        slots[0] = replace(slots[0], case=blank.case)
    return slots


def _room(item: int | OpenBlank, targets: Sequence[int]) -> int:
    """Return the pieces an item may need: a target's words may become longer."""
    if not isinstance(item, OpenBlank):
        return 1
    return item.room if item.index in targets else item.words


def _ends_spaced(stretch: str) -> bool:
    return stretch.endswith(tuple(_SPACES))


def readable_text(text: str, *, after_blank: bool) -> str:
    """Return the text as the models know text: no byte-order mark, a blank line at a paragraph.

    A single line end is a paragraph's where it looks like one; where a line was only wrapped it
    is a space. `after_blank` says that a blank stands before the text.
    """
    text = _LINE_ENDS.sub("\n", text).replace("\ufeff", "")

    def read_line_end(line_end: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, line_end.start()) + 1 : line_end.start()].rstrip(_SPACES)
        following = text[line_end.end() : line_end.end() + 1]
        is_open = (line[-1].isalnum() or line[-1] in _OPEN_ENDS) if line else after_blank
        is_wrapped = following.islower() or (
            len(line) >= WRAPPED_LINE_LENGTH and (not following or following.isalnum())
        )
        return " " if is_open and is_wrapped else "\n\n"

    return _SINGLE_LINE_FEED.sub(read_line_end, text)
