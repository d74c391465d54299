"""Finding in a text: what a query means, where it matches, what a match is replaced with.

Blanks are literal text, but whole: a match that would cut one in two does not count. Positions are
the document's, UTF-16 units. Patterns are Perl's, matched by Qt, which gives up where Python's
`re` would go on for minutes; then each paragraph is searched by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QRegularExpression

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_editor.errors import EditorError
from maria_model.blanks import find_blanks

_Option = QRegularExpression.PatternOption
_REFERENCE = re.compile(r"\\(\d{1,2}|n|t|\\)")
# Qt gives up after some hundredths of a second; a text may have many such paragraphs.
_MOST_GIVEN_UP = 16
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\"}


class SearchError(EditorError):
    """A pattern, or what is to replace its matches, cannot be read. Nothing was done."""


class CostlyPatternError(SearchError):
    """A pattern takes too long in some places; `found` is what it matches in the others."""

    def __init__(self, found: list[Match]) -> None:
        super().__init__(
            "This pattern is too costly to search with, so some of the text may be left"
            " out; try a simpler one."
        )
        self.found = found


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
    """Return the matches in reading order; none for no words.

    Raises SearchError, CostlyPatternError with what was found all the same.
    """
    if not query.words:
        return []
    pattern = _compile(query)
    offsets = OffsetMap(text)
    first, last = query.span or (0, offsets.to_utf16(len(text)))
    found, reached = _all_matches(pattern, text, first, last, query)
    if reached < last:
        found += _matches_by_paragraph(pattern, text, reached, last, query)
    blanks = [
        (offsets.to_utf16(blank.start), offsets.to_utf16(blank.end))
        for blank in find_blanks(text, strict=False)
    ]
    matches = [
        match
        for match in found
        if match.end > match.start and not (blanks and _cuts(match.start, match.end, blanks))
    ]
    if reached < last:
        raise CostlyPatternError(matches)
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


def check_replacement(query: Query, template: str) -> None:
    """Raise SearchError where a template names a group that its pattern does not have."""
    if not query.is_pattern:
        return
    groups = _compile(query).captureCount()
    for reference in _REFERENCE.finditer(template):
        name = reference[1]
        if name.isdigit() and int(name) > groups:
            raise SearchError(f"There is no group {int(name)} in this pattern.")


def nearest_match(matches: list[Match], position: int, *, backwards: bool = False) -> int:
    """Return the index of the match at or after a position, or before it; around the ends."""
    if backwards:
        before = bisect_right(matches, position, key=lambda match: match.end)
        return (before - 1) % len(matches)
    return bisect_left(matches, position, key=lambda match: match.start) % len(matches)


def _compile(query: Query) -> QRegularExpression:
    options = _Option.UseUnicodePropertiesOption | _Option.MultilineOption
    if not query.match_case:
        options |= _Option.CaseInsensitiveOption
    source = query.words if query.is_pattern else QRegularExpression.escape(query.words)
    pattern = QRegularExpression(source, options)
    if not pattern.isValid():
        raise SearchError(_what_is_wrong(pattern))
    if query.whole_words:
        pattern.setPattern(rf"(?<!\w)(?:{source})(?!\w)")
    return pattern


def _what_is_wrong(pattern: QRegularExpression) -> str:
    source = pattern.pattern()
    place = OffsetMap(source).to_code_point(pattern.patternErrorOffset())
    where = f"after “{source[:place]}”" if place < len(source) else "at its end"
    return f"This pattern cannot be read: {pattern.errorString()}, {where}."


def _all_matches(
    pattern: QRegularExpression, text: str, first: int, last: int, query: Query
) -> tuple[list[Match], int]:
    """Return the matches between two positions, and how far it came: `last`, or less."""
    matches: list[Match] = []
    found = pattern.globalMatch(text, first)
    while found.hasNext():
        match = found.next()
        if match.capturedEnd() > last:
            return matches, last
        groups = tuple(match.capturedTexts()) if query.is_pattern else ()
        matches.append(Match(match.capturedStart(), match.capturedEnd(), groups))
    if found.isValid():
        return matches, last
    return matches, min(matches[-1].end if matches else first, last)


def _matches_by_paragraph(
    pattern: QRegularExpression, text: str, first: int, last: int, query: Query
) -> list[Match]:
    """Return the matches between two positions, without what too costly paragraphs hold."""
    matches: list[Match] = []
    position = given_up = 0
    for paragraph in text.split("\n"):
        length = utf16_length(paragraph)
        start, end = max(first - position, 0), min(last - position, length)
        if start < end:
            found, reached = _all_matches(pattern, paragraph, start, end, query)
            matches += (
                Match(match.start + position, match.end + position, match.groups) for match in found
            )
            given_up += reached < end
            if given_up == _MOST_GIVEN_UP:
                break
        position += length + 1
    return matches


def _cuts(start: int, end: int, blanks: list[tuple[int, int]]) -> bool:
    """Return whether a match covers part of a blank and not all of it."""
    index = bisect_right(blanks, start, key=lambda blank: blank[1])
    while index < len(blanks) and blanks[index][0] < end:
        if start > blanks[index][0] or blanks[index][1] > end:
            return True
        index += 1
    return False
