"""The words of a text as a reader sees them, and the pieces that a model reads for each.

The text is read as for a fill: paragraphs parted by a blank line, wrapped lines joined; blanks are
read as the words that stand in for them. Offsets are code points of the text as it was given.
Knows nothing of models' states or of scores.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from maria_model.api import WordKind
from maria_model.blanks import Blank
from maria_model.prose import readable_text, starts_sentence
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Case

# Longer runs of letters are no words: keys held down, encoded data, scripts unknown to the model.
LONGEST_WORD = 32

_BREAKS = re.compile("[\r\n\u2028\u2029\ufeff]+")
_LINE_END = re.compile("\r\n|[\r\n\u2028\u2029]")
_REST_OF_WORD = re.compile(r"\S{0,64}")
_FENCED_CODE = re.compile(r"^ {0,3}```.*?(?:^ {0,3}```|\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`|\]\([^()\n]{0,2000}\)|<[^<>\n]{0,2000}>")
_UNSPACED = re.compile(r"\S+")
_ADDRESS_SIGNS = ("://", "www.", "@")
_STEM = re.compile(r"[^\W\d_]+")
# A letter or digit with its marks, and what joins two: sea-green, don't, snake_case, 1,843.5.
_LETTER = r"[^\W_]"
_JOINER = "(?:[-'’_\u00ad\u200c\u200d]|(?<=[0-9])[.,:](?=[0-9]))"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWord:
    """One word, `text[start:end]`, and its pieces, `pieces[first:last]` of its `WordText`.

    Attributes:
        number: how many words of the `WordText` stand before it.
        spaced, case: what a word in its place must be like, as in `Slot`.
    """

    number: int
    start: int
    end: int
    first: int
    last: int
    kind: WordKind
    spaced: bool
    case: Case


@dataclass(frozen=True, slots=True)
class WordText:
    """The pieces of a text and those of its words that are to be scored, in reading order."""

    pieces: tuple[int, ...]
    words: tuple[TextWord, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a model reads of a text, and the offset in the text of each of its characters.

    Characters of stand-ins have the offset -1.
    """

    characters: str
    origins: Sequence[int]


