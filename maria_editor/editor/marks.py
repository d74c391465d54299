"""What a line of Markdown source is: its heading level and its blanks.

Works on one line at a time; offsets are code points. Knows nothing of Qt.
"""

from __future__ import annotations

import re

from maria_model.blanks import Blank, find_blanks

_HEADING = re.compile(r"(#{1,3})[ \t]+(?=\S)")
# An unfinished blank is a line being typed, not a blank: it may reach far into the prose.
_WHOLE_BLANK = re.compile(r"\[MASK(?::[^\[\]\n]{1,80})?\]")
# In quotes a rule may hold brackets.
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|“(?:[^”\\\n]|\\.)*”')


def heading_level(line: str) -> int:
    """Return 1 to 3 for a heading, 0 for anything else."""
    match = _HEADING.match(line)
    return len(match[1]) if match else 0


def chips_in(line: str) -> list[Blank]:
    """Return the blanks of a line that are shown as chips, badly written ones included."""
    if "[MASK" not in line:
        return []
    return [blank for blank in find_blanks(line, strict=False) if is_chip(line, blank)]


def is_chip(text: str, blank: Blank) -> bool:
    """Return whether a blank of a text is whole, and so is shown as a chip."""
    if blank.error is None:
        return True
    literal = _QUOTED.sub(lambda quoted: "q" * len(quoted[0]), text[blank.start : blank.end])
    return _WHOLE_BLANK.fullmatch(literal) is not None


def without_blanks(line: str, filler: str) -> str:
    """Return a line with `filler` for each letter of its blanks: all else stays in its place."""
    for blank in chips_in(line):
        line = line[: blank.start] + filler * (blank.end - blank.start) + line[blank.end :]
    return line


def length_in_words(blank: Blank) -> str:
    """Return a blank's length as its tag says it; empty for one word."""
    if blank.is_auto:
        return "any length"
    if not blank.is_fixed:
        return f"{blank.minimum}–{blank.maximum} words"
    return "" if blank.minimum == 1 else f"{blank.minimum} words"
