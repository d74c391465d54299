"""Which words of a text may become blanks: those of the prose, not of blanks, code or signs.

Offsets are code points. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maria_editor.editor.markdown import Kind, styles
from maria_model.blanks import find_blanks

# Marks belong to the letter before them, and `re` does not count them among the letters: Latin,
# Cyrillic, Hebrew, Arabic; the scripts of India as a whole, Thai; joiners; marks of all scripts.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c2\u05c4-\u05c7\u0610-\u061a\u064b-\u065f"
    r"\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a"
    r"\u0e47-\u0e4e\u200c\u200d\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
_PART = rf"\w[\w{_MARKS}]*"
_WORD = re.compile(rf"{_PART}(?:['’-]{_PART})*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARKER = re.compile(r"[ \t>]*(?:#{1,6}|[-+*]|\d{1,9}[.)])(?=[ \t]|$)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")
_ESCAPED_BLANK = re.compile(r"\\\[MASK(?=[\]:])")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at `text[start:end]`."""

    start: int
    end: int


def prose_words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the words that lie whole in `text[start:end]` and may become blanks.

    Left out are blanks, code, addresses, and the signs of headings and lists.
    """
    end = len(text) if end is None else end
    return [word for word in _words(text) if start <= word.start and word.end <= end]


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


def _words(text: str) -> Iterator[Word]:
    offset, fence = 0, ""
    for line in text.split("\n"):
        sign = _FENCE.match(line)
        if fence:
            is_closing = sign is not None and sign[1].startswith(fence)
            fence = "" if is_closing else fence
        elif sign is not None:
            fence = sign[1]
        else:
            yield from _words_of_line(line, offset)
        offset += len(line) + 1


def _words_of_line(line: str, offset: int) -> Iterator[Word]:
    hidden = _hidden(line)
    for match in _WORD.finditer(line):
        is_hidden = any(start < match.end() and match.start() < end for start, end in hidden)
        if not is_hidden and not is_escaped(line, match.start()):
            yield Word(offset + match.start(), offset + match.end())


def _hidden(line: str) -> list[tuple[int, int]]:
    """Return the stretches of a line that are no prose."""
    spans = [match.span() for match in _ADDRESS.finditer(line)]
    marker = _MARKER.match(line)
    if marker:
        spans.append(marker.span())
    if "[MASK" in line:
        spans += [(blank.start, blank.end) for blank in find_blanks(line, strict=False)]
        spans += [match.span() for match in _ESCAPED_BLANK.finditer(line)]
    for style in styles(line):
        if style.kind is Kind.CODE:
            spans.append((style.start, style.end))
        elif style.kind is Kind.LINK:
            spans.append((style.end - style.after, style.end))
    return spans