class WordReader:
    """Reads a text around a span: its words, its pieces, and which are which.

    Attributes:
        near: numbers of the blanks that are read; each needs a stand-in.
    """

    def __init__(
        self,
        text: str,
        blanks: Sequence[Blank],
        vocabulary: SharedVocabulary,
        *,
        start: int,
        end: int,
        reach: int,
    ) -> None:
        self._text, self._blanks, self._vocabulary = text, blanks, vocabulary
        self._start, self._end = start, end
        self._from = self._whole(max(0, start - reach))
        self._to = self._whole(min(len(text), end + reach))
        self.near = tuple(
            index for index, blank in enumerate(blanks) if self._from <= blank.start < self._to
        )

    def read(self, stand_ins: Mapping[int, str]) -> WordText:
        """Return the pieces around the span and the words that begin in it.

        A word with a blank in it is left out; so is what is too long to be a word.
        """
        reading = self._reading(stand_ins)
        pieces, offsets = self._vocabulary.encode_with_offsets(reading.characters)
        begins = [begin for begin, _ in offsets]
        ends = [end for _, end in offsets]
        words: list[TextWord] = []
        for match in _word_pattern(reading.characters).finditer(reading.characters):
            if not self._is_asked_for(reading, match):
                continue
            first = bisect_right(ends, match.start())
            last = bisect_left(begins, match.end())
            if 0 < last - first <= LONGEST_WORD:
                words.append(self._word(reading, match, len(words), begins[first], (first, last)))
        return WordText(tuple(pieces), tuple(self._with_code_marked(words)))

    def _word(
        self,
        reading: _Reading,
        match: re.Match[str],
        number: int,
        begin: int,
        pieces: tuple[int, int],
    ) -> TextWord:
        before = reading.characters[max(0, match.start() - 80) : match.start()]
        at_start = self._from == 0 and match.start() <= 80
        begins_sentence = starts_sentence(before, at_start=at_start)
        return TextWord(
            number=number,
            start=reading.origins[match.start()],
            end=reading.origins[match.end() - 1] + 1,
            first=pieces[0],
            last=pieces[1],
            kind=_kind(self._vocabulary, match[0], begins_sentence=begins_sentence),
            spaced=begin < match.start(),
            case="upper" if begins_sentence else "any",
        )

    def _is_asked_for(self, reading: _Reading, match: re.Match[str]) -> bool:
        inside = reading.origins[match.start() : match.end()]
        return min(inside) >= 0 and self._start <= inside[0] < self._end

    def _with_code_marked(self, words: Sequence[TextWord]) -> Iterator[TextWord]:
        spans = sorted(self._code())
        begins = [begin for begin, _ in spans]
        reached = [0, *_running_maximum(end for _, end in spans)]
        for word in words:
            is_code = reached[bisect_left(begins, word.end)] > word.start
            yield replace(word, kind="code") if is_code else word

    def _code(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of code, links' targets, tags and addresses."""
        for match in _FENCED_CODE.finditer(self._text):
            yield match.span()
        for match in _CODE.finditer(self._text, self._from, self._to):
            yield match.span()
        for match in _UNSPACED.finditer(self._text, self._from, self._to):
            if any(sign in match[0] for sign in _ADDRESS_SIGNS):
                yield match.span()

    def _reading(self, stand_ins: Mapping[int, str]) -> _Reading:
        parts: list[str] = []
        origins: list[int] = []
        position = self._from
        for index in self.near:
            blank = self._blanks[index]
            parts += [self._text[position : blank.start], stand_ins[index]]
            origins += range(position, blank.start)
            origins += [-1] * len(stand_ins[index])
            position = blank.end
        parts.append(self._text[position : self._to])
        origins += range(position, self._to)
        text = "".join(parts)
        readable = readable_text(text, after_blank=False)
        return _Reading(readable, [origins[i] for i in _aligned(text, readable)])

    def _whole(self, position: int) -> int:
        """Move a cut that would fall into a word or a blank behind it."""
        word = _REST_OF_WORD.match(self._text, position) if position > 0 else None
        position = word.end() if word else position
        starts = [blank.start for blank in self._blanks]
        index = bisect_left(starts, position) - 1
        return max(position, self._blanks[index].end) if index >= 0 else position


def _word_pattern(text: str) -> re.Pattern[str]:
    """Return what matches a word of `text`: the marks that occur in it count as letters' parts."""
    marks = "".join(sorted(c for c in set(text) if unicodedata.category(c).startswith("M")))
    letter = f"{_LETTER}[{re.escape(marks)}]*" if marks else _LETTER
    return re.compile(f"(?:{letter})+(?:{_JOINER}(?:{letter})+)*")


def _kind(vocabulary: SharedVocabulary, word: str, *, begins_sentence: bool) -> WordKind:
    if any(character.isnumeric() for character in word):
        return "number"
    stem = _STEM.match(word)
    if stem is None or not word[0].isupper() or stem[0] == "I":
        return "word"
    lower = stem[0].lower()
    # A capital may be the sentence's alone: a name has no lower-case form of one piece.
    is_plain = begins_sentence and stem[0][1:] == lower[1:]
    return "word" if is_plain and len(vocabulary.encode(" " + lower)) == 1 else "name"


def _aligned(text: str, readable: str) -> list[int]:
    """Return for each character of a text's readable form the index in `text` it comes from.

    They differ in runs of line ends alone: a single line end is read as a space or as two line
    feeds, several are one line feed each, and byte-order marks are not read.
    """
    indices: list[int] = []
    position = 0
    for run in _BREAKS.finditer(text):
        indices += range(position, run.start())
        position = run.end()
        line_ends = [match.start() for match in _LINE_END.finditer(text, *run.span())]
        if len(line_ends) == 1 and readable[len(indices)] == "\n":
            line_ends *= 2
        indices += line_ends
    return [*indices, *range(position, len(text))]


def _running_maximum(values: Iterable[int]) -> Iterator[int]:
    largest = 0
    for value in values:
        largest = max(largest, value)
        yield largest
