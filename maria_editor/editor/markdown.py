"""What Markdown means inside one line: emphasis, code, links, quotes. Offsets are code points.

Blanks are read first and code next; nothing is read inside either. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from maria_editor.editor.marks import without_blanks

_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"(?<![!\\])\[([^\[\]]+)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")
_QUOTE = re.compile(r" {0,3}>[> ]*")
_STRONG_EMPHASIS = re.compile(r"(?<![*\\\w])\*{3}(?=[^\s*])([^*]+?)(?<=\S)\*{3}(?![*\w])")
_STRONG = re.compile(
    r"(?<![*\\\w])\*\*(?=[^\s*])((?:[^*]|\*(?!\*))+?)(?<=\S)\*\*(?![*\w])"
    r"|(?<![_\\\w])__(?=[^\s_])((?:[^_]|_(?!_))+?)(?<=\S)__(?![_\w])"
)
_EMPHASIS = re.compile(
    r"(?<![*\\\w])\*(?=[^\s*])((?:[^*]|\*\*(?!\*))+?)(?<=[^\s*])\*(?![*\w])"
    r"|(?<![_\\\w])_(?=[^\s_])((?:[^_]|__(?!_))+?)(?<=[^\s_])_(?![_\w])"
)
_SIGNS = frozenset("*_`[>")
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
    if _SIGNS.isdisjoint(line):
        return []
    # A letter, so that signs beside it open and close as beside words.
    line = without_blanks(line, _LETTER)
    code = [
        Style(Kind.CODE, match.start(), match.end(), len(match[1]), len(match[1]))
        for match in _CODE.finditer(line)
    ]
    line = _CODE.sub(lambda match: _hidden(len(match[0])), line)
    found = [
        Style(Kind.LINK, match.start(), match.end(), 1, match.end() - match.end(1))
        for match in _LINK.finditer(line)
    ]
    # The address of a link is no prose.
    line = _LINK.sub(lambda match: f" {match[1]} {_hidden(match.end() - match.end(1) - 1)}", line)
    for kind, pattern, width in (
        (Kind.STRONG_EMPHASIS, _STRONG_EMPHASIS, 3),
        (Kind.STRONG, _STRONG, 2),
        (Kind.EMPHASIS, _EMPHASIS, 1),
    ):
        found += [Style(kind, m.start(), m.end(), width, width) for m in pattern.finditer(line)]
    quote = _QUOTE.match(line)
    if quote is not None:
        found.append(Style(Kind.QUOTE, 0, len(line), quote.end(), 0))
    return sorted(found + code, key=lambda style: (style.start, -style.end))


def _hidden(length: int) -> str:
    return _LETTER * length
