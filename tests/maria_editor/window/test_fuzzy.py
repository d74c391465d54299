"""Fuzzy matching of labels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maria_editor.window.fuzzy import fuzzy_match


def ranked(typed: str, *labels: str) -> list[str]:
    found = [(label, fuzzy_match(typed, label)) for label in labels]
    kept = [(label, match) for label, match in found if match is not None]
    return [label for label, _ in sorted(kept, key=lambda row: -row[1].score)]


def test_words_and_runs_come_first() -> None:
    assert ranked("fb", "Offbeat", "Fill blanks", "Save")[0] == "Fill blanks"
    assert ranked("ref", "Larger effort", "Refine paragraph")[0] == "Refine paragraph"
    assert ranked("zz", "Fill blanks") == []
    assert ranked("next bl", "Next blank") == ["Next blank"]


def test_the_marked_letters_are_the_best_ones() -> None:
    match = fuzzy_match("bl", "Turn fill back into a blank")
    assert match is not None
    assert match.letters == (22, 23)


@given(st.text(max_size=12), st.sampled_from(["Fill all blanks", "Straße İ", "Normal size"]))
def test_letters_are_in_order_and_are_those_typed(typed: str, label: str) -> None:
    match = fuzzy_match(typed, label)
    if match is not None:
        assert list(match.letters) == sorted(set(match.letters))
        assert all(0 <= place < len(label) for place in match.letters)
