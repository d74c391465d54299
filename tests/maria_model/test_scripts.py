"""Which words a model can read, told by the scripts of what it says."""

from __future__ import annotations

import pytest

from maria_model.scripts import is_script_of


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("שלום עולם", ["slowly", "here"], False),
        ("שלום עולם", ["slowly", "לאט"], True),
        ("שלום עולם (world)", ["slowly"], False),
        ("A ship (ספינה)", ["small"], True),
        ("Ångström où naïve", ["été"], True),
        ("Привет, мир", ["world"], False),
        ("1, 2, 3", ["four"], True),
        ("", [], True),
    ],
)
def test_the_script_that_most_of_a_text_is_in(text: str, words: list[str], expected: bool) -> None:
    assert is_script_of(text, words) is expected
