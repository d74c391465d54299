"""What a line of Markdown looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.marks import chips_in, heading_level, length_in_words, without_blanks


@pytest.mark.parametrize(
    ("line", "level"),
    [("# One", 1), ("### Three", 3), ("#### Four", 0), ("#One", 0), ("# ", 0), ("a # b", 0)],
)
def test_headings(line: str, level: int) -> None:
    assert heading_level(line) == level


@pytest.mark.parametrize(
    ("line", "chips"),
    [
        ("a [MASK] b [MASK:2-3].", ["[MASK]", "[MASK:2-3]"]),
        ("[MASK:0]", ["[MASK:0]"]),
        (r"\[MASK] stays", []),
        ("[MASK here is no blank, [MASKED] neither", []),
        (r"\\[MASK] after a backslash of its own", ["[MASK]"]),
        ("[MASK:2 is still being typed", []),
        ("[MASK:2 is typed before a [link] there", []),
        ('a [MASK:contains="a]b"] c', ['[MASK:contains="a]b"]']),
        ('a [MASK:contain="a]b"] c', ['[MASK:contain="a]b"]']),
        ('[MASK:contains="a [MASK] b', []),
    ],
)
def test_chips(line: str, chips: list[str]) -> None:
    assert [line[blank.start : blank.end] for blank in chips_in(line)] == chips


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("a [MASK] b", "a ...... b"),
        ('🙂[MASK:regex="[ab]+"]*', f"🙂{'.' * 20}*"),
        ("[MASK is no blank", "[MASK is no blank"),
    ],
)
def test_blanks_are_left_out_and_all_else_stays_in_its_place(line: str, shown: str) -> None:
    assert without_blanks(line, ".") == shown


@given(st.text(st.sampled_from(r'[]MASK:2-,"\ax '), max_size=40))
def test_chips_never_overlap(line: str) -> None:
    position = 0
    for blank in chips_in(line):
        assert position <= blank.start < blank.end <= len(line)
        position = blank.end


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        ("[MASK]", ""),
        ("[MASK:2]", "2 words"),
        ("[MASK:2-3]", "2–3 words"),
        ("[MASK:auto]", "any length"),
    ],
)
def test_lengths_in_words(literal: str, words: str) -> None:
    assert length_in_words(chips_in(literal)[0]) == words
