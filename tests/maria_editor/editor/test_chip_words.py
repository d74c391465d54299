"""What a screen reader says of a chip."""

from __future__ import annotations

import pytest

from maria_editor.editor.chip_words import spoken
from maria_editor.editor.chips import Chip, ChipState
from maria_model.blanks import find_blanks


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        ("[MASK]", "blank, one word"),
        ("[MASK:2-3]", "blank, 2 to 3 words"),
        ('[MASK:auto,name=hero,starts="s"]', "blank, any length, starts with s, linked as hero"),
        ("[MASK:0]", "blank, cannot be read"),
    ],
)
def test_a_blank_in_words(literal: str, words: str) -> None:
    [blank] = find_blanks(literal, strict=False)
    state = ChipState.ERROR if blank.error else ChipState.EMPTY
    assert spoken(Chip(0, len(literal), blank, state)) == words


def test_a_suggestion_in_words() -> None:
    [blank] = find_blanks("[MASK]")
    assert spoken(Chip(0, 6, blank, ChipState.PREVIEW, "like slate")) == (
        "blank, suggestion: like slate"
    )
