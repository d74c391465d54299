"""Finding in a text: what a query means, where it matches, what a match is replaced with.

Blanks are literal text, but whole: a match that would cut one in two does not count. Positions are
the document's, UTF-16 units. Patterns are Perl's, matched by Qt, which gives up where Python's
`re` would go on for minutes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QRegularExpression

from maria_editor.document.offsets import OffsetMap
from maria_editor.errors import EditorError
from maria_model.blanks import find_blanks

_Option = QRegularExpression.PatternOption
_REFERENCE = re.compile(r"\\(\d{1,2}|n|t|\\)")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


class SearchError(EditorError):
    """A pattern cannot be read. Nothing was searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for. `span` restricts it to `[start, end)`; None is the whole text."""

    words: str
    match_case: bool = False
    whole_words: bool = False
    is_pattern: bool = False
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A place `[start, end)` and what the pattern's groups caught; group 0 is all of it."""

    start: int
    end: int
    groups: tuple[str, ...]


def find_matches(text: str, query: Query) -> list[Match]:
    """Return the matches in reading order; none for no words. Raises SearchError."""
    if not query.words:
        return []
    pattern = _compile(query)
    offsets = OffsetMap(text)
    blanks = [
        (offsets.to_utf16(blank.start), offsets.to_utf16(blank.end))
        for blank in find_blanks(text, strict=False)
    ]
    first, last = query.span or (0, offsets.to_utf16(len(text)))
    matches = []
    found = pattern.globalMatch(text, first)
    while found.hasNext():
        match = found.next()
        start, end = match.capturedStart(), match.capturedEnd()
        if end > last:
            break
        if end > start and not (blanks and _cuts(start, end, blanks)):
            groups = tuple(match.capturedTexts()) if query.is_pattern else ()
            matches.append(Match(start, end, groups))
    return matches


def replacement_for(match: Match, query: Query, template: str) -> str:
    r"""Return what stands in a match's place; in a pattern's, `\1` is a group, `\n` a new line."""
    if not query.is_pattern:
        return template

    def expand(reference: re.Match[str]) -> str:
        name = reference[1]
        if not name.isdigit():
            return _ESCAPES[name]
        return match.groups[int(name)] if int(name) < len(match.groups) else ""

    return _REFERENCE.sub(expand, template)


def nearest_match(matches: list[Match], position: int, *, backwards: bool = False) -> int:
    """Return the index of the match at or after a position, or before it; around the ends."""
    if backwards:
        before = bisect_right(matches, position, key=lambda match: match.end)
        return (before - 1) % len(matches)
    return bisect_left(matches, position, key=lambda match: match.start) % len(matches)


def _compile(query: Query) -> QRegularExpression:
    source = query.words if query.is_pattern else QRegularExpression.escape(query.words)
    if query.whole_words:
        source = rf"(?<!\w)(?:{source})(?!\w)"
    options = _Option.UseUnicodePropertiesOption | _Option.MultilineOption
    if not query.match_case:
        options |= _Option.CaseInsensitiveOption
    pattern = QRegularExpression(source, options)
    if not pattern.isValid():
        raise SearchError(f"This pattern cannot be read: {pattern.errorString()}.")
    return pattern


def _cuts(start: int, end: int, blanks: list[tuple[int, int]]) -> bool:
    """Return whether a match covers part of a blank and not all of it."""
    index = bisect_right(blanks, start, key=lambda blank: blank[1])
    while index < len(blanks) and blanks[index][0] < end:
        if start > blanks[index][0] or blanks[index][1] > end:
            return True
        index += 1
    return False
