"""Which words of a text may become blanks: those of the prose, not of blanks, code or signs.

Offsets are code points. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maria_editor.editor.prose import Span, hidden, is_prose, prose_lines

# Marks belong to the letter before them, and `re` does not count them among the letters: Latin,
# Cyrillic, Hebrew, Arabic; the scripts of India as a whole, Thai; joiners; marks of all scripts.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c2\u05c4-\u05c7\u0610-\u061a\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a"
    r"\u0e47-\u0e4e\u200c\u200d\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
# An underscore parts words or joins them, and stands at the end of none: there it is a sign.
_PART = rf"[^\W_](?:[^\W_]|[{_MARKS}])*"
_WORD = re.compile(rf"{_PART}(?:(?:['’-]|_+){_PART})*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `text[start:end]`."""

    start: int
    end: int


def prose_words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the words that lie whole in `text[start:end]` and may become blanks.

    Left out are blanks, code, addresses, and the signs of Markdown.
    """
    end = len(text) if end is None else end
    return [
        Word(offset + first, offset + last)
        for offset, line in prose_lines(text, start, end)
        for first, last in _words_of(line)
        if start <= offset + first and offset + last <= end
    ]


def every_nth(words: Sequence[Word], n: int) -> list[Word]:
    """Return the n-th word, the 2n-th and so on."""
    return list(words[n - 1 :: n])


def word_at(text: str, position: int) -> Word | None:
    """Return the word that a position touches, prose or not."""
    line = text.rfind("\n", 0, position) + 1
    stop = text.find("\n", position)
    for match in _WORD.finditer(text, line, len(text) if stop < 0 else stop):
        if match.start() <= position <= match.end():
            return Word(*match.span())
    return None


def is_escaped(text: str, position: int) -> bool:
    """Whether a blank that began here would be literal text: backslashes stand before it."""
    first = position
    while first and text[first - 1] == "\\":
        first -= 1
    return (position - first) % 2 == 1


def _words_of(line: str) -> list[Span]:
    spans = [match.span() for match in _WORD.finditer(line)]
    if not hidden(line) and "\\" not in line:
        return spans
    return [span for span in spans if is_prose(line, *span) and not is_escaped(line, span[0])]
