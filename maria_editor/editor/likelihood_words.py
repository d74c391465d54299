"""What stands out in a scored passage: words with their level and what would be likelier.

Plain data; positions are UTF-16 units of the passage. Knows nothing of pages and engines.
"""

from __future__ import annotations

from dataclasses import dataclass

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_model.api import WordScore
from maria_model.oddness import Level, level_of
from maria_model.scripts import is_read, read_words

MOST_LIKELIER = 3
# Up to so many letters a word must be one letter from another to look like a slip of it; a longer
# one may be two: nearly all of the shortest words are within two letters of each other.
_SHORT = 4


@dataclass(slots=True, kw_only=True, eq=False)
class OddWord:
    """One word that stands out; the same object wherever its word moves.

    Attributes:
        likelier: up to three words that would be likelier here; a slip's own word first. In the
            order of the alternatives, once those were asked for.
        is_slip: the first of these is within two letters.
    """

    text: str
    level: Level
    oddness: float
    likelier: tuple[str, ...] = ()
    is_slip: bool = False

    @property
    def length(self) -> int:
        """UTF-16 units of the word."""
        return utf16_length(self.text)


# Where a word begins, and the word.
Mark = tuple[int, OddWord]


def odd_marks(words: tuple[WordScore, ...], passage: str, offset: int) -> list[Mark]:
    """Return the words that stand out; `offset` is where the passage begins in the request."""
    offsets = OffsetMap(passage)
    return [
        (offsets.to_utf16(word.start - offset), _odd_word(word, level))
        for word in read_words(words)
        if (level := level_of(word)) and word.end - offset <= len(passage)
    ]


def count_unjudged(words: tuple[WordScore, ...]) -> int:
    """Return how many words are left out because the model does not know their script."""
    return sum(word.kind == "word" and not is_read(word) for word in words)


def distance(one: str, other: str) -> int:
    """Return how many letters to insert, delete, change or swap with the next (Damerau)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, its in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _odd_word(word: WordScore, level: Level) -> OddWord:
    likelier = [other.text for other in word.alternatives if other.logprob > word.logprob]
    slip = next((other for other in likelier if _is_slip(word.text, other)), None)
    if slip is not None:
        likelier.remove(slip)
        likelier.insert(0, slip)
    return OddWord(
        text=word.text,
        level=level,
        oddness=word.oddness,
        likelier=tuple(likelier[:MOST_LIKELIER]),
        is_slip=slip is not None,
    )


def _is_slip(word: str, other: str) -> bool:
    word, other = word.casefold(), other.casefold()
    allowed = 1 if len(word) <= _SHORT else 2
    return len(word) > 1 and 0 < distance(word, other) <= allowed
