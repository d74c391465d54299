"""What Markdown means inside one line: emphasis, code, links, quotes. Offsets are code points.

Blanks are read first and code next; nothing is read inside either. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from maria_editor.editor.marks import without_blanks

_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
# Each begins with its sign, and looks back after it: the search then leaps from sign to sign.
_LINK = re.compile(r"\[(?<![!\\].)([^\[\]]+)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_QUOTE = re.compile(r" {0,3}>[> ]*")
_STRONG_EMPHASIS = re.compile(r"\*(?<![*\\\w].)\*\*(?=[^\s*])([^*]+?)(?<=\S)\*{3}(?![*\w])")
_STRONG = re.compile(
    r"\*(?<![*\\\w].)\*(?=[^\s*])((?:[^*]|\*(?!\*))+?)(?<=\S)\*\*(?![*\w])"
    r"|_(?<![_\\\w].)_(?=[^\s_])((?:[^_]|_(?!_))+?)(?<=\S)__(?![_\w])"
)
_EMPHASIS = re.compile(
    r"\*(?<![*\\\w].)(?=[^\s*])((?:[^*]|\*\*(?!\*))+?)(?<=[^\s*])\*(?![*\w])"
    r"|_(?<![_\\\w].)(?=[^\s_])((?:[^_]|__(?!_))+?)(?<=[^\s_])_(?![_\w])"
)
_SIGNS = re.compile("[*_`[>]")
_LETTER = "x"


class Kind(Enum):
    """What a stretch of text is."""

    STRONG = "strong"
    EMPHASIS = "emphasis"
    STRONG_EMPHASIS = "strong emphasis"
    CODE = "code"
    LINK = "link"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Style:
    """Styled words at `[start, end)`, with the signs around them: `before` and `after` letters."""

    kind: Kind
    start: int
    end: int
    before: int
    after: int


def styles(line: str) -> list[Style]:
    """Return the styles of a line, outer ones before those inside them."""
    if _SIGNS.search(line) is None:
        return []
    # A letter, so that signs beside it open and close as beside words.
    line = without_blanks(line, _LETTER)
    found = []
    if "`" in line:
        found += [_style(Kind.CODE, match, len(match[1])) for match in _CODE.finditer(line)]
        line = _CODE.sub(lambda match: _hidden(len(match[0])), line)
    if "](" in line:
        found += [_link(match) for match in _LINK.finditer(line)]
        # The address of a link is no prose.
        line = _LINK.sub(
            lambda match: f" {match[1]} {_hidden(match.end() - match.end(1) - 1)}", line
        )
    if "*" in line or "_" in line:
        found += _emphases(line)
    quote = _QUOTE.match(line)
    if quote is not None:
        found.append(Style(Kind.QUOTE, 0, len(line), quote.end(), 0))
    return sorted(found, key=lambda style: (style.start, -style.end))


def _emphases(line: str) -> list[Style]:
    return [
        _style(kind, match, width)
        for kind, pattern, width in (
            (Kind.STRONG_EMPHASIS, _STRONG_EMPHASIS, 3),
            (Kind.STRONG, _STRONG, 2),
            (Kind.EMPHASIS, _EMPHASIS, 1),
        )
        for match in pattern.finditer(line)
    ]


def _style(kind: Kind, match: re.Match[str], width: int) -> Style:
    return Style(kind, match.start(), match.end(), width, width)


def _link(match: re.Match[str]) -> Style:
    return Style(Kind.LINK, match.start(), match.end(), 1, match.end() - match.end(1))


def _hidden(length: int) -> str:
    return _LETTER * length
