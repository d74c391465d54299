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
from dataclasses import dataclass, field

from maria_model.blanks import Blank
from maria_model.errors import ContextLengthError
from maria_model.prose import (
    SPACES,
    ends_spaced,
    in_style_of,
    readable_text,
    starts_sentence,
    without_emphasis,
)
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import AUTO_WORDS, Excerpt, OpenBlank

# A window is looked for in this many characters per piece of context: English has about four.
CHARACTERS_PER_PIECE = 8
# Blanks filled in one window leave at least a quarter of it to the text around them.
BLANKS_SHARE = 0.75

_REST_OF_WORD = re.compile(r"\S{0,64}")
# A line feed in the tokenizers' byte-level letters; so is "\u0120" a space.
LINE_FEED = "\u010a"


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
        cut = first.start - self.text[: first.start].endswith(tuple(SPACES))
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
            bare = without_emphasis(stretch, after_blank=after_blank, before_blank=True)
            read = readable_text(bare, after_blank=after_blank)
            yield from self._encode_before_blank(read[: -1 if ends_spaced(read) else None])
            yield _open_blank(index, blank, bare, read, after_blank and not stretch, is_first)
            stretch, after_blank = "", True
        stretch += self.text[position:end]
        stretch = without_emphasis(stretch, after_blank=after_blank, before_blank=False)
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


def _open_blank(
    index: int, blank: Blank, stretch: str, read: str, follows_directly: bool, is_first: bool
) -> OpenBlank:
    begins_sentence = starts_sentence(stretch, at_start=is_first)
    return OpenBlank(
        index=index,
        words=blank.minimum or 1,
        most_words=blank.maximum or AUTO_WORDS,
        constraints=blank.constraints,
        spaced=follows_directly or ends_spaced(read),
        keeps_space=follows_directly,
        case="upper" if begins_sentence else "any",
    )


def _room(item: int | OpenBlank, targets: Sequence[int]) -> int:
    """Return the pieces an item may need: a target's words may become longer."""
    if not isinstance(item, OpenBlank):
        return 1
    return item.room if item.index in targets else item.words
