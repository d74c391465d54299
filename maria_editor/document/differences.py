"""What differs between two texts, by paragraphs and then by words, for the eye to go through.

Knows nothing of Qt; colours and marks are the window's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
# Pairing every word of two long passages would take minutes: there the whole passage differs.
_MOST_WORDS = 2000
_MOST_PARAGRAPHS = 4000
_CONTEXT = 1


class Kind(Enum):
    """What a piece is: in both texts, only in the old, only in the new, or left out here."""

    SAME = "same"
    OLD = "old"
    NEW = "new"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of one kind; a gap says how many paragraphs are left out."""

    kind: Kind
    text: str = ""
    count: int = 0


def differences(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as pieces in reading order, leaving out what is the same for long."""
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if max(len(old_lines), len(new_lines)) > _MOST_PARAGRAPHS:
        return tuple(_whole(old_lines, new_lines))
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    pieces: list[Piece] = []
    opcodes = matcher.get_opcodes()
    for number, (tag, a, a_end, b, b_end) in enumerate(opcodes):
        if tag == "equal":
            is_last = number == len(opcodes) - 1
            pieces += _same(old_lines[a:a_end], is_first=not number, is_last=is_last)
        else:
            pieces += _changed("".join(old_lines[a:a_end]), "".join(new_lines[b:b_end]))
    return tuple(pieces)


def _whole(old_lines: list[str], new_lines: list[str]) -> Iterator[Piece]:
    """Compare very long texts from both ends only."""
    start, most = 0, min(len(old_lines), len(new_lines))
    while start < most and old_lines[start] == new_lines[start]:
        start += 1
    end = 0
    while end < most - start and old_lines[-1 - end] == new_lines[-1 - end]:
        end += 1
    yield from _same(old_lines[:start], is_first=True, is_last=False)
    old_middle = "".join(old_lines[start : len(old_lines) - end])
    yield from _changed(old_middle, "".join(new_lines[start : len(new_lines) - end]))
    yield from _same(old_lines[len(old_lines) - end :], is_first=False, is_last=True)


def _same(lines: list[str], *, is_first: bool, is_last: bool) -> Iterator[Piece]:
    before = 0 if is_first else _CONTEXT
    after = 0 if is_last else _CONTEXT
    left_out = len(lines) - before - after
    if left_out <= 1:
        if lines:
            yield Piece(Kind.SAME, "".join(lines))
        return
    if before:
        yield Piece(Kind.SAME, "".join(lines[:before]))
    yield Piece(Kind.GAP, count=left_out)
    if after:
        yield Piece(Kind.SAME, "".join(lines[-after:]))


def _changed(old: str, new: str) -> Iterator[Piece]:
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(old_words), len(new_words)) > _MOST_WORDS:
        yield from _pair(old, new)
        return
    matcher = difflib.SequenceMatcher(None, old_words, new_words, autojunk=False)
    for tag, a, a_end, b, b_end in matcher.get_opcodes():
        before, after = "".join(old_words[a:a_end]), "".join(new_words[b:b_end])
        if tag == "equal":
            yield Piece(Kind.SAME, before)
        else:
            yield from _pair(before, after)


def _pair(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece(Kind.OLD, old)
    if new:
        yield Piece(Kind.NEW, new)
