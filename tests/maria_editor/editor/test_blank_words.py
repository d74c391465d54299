"""Which words may become blanks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.blank_words import every_nth, prose_words
from maria_model.blanks import find_blanks


def words(text: str, start: int = 0, end: int | None = None) -> list[str]:
    return [text[word.start : word.end] for word in prose_words(text, start, end)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She didn’t mind the well-worn path.", "She didn’t mind the well-worn path"),
        ("## A title\n\n1. one\n- two\n> three", "A title one two three"),
        ('a [MASK:2,starts="sh"] b [MASK] c', "a b c"),
        ("a [MASK:oops b\nc", "a c"),
        (r"a \[MASK] b \word c", "a b c"),
        ("a `code here` b [words](http://x.y/z) www.a.b c", "a b words c"),
        ("a\n```py\nx = 1\n```\nb\n~~~\ny", "a b"),
        ("🙂 e\u0301t שָׁלוֹם (עולם) हिन्दी", "e\u0301t שָׁלוֹם עולם हिन्दी"),
    ],
)
def test_prose_alone(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_only_whole_words_of_a_stretch() -> None:
    assert words("one two three", 2, 9) == ["two"]


def test_every_third() -> None:
    text = "a b c d e f g"
    assert [text[w.start : w.end] for w in every_nth(prose_words(text), 3)] == ["c", "f"]


@given(st.text(st.sampled_from("ab [MASK]:2\\`#\n~-'é🙂"), max_size=60))
def test_each_blanked_word_is_a_blank_more(text: str) -> None:
    found = prose_words(text)
    blanked, position = "", 0
    for word in found:
        blanked += text[position : word.start] + "[MASK]"
        position = word.end
    blanked += text[position:]
    before = find_blanks(text, strict=False)
    assert len(find_blanks(blanked, strict=False)) == len(before) + len(found)
