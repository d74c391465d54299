"""The steps of oddness: where each level begins, and which words have none."""

from __future__ import annotations

import math

import pytest

from maria_model.api import WordKind, WordScore
from maria_model.oddness import STEPS, Level, level_of


def word(bits: float, kind: WordKind = "word") -> WordScore:
    return WordScore(
        start=0,
        end=4,
        text="lamp",
        kind=kind,
        logprob=-1.0,
        margin=0.0,
        oddness=bits * math.log(2),
        rank=1,
    )


def test_each_level_begins_at_its_step() -> None:
    assert list(STEPS) == sorted(set(STEPS))
    assert level_of(word(0.0)) is Level.EXPECTED
    for level, begin in enumerate(STEPS, start=1):
        assert level_of(word(begin - 1e-6)) == level - 1
        assert level_of(word(begin + 1e-6)) == level


@pytest.mark.parametrize("kind", ["name", "number", "code"])
def test_only_words_are_called_odd(kind: WordKind) -> None:
    assert level_of(word(99.0, kind)) is Level.EXPECTED
