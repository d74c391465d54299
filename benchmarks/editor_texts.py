"""Long texts for the editor's benchmark, of this project's own prose."""

from __future__ import annotations

import itertools
from pathlib import Path

_PROSE = Path(__file__).with_name("prose.txt")
_PARAGRAPHS_A_CHAPTER = 20
NOVEL_WORDS = 200_000
# A word that is not in the prose.
SOUGHT, PUT = "zeppelin", "kestrel"


def novel(words: int = NOVEL_WORDS) -> str:
    """Return at least so many words in chapters with headings; a word in italics in each."""
    paragraphs = [line for line in _PROSE.read_text(encoding="utf-8").splitlines() if line.strip()]
    parts: list[str] = []
    count = 0
    for number, paragraph in enumerate(itertools.cycle(paragraphs)):
        if count >= words:
            break
        if number % _PARAGRAPHS_A_CHAPTER == 0:
            parts.append(f"# Chapter *{number // _PARAGRAPHS_A_CHAPTER + 1}*")
        parts.append(paragraph)
        count += len(parts[-1].split())
    return "\n\n".join(parts) + "\n"


def novel_of_bytes(size: int) -> bytes:
    """Return a file of about so many bytes: whole paragraphs."""
    text = novel(1000)
    return (text * (size // len(text.encode()) + 1)).encode()[:size].rpartition(b"\n")[0]


def novel_with_matches(matches: int) -> str:
    """Return the novel with so many places where a word can be found, evenly spread."""
    words = novel().split(" ")
    step = len(words) // matches
    for number in range(matches):
        words[number * step] += f" {SOUGHT}"
    return " ".join(words)


def with_blanks(text: str, blanks: int) -> str:
    """Return a text with a blank in the place of a word in each of its first paragraphs."""
    lines, left = text.split("\n"), blanks
    for number, line in enumerate(lines):
        words = line.split(" ")
        if left and len(words) > 20:
            words[10] = "[MASK]"
            lines[number] = " ".join(words)
            left -= 1
    return "\n".join(lines)
