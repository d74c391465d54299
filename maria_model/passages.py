"""A passage to rewrite: its units, and which of them must stay.

`PassageText` is the text's side of a passage, `Passage` the pieces' side, as they change. A unit
is what is replaced as a whole: a token (paper preset) or a word (edit preset). Offsets are code
points of the original text, and unchanged units are never decoded: their text is the writer's.
Knows nothing of models' states, sampling or scores.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from maria_model.blanks import Blank
from maria_model.prose import in_style_of, starts_sentence
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Case, Slot, Window
from maria_model.word_pieces import WordPieces

# Share of a window that the passage may take; the rest is context on both sides.
_PASSAGE_SHARE = 0.6
_LINE_END = re.compile("\r\n|[\r\n\u2028\u2029]")
_WORD = re.compile(r"[^\W_]+(?:[-'’_][^\W_]+)*")
_TO_NEXT_WORD = re.compile(r"\S*\s*\S?")
# Quotations, headings, code, links' targets and addresses are not the model's to rewrite.
_KEPT_STRETCHES = re.compile(
    r"\"[^\"\n]*(?:\"|$)|“[^”\n]*(?:”|$)|«[^»\n]*(?:»|$)|‘[^’\n]*’"
    r"|^ {0,3}#{1,6} .*$|`[^`\n]*`|\]\([^)\n]*\)|<[^>\n]*>|\S*(?:://|www\.|@)\S*",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A run of pieces that is replaced as a whole: `text[start:end]`.

    Attributes:
        is_locked: it must stay.
        is_word: its pieces are one word; otherwise one token.
        spaced, case: what a new word must be like, as in `Slot`.
    """

    pieces: tuple[int, ...]
    start: int
    end: int
    is_locked: bool = False
    is_word: bool = False
    spaced: bool = False
    case: Case = "any"

    def slots(self, number: int, position: int, parts: int) -> list[Slot]:
        """Return the unit's slots when it begins at `position` of a window, in so many pieces."""
        return [
            Slot(
                position=position + part,
                blank=number,
                piece=part,
                kind=("continuation" if part else "word") if self.is_word else "token",
                parts=parts,
                spaced=self.spaced and not part,
                case="any" if part else self.case,
            )
            for part in range(parts)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageText:
    """A passage `text[start:end]`, its blanks' stand-in pieces, and the words to keep."""

    text: str
    start: int
    end: int
    vocabulary: SharedVocabulary
    blanks: tuple[Blank, ...] = ()
    stand_ins: Mapping[int, tuple[int, ...]]
    keep: tuple[str, ...] = ()
    locks: tuple[tuple[int, int], ...] = ()

    def tokens(self) -> list[Unit]:
        """Return the passage in tokens; line ends, blanks and what is to stay are locked."""
        kept = [
            match.span()
            for match in _WORD.finditer(self.text, self.start, self.end)
            if self._is_kept(match[0])
        ]
        spans = _disjoint(map(self._widened, [*kept, *self.locks]))
        return [
            replace(unit, is_locked=unit.is_locked or _meets(spans, unit.start, unit.end))
            for unit in self._units()
        ]

    def words(self) -> list[Unit]:
        """Return the passage with its free words as units; everything else is locked."""
        tokens = list(self._units())
        begins = {unit.start: number for number, unit in enumerate(tokens)}
        ends = {unit.end: number + 1 for number, unit in enumerate(tokens)}
        units: list[Unit] = []
        done = 0
        for match in self._free_words():
            # The token that begins a word carries the space before it.
            first = next((begins[s] for s in (match.start(), match.start() - 1) if s in begins), -1)
            last = ends.get(match.end(), -1)
            word = self._word(match, tokens[first:last]) if done <= first < last else None
            if word is not None:
                units += [replace(unit, is_locked=True) for unit in tokens[done:first]] + [word]
                done = last
        return units + [replace(unit, is_locked=True) for unit in tokens[done:]]

    def _widened(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return a span with the rest of its outer words, and the begin of the next one.

        A token that takes the next one's place may bring no space, and would be glued on.
        """
        start, end = span
        while start < end and start > 0 and not self.text[start - 1].isspace():
            start -= 1
        rest = _TO_NEXT_WORD.match(self.text, end) if start < end else None
        return start, rest.end() if rest else end

    def rewritten(self, units: Sequence[Unit], pieces: Sequence[tuple[int, ...]]) -> list[str]:
        """Return each unit's text: the writer's where the pieces are as they were."""
        return [
            self.text[unit.start : unit.end] if new == unit.pieces else self._new_text(unit, new)
            for unit, new in zip(units, pieces, strict=True)
        ]

    def _new_text(self, unit: Unit, pieces: tuple[int, ...]) -> str:
        new, old = self.vocabulary.decode(pieces), self.text[unit.start : unit.end]
        if unit.is_word:
            new = new.removeprefix(" ")
        elif new.startswith(" ") and (old[:1].isspace() or self._begins_line(unit.start)):
            # A line keeps the white space it begins with, and begins with none of a piece's.
            new = old[: old[:1].isspace()] + new[1:]
        return in_style_of(self.text, new)

    def _begins_line(self, position: int) -> bool:
        return position == 0 or _LINE_END.fullmatch(self.text[position - 1]) is not None

    def _units(self) -> Iterator[Unit]:
        position = self.start
        for index, blank in enumerate(self.blanks):
            if blank.start < self.start < blank.end:
                position = blank.end
            if not self.start <= blank.start < self.end:
                continue
            yield from self._stretch(position, blank.start, before_blank=True)
            stand_in = self.stand_ins.get(index, ())
            yield Unit(
                pieces=stand_in, start=blank.start, end=blank.end, is_locked=True, is_word=True
            )
            position = blank.end
        yield from self._stretch(position, self.end)

    def _stretch(self, start: int, end: int, *, before_blank: bool = False) -> Iterator[Unit]:
        """Yield units of a stretch without blanks, line by line."""
        if before_blank and self.text[start:end].endswith(" "):
            # The blank's stand-in carries that space.
            end -= 1
        for line_end in _LINE_END.finditer(self.text, start, end):
            yield from self._line(start, line_end.start())
            line_feed = tuple(self.vocabulary.encode("\n"))
            start = line_end.end()
            yield Unit(pieces=line_feed, start=line_end.start(), end=start, is_locked=True)
        yield from self._line(start, end)

    def _line(self, start: int, end: int) -> Iterator[Unit]:
        is_inline = WordPieces.of(self.vocabulary).is_inline
        pieces, offsets = self.vocabulary.encode_with_offsets(self.text[start:end])
        unit = Unit(pieces=(), start=start, end=start)
        for piece, (begin, stop) in zip(pieces, offsets, strict=True):
            if unit.pieces and start + begin < unit.end:
                # Several pieces of one character: they change together or not at all.
                unit = replace(
                    unit,
                    pieces=(*unit.pieces, piece),
                    end=max(unit.end, start + stop),
                    is_locked=True,
                )
                continue
            if unit.pieces:
                yield unit
            is_locked = not bool(is_inline[piece])
            unit = Unit(pieces=(piece,), start=unit.end, end=start + stop, is_locked=is_locked)
        if unit.pieces:
            yield replace(unit, end=end)

    def _free_words(self) -> Iterator[re.Match[str]]:
        line_start = self.text.rfind("\n", 0, self.start) + 1
        kept = [match.span() for match in _KEPT_STRETCHES.finditer(self.text, line_start, self.end)]
        blanks = [(blank.start, blank.end) for blank in self.blanks]
        kept = _disjoint([*kept, *blanks, *self.locks])
        for match in _WORD.finditer(self.text, self.start, self.end):
            is_free = match[0].isalpha() and not self._is_kept(match[0])
            if is_free and not _meets(kept, match.start(), match.end()):
                yield match

    def _is_kept(self, word: str) -> bool:
        return word.casefold() in {kept.casefold() for kept in self.keep}

    def _word(self, match: re.Match[str], tokens: Sequence[Unit]) -> Unit | None:
        """Return the word as a unit, or None where it must stay."""
        word, start = match[0], match.start()
        pieces = tuple(piece for unit in tokens for piece in unit.pieces)
        masks = WordPieces.of(self.vocabulary)
        spaced = tokens[0].start < start
        begins = masks.starts_spaced if spaced else masks.starts_bare
        is_whole = bool(begins[pieces[0]]) and len(pieces) <= MAXIMUM_PIECES_PER_WORD
        if not is_whole or any(unit.is_locked for unit in tokens):
            return None
        if word[0].isupper() and not self._may_lose_capital(word, start):
            return None
        return Unit(
            pieces=pieces,
            start=start,
            end=match.end(),
            is_word=True,
            spaced=spaced,
            case="upper" if word[0].isupper() else "lower",
        )

    def _may_lose_capital(self, word: str, start: int) -> bool:
        """Whether a capital is only the sentence's: a name has no lower-case form."""
        before = self.text[max(0, start - 80) : start]
        if not starts_sentence(before, at_start=start <= 80) or word[1:] != word[1:].lower():
            return False
        return len(self.vocabulary.encode(" " + word.lower())) == 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Units in their context: `pieces[begin:end]` are the units', the rest stands around them.

    Attributes:
        words: the slots of each unit that may change, by its number, in reading order.
    """

    pieces: tuple[int, ...]
    begin: int
    end: int
    words: Mapping[int, tuple[Slot, ...]]


class Passage:
    """Pieces around and in a passage, and what each unit reads at the moment.

    Attributes:
        units: the passage as the writer left it.
        current: each unit's pieces now.
    """

    def __init__(
        self, units: Sequence[Unit], *, left: Sequence[int], right: Sequence[int], limit: int
    ) -> None:
        self.units = list(units)
        self.current = [unit.pieces for unit in units]
        self._left = list(left)
        self._right = list(right)
        self._limit = limit

    def free(self, begin: int, end: int) -> list[int]:
        """Return the numbers of the units that may change."""
        return [n for n in range(begin, end) if not self.units[n].is_locked]

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield runs of units that fit a window with context on both sides."""
        room = int(self._limit * _PASSAGE_SHARE)
        begin, size = 0, 0
        for number, unit in enumerate(self.units):
            size += len(unit.pieces)
            if size > room and number > begin:
                yield begin, number
                begin, size = number, len(unit.pieces)
        if begin < len(self.units):
            yield begin, len(self.units)

    def lay_out(
        self, begin: int, end: int, instead: Mapping[int, tuple[int, ...]] | None = None
    ) -> Layout:
        """Return units `begin` to `end` in as much context as fits, none of them masked.

        `instead` are pieces to put in the place of what some units read now. What stands before a
        unit is the same whatever it reads: there is always room for the longest.
        """
        readings = {**dict(enumerate(self.current[begin:end], begin)), **(instead or {})}
        longest = (max(len(self.current[n]), len(self.units[n].pieces)) for n in range(begin, end))
        rest = max(0, self._limit - sum(longest))
        before, after = self._before(begin, rest), self._after(end, rest)
        left = min(len(before), max(rest - len(after), rest - rest // 2))
        pieces = before[len(before) - left :]
        words: dict[int, tuple[Slot, ...]] = {}
        for number, reading in sorted(readings.items()):
            if not self.units[number].is_locked:
                slots = self.units[number].slots(number, len(pieces), len(reading))
                words[number] = tuple(slots)
            pieces += reading
        return Layout((*pieces, *after[: rest - left]), left, len(pieces), words)

    def window(self, begin: int, end: int, masked: Collection[int]) -> Window:
        """Return units `begin` to `end` in as much context as fits, some free ones masked."""
        layout = self.lay_out(begin, end)
        slots = [slot for number in sorted(masked) for slot in layout.words[number]]
        return Window(layout.pieces, tuple(slots))

    def _before(self, number: int, count: int) -> list[int]:
        """Return at most `count` pieces before a unit, in reading order."""
        pieces: list[int] = []
        while number > 0 and len(pieces) < count:
            number -= 1
            pieces += reversed(self.current[number])
        pieces += reversed(self._left)
        return pieces[:count][::-1]

    def _after(self, number: int, count: int) -> list[int]:
        """Return at most `count` pieces from a unit on."""
        pieces: list[int] = []
        while number < len(self.current) and len(pieces) < count:
            pieces += self.current[number]
            number += 1
        return [*pieces, *self._right][:count]


def joined(units: Iterable[Sequence[int]]) -> list[int]:
    """Return the pieces of all units in one list."""
    return [piece for pieces in units for piece in pieces]


def _disjoint(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, overlapping ones as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            start, end = merged[-1][0], max(merged.pop()[1], end)
        merged.append((start, end))
    return merged


def _meets(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the disjoint spans, in order, overlaps `start` to `end`."""
    last = bisect_left(spans, (end, 0)) - 1
    return last >= 0 and spans[last][1] > start
