"""What is fitted to swapped words, how thresholds follow, and how outcomes are counted."""

from __future__ import annotations

import pytest
import torch

from maria_model.api import Change, ModelInfo, RefineResult, Stats
from maria_model.edit_weights import EditWeights
from training.experiments.refining import (
    FEATURES,
    RESTORED_PER_SPOILED,
    JudgedWord,
    Outcome,
    count_outcome,
    fit_weights,
    gain_at_spoiled,
    gains,
    least_gain,
    total,
    with_thresholds,
)
from training.experiments.swapped_words import SwappedParagraph

TRUE = EditWeights(flow=1.0, fit=0.5, new_commonness=0.1, old_commonness=0.4, constant=-2.0)
FOUND = [
    (5.0, "restored"),
    (4.0, "restored"),
    (3.0, "spoiled"),
    (2.0, "restored"),
    (1.0, "restored"),
    (0.5, "otherwise"),
    (0.0, "spoiled"),
]


def draw_words(count: int) -> list[JudgedWord]:
    """Return words whose right answer was drawn with the true weights."""
    generator = torch.Generator().manual_seed(0)
    vector = torch.tensor([getattr(TRUE, name) for name in FEATURES], dtype=torch.float64)
    words = []
    for _ in range(count):
        features = torch.randn(4, len(FEATURES), generator=generator, dtype=torch.float64) * 3
        features[:, -1] = 1.0
        utilities = torch.cat([torch.zeros(1), features @ vector])
        answer = int(torch.multinomial(utilities.softmax(0), 1, generator=generator))
        restores = torch.arange(1, 5) == answer
        words.append(JudgedWord(features, restores, is_swapped=answer > 0))
    return words


def test_the_weights_are_found_again() -> None:
    fitted = fit_weights(draw_words(1500))
    for name in FEATURES:
        assert getattr(fitted, name) == pytest.approx(getattr(TRUE, name), abs=0.25), name


def test_a_reader_without_the_causal_lm_weighs_no_flow() -> None:
    assert fit_weights(draw_words(50), reader="masked LM").flow == 0.0


def test_gains_name_the_effect_of_the_best_proposal() -> None:
    vector = torch.tensor([getattr(TRUE, name) for name in FEATURES], dtype=torch.float64)
    words = draw_words(40)
    found = gains(words, TRUE)
    assert [gain for gain, _ in found] == sorted((gain for gain, _ in found), reverse=True)
    for word in words:
        values = word.features @ vector
        right = bool(word.restores[int(values.argmax())])
        effect = "restored" if right else "otherwise" if word.is_swapped else "spoiled"
        assert (float(values.max()), effect) in found


def test_thresholds() -> None:
    assert 3.9 < least_gain(FOUND, 8.0) < 4.0
    assert 0.4 < least_gain(FOUND, 4.0) < 0.5
    assert 3.0 < gain_at_spoiled(FOUND, 0) < 4.0
    assert 0.4 < gain_at_spoiled(FOUND, 1) < 0.5
    weights = with_thresholds(TRUE, FOUND)
    assert weights.least_gain(0.0) == pytest.approx(least_gain(FOUND, RESTORED_PER_SPOILED[0]))
    assert weights.least_gain(1.0) == pytest.approx(least_gain(FOUND, RESTORED_PER_SPOILED[1]))


def refined(*changes: tuple[int, str, str]) -> RefineResult:
    return RefineResult(
        text="",
        original="the cat was dim on the sea bed",
        changes=tuple(
            Change(start=start, end=start + len(before), before=before, after=after)
            for start, before, after in changes
        ),
        sweeps=1,
        seed=0,
        model=ModelInfo(
            name="",
            causal_lm="",
            masked_lm="",
            device="cpu",
            trained_head=True,
            context_length=1,
        ),
        stats=Stats(method="", ar_passes=0, mlm_passes=0, tokens=0, words=0, seconds=0.0),
    )


def test_outcomes_are_counted_word_by_word() -> None:
    result = refined((4, "cat was", "sea is"), (23, "sea bed", "low bed"))
    paragraph = SwappedParagraph(
        text=result.original,
        originals={4: "sea", 12: "low", 23: "her"},
        words=(4, 8, 12, 16, 23, 27),
        akin=frozenset({4, 12}),
    )
    # "bed" became "bed": runs of changed words may hold one that was put back.
    assert count_outcome(result, paragraph) == Outcome(
        swapped=3, untouched=3, restored=1, spoiled=1, otherwise=1, akin=2, akin_restored=1
    )
    assert total([Outcome(swapped=3, spoiled=1), Outcome(swapped=2)]) == Outcome(
        swapped=5, spoiled=1
    )
