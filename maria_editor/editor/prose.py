"""What of a text in Markdown is prose, for all who look at its words: not its code and its signs.

A reading is the text without the signs of headings, quotes, emphasis and links, as a model is to
read it. Offsets are code points. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from maria_editor.editor.markdown import Kind, styles
from maria_editor.editor.marks import without_blanks
from maria_model.blanks import find_blanks

Span = tuple[int, int]

_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})[^\n]*", re.MULTILINE)
_FRONT_MATTER = re.compile(r"---\n(?=\w)(?:(?:[\w-]+:|[ \t#-]).*\n|\n)*?(?:---|\.\.\.)(?=\n|\Z)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_MARKER = re.compile(
    r"[ \t>]*(?:#{1,6}|(?:[-+*]|\d{1,9}[.)])(?:[ \t]+\[[ xX]\])?)(?=[ \t]|$)"
    # What a reference or a note leads to, the address and its title included.
    r"| {0,3}\[\^[^\[\]\s]+\]:"
    r"| {0,3}\[[^\^\[\]][^\[\]]*\]:[ \t]*\S.*"
)
_HIDDEN = re.compile(
    # Addresses, on their own and of links and pictures; other links' names; notes.
    r"(?:https?://|www\.)\S+|\S+@\S+\.\S+"
    r"|\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\[\]\n]*\]|\[\^[^\[\]\s]+\]"
    # HTML.
    r"|<!--.*?-->|</?[A-Za-z][^<>\n]*>|&(?:#\w+|[A-Za-z]\w*);"
)
_ESCAPED_BLANK = re.compile(r"\\\[MASK(?=[\]:])")
_LETTER = "x"
# More than models read before and after a place.
_REACH = 10_000


def code_spans(text: str) -> list[Span]:
    """Return where whole lines are no prose: fenced code, and what stands before all for tools."""
    spans, front = [], _FRONT_MATTER.match(text)
    if front is not None:
        spans.append(front.span())
    opening: re.Match[str] | None = None
    if "```" not in text and "~~~" not in text:
        return spans
    for fence in _FENCE.finditer(text, front.end() if front is not None else 0):
        if opening is None:
            opening = fence
        elif fence[1].startswith(opening[1]) and fence[0].strip() == fence[1]:
            spans.append((opening.start(), fence.end()))
            opening = None
    if opening is not None:
        spans.append((opening.start(), len(text)))
    return spans


def prose_lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, str]]:
    """Yield the lines that `text[start:end]` touches and that are no code, with their offsets."""
    end = len(text) if end is None else end
    code = iter([*code_spans(text), (len(text) + 1, len(text) + 1)])
    first, last = next(code)
    position = text.rfind("\n", 0, start) + 1
    while position <= min(end, len(text)):
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        while last <= position:
            first, last = next(code)
        if position < first:
            yield position, text[position:stop]
        position = stop + 1


@lru_cache(maxsize=256)
def signs(line: str) -> tuple[Span, ...]:
    """Return where the signs of a line's heading, quote, emphasis and links stand, in order."""
    heading = _HEADING.match(line)
    spans = [heading.span()] if heading is not None else []
    for style in styles(line):
        # Code is told by the signs around it.
        if style.kind is not Kind.CODE:
            spans.append((style.start, style.start + style.before))
            spans.append((style.end - style.after, style.end))
    return _joined(spans)


@lru_cache(maxsize=256)
def hidden(line: str) -> tuple[Span, ...]:
    """Return what of a line is no prose: signs, code, addresses, what HTML says, blanks."""
    spans = [*signs(line), *_marker(line)]
    # A blank is a word to what stands around it.
    plain = without_blanks(line, _LETTER)
    spans += [match.span() for match in _HIDDEN.finditer(plain)]
    spans += [(style.start, style.end) for style in styles(line) if style.kind is Kind.CODE]
    if "[MASK" in line:
        spans += [(blank.start, blank.end) for blank in find_blanks(line, strict=False)]
        spans += [match.span() for match in _ESCAPED_BLANK.finditer(line)]
    return _joined(spans)


def is_prose(line: str, start: int, end: int) -> bool:
    """Return whether all of `[start, end)` of a line that is no code is prose."""
    return not any(first < end and start < last for first, last in hidden(line))


def without_edges(line: str, start: int, end: int) -> Span:
    """Return `[start, end)` of a line without the spaces and the signs at its ends."""
    edges = [*signs(line), *_marker(line)]
    edges += [(at, at + 1) for at in range(start, end) if line[at].isspace()]
    for first, last in sorted(edges):
        if first <= start < last:
            start = last
    for first, last in sorted(edges, reverse=True):
        if first < end <= last:
            end = first
    return start, max(start, end)


def inside(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """Yield what of the spans stands in `[start, end)`."""
    for first, last in spans:
        if first < end and start < last:
            yield max(first, start), min(last, end)


def without_signs(
    text: str, left_out: Iterable[Span], *, start: int = 0, end: int | None = None
) -> str:
    """Return `text[start:end]` without the stretches that are left out of the text."""
    kept, position = [], start
    end = len(text) if end is None else end
    for first, last in inside(left_out, start, end):
        kept.append(text[position:first])
        position = last
    return "".join([*kept, text[position:end]])


@dataclass(frozen=True, slots=True)
class ProseReading:
    """A text as a model is to read it.

    `ends` are where the signs that were left out end in the source, and `starts` where in the
    reading that is.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, source: str, start: int, end: int) -> ProseReading:
        """Read a text around `source[start:end]`; far from there its signs may stay."""
        left_out = [
            (offset + first, offset + last)
            for offset, line in prose_lines(source, max(0, start - _REACH), end + _REACH)
            for first, last in signs(line)
        ]
        starts, gone = [0], 0
        for first, last in left_out:
            gone += last - first
            starts.append(last - gone)
        ends = (0, *(last for _, last in left_out))
        return cls(without_signs(source, left_out), tuple(starts), ends)

    def source(self, offset: int) -> int:
        """Return where in the source a letter of the reading stands."""
        number = bisect_right(self.starts, offset) - 1
        return self.ends[number] + offset - self.starts[number]

    def offset(self, position: int) -> int:
        """Return where in the reading a letter of the source stands, one that is no sign."""
        number = bisect_right(self.ends, position) - 1
        return self.starts[number] + position - self.ends[number]


def _marker(line: str) -> list[Span]:
    """Return the sign with which an item of a list, a note or an address begins its line."""
    marker = _MARKER.match(without_blanks(line, _LETTER))
    return [marker.span()] if marker is not None else []


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    return tuple(joined)
