"""Intervals, calibration errors and length rules, on cases whose answer is known."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from maria_model.configuration import Calibration
from maria_model.errors import ConfigurationError
from training.experiments.blanked_words import (
    TEMPERATURES,
    BlankRecord,
    Proposal,
    draw_passages,
    load_records,
    save_records,
)
from training.experiments.bootstrap import bootstrap_mean, bootstrap_means
from training.experiments.calibration import (
    expected_calibration_error,
    fit_calibration,
    judge,
)
from training.experiments.lengths import (
    ALWAYS_ONE,
    PRESENT,
    LengthRule,
    compare,
    fit_rule,
    fit_weights,
)


def test_a_constant_difference_has_no_interval() -> None:
    interval = bootstrap_mean(np.full(20, 3.0), np.full(20, 2.0))
    assert (interval.mean, interval.low, interval.high) == (1.5, 1.5, 1.5)
    assert interval.is_above_zero


def test_the_interval_is_as_wide_as_the_mean_is_unsure() -> None:
    draw = np.random.default_rng(0)
    values = draw.normal(loc=0.2, scale=1.0, size=400)
    interval = bootstrap_mean(values, np.ones(400))
    assert interval.mean == pytest.approx(values.mean())
    # 1.96 standard errors on either side.
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / math.sqrt(400), rel=0.1)


def test_windows_weigh_by_their_tokens() -> None:
    interval = bootstrap_mean(np.array([10.0, 0.0]), np.array([10.0, 90.0]))
    assert interval.mean == pytest.approx(0.1)
    assert interval.low == 0.0
    assert interval.high == 1.0
    assert not interval.is_below_zero


def test_empty_windows_alone_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="bootstrap"):
        bootstrap_mean(np.zeros(3), np.zeros(3))
    with pytest.raises(ConfigurationError, match="bootstrap"):
        bootstrap_mean(np.zeros(3), np.ones(2))


def test_many_comparisons_are_resampled_alike() -> None:
    draw = np.random.default_rng(1)
    sums, counts = draw.normal(size=(3, 40)), draw.integers(1, 9, size=40).astype(float)
    together = bootstrap_means(sums, counts, seed=5)
    for row, interval in zip(sums, together, strict=True):
        alone = bootstrap_mean(row, counts, seed=5)
        assert interval.mean == pytest.approx(alone.mean)
        assert (interval.low, interval.high) == pytest.approx((alone.low, alone.high))
    opposite = bootstrap_means(np.stack([sums[0], -sums[0]]), counts)
    assert opposite[0].low == pytest.approx(-opposite[1].high)


def test_honest_chances_have_no_calibration_error() -> None:
    chances = np.repeat([0.25, 0.75], 100)
    is_right = np.concatenate([np.arange(100) % 4 == 0, np.arange(100) % 4 != 0]).astype(float)
    assert expected_calibration_error(chances, is_right, bins=2) == pytest.approx(0.0)


def test_boasting_is_the_gap() -> None:
    is_right = np.tile([1.0, 0.0], 100)
    assert expected_calibration_error(np.full(200, 0.9), is_right) == pytest.approx(0.4)
    with pytest.raises(ConfigurationError, match="3 events"):
        expected_calibration_error(np.ones(3), np.ones(3))


def boastful_records(count: int, *, temperature: float, share: float) -> list[BlankRecord]:
    """Blanks whose truth follows p ** (1 / temperature), and is another word at times."""
    draw = random.Random(0)
    records = []
    for number in range(count):
        logits = [draw.gauss(0.0, 3.0) for _ in range(6)]
        total = math.log(sum(map(math.exp, logits)))
        logprobs = sorted((logit - total for logit in logits), reverse=True)
        words = [f"word{i}" for i in range(6)]
        chances = [math.exp(logprob / temperature) for logprob in logprobs]
        truth = draw.choices(words, chances)[0] if draw.random() < share else "another"
        partitions = [math.log(sum(math.exp(p / t) for p in logprobs)) for t in TEMPERATURES]
        records.append(
            BlankRecord(
                passage=number,
                truth=truth,
                parts=1,
                crowd=1,
                candidates=tuple(zip(words, logprobs, strict=True)),
                partitions=tuple(partitions),
            )
        )
    return records


def test_the_fit_finds_temperature_and_share() -> None:
    records = boastful_records(3000, temperature=1.5, share=0.9)
    fitted = fit_calibration(records)
    assert fitted.temperature == pytest.approx(1.5, abs=0.15)
    assert fitted.one_piece_share == pytest.approx(0.9, abs=0.03)
    before, after = judge(records, Calibration()), judge(records, fitted)
    assert expected_calibration_error(before.chances[:, 0], before.is_right[:, 0]) > 0.08
    assert expected_calibration_error(after.chances[:, 0], after.is_right[:, 0]) < 0.03


def test_words_that_differ_by_case_alone_are_one_candidate() -> None:
    record = boastful_records(1, temperature=1.0, share=1.0)[0]
    candidates = (("The", -0.5), ("the", -1.0), ("A", -2.0))
    record = BlankRecord(
        passage=0,
        truth="the",
        parts=1,
        crowd=1,
        candidates=candidates,
        partitions=(0.0,) * len(record.partitions),
    )
    judged = judge([record], Calibration())
    np.testing.assert_allclose(judged.chances[0], [math.exp(-0.5), math.exp(-2.0), 0, 0, 0])
    assert judged.is_right[0].tolist() == [1, 0, 0, 0, 0]


def proposal(
    text: str,
    parts: int,
    *,
    marias: float,
    string: float,
    masked: float = 0.0,
    is_greedy: bool = False,
) -> Proposal:
    return Proposal(
        text=text,
        parts=parts,
        marias=marias,
        masked=masked or 2.0 * marias,
        string=(string - 1, string),
        is_greedy=is_greedy,
    )


def blank(truth: str, *proposals: Proposal) -> BlankRecord:
    parts = next((p.parts for p in proposals if p.text == truth), 3)
    return BlankRecord(
        passage=0,
        truth=truth,
        parts=parts,
        crowd=1,
        candidates=(),
        partitions=(),
        proposals=proposals,
    )


UNSURE = blank(
    "lighthouse",
    proposal("lamp", 1, marias=-1.0, string=-9.0),
    proposal("gate", 1, marias=-1.5, string=-5.0),
    proposal("lighter", 2, marias=-2.0, string=-8.0, is_greedy=True),
    proposal("lighthouse", 2, marias=-2.5, string=-1.0),
    proposal("lighthouses", 3, marias=-9.0, string=-20.0, is_greedy=True),
)


def test_each_rule_lets_its_own_proposals_compete() -> None:
    assert ALWAYS_ONE.choose(UNSURE).text == "lamp"
    # -8 - 0.25 * 4 - 1.9 is less than -9 - 0.25 * 2.
    assert PRESENT.choose(UNSURE).text == "lamp"
    assert LengthRule(one_piece=2).choose(UNSURE).text == "gate"
    assert LengthRule(longer=1).choose(UNSURE).text == "lighthouse"
    assert LengthRule(priors=(0.0, 0.0, 0.0)).choose(UNSURE).text == "lighter"


def test_a_safe_word_is_taken_at_once() -> None:
    safe = proposal("lamp", 1, marias=-0.1, string=-90.0)
    record = blank("lamp", safe, *UNSURE.proposals[1:])
    assert LengthRule(one_piece=2, longer=1).choose(record) is safe


def drawn_records(count: int, vote: str = "masked") -> list[BlankRecord]:
    """Blanks whose truth is drawn by string + a vote + prior of -3, scaled by a half."""
    draw = random.Random(1)
    records = []
    for _ in range(count):
        words = [
            proposal(
                f"w{i}",
                1 + i // 2,
                marias=-draw.uniform(1, 6),
                masked=-draw.uniform(1, 6),
                string=-draw.uniform(1, 20),
            )
            for i in range(4)
        ]
        scores = [w.string[1] + getattr(w, vote) - 3.0 * (w.parts == 2) for w in words]
        truth = draw.choices(words, [math.exp(0.5 * score) for score in scores])[0]
        records.append(blank(truth.text, *words))
    return records


@pytest.mark.parametrize("vote", ["masked", "marias"])
def test_weight_and_prior_are_found_again(vote: Literal["masked", "marias"]) -> None:
    start = LengthRule(one_piece=2, longer=2, suffix=1, vote=vote)
    fitted = fit_weights(drawn_records(3000, vote), start)
    assert fitted.weight == pytest.approx(1.0, abs=0.15)
    assert fitted.priors[1] == pytest.approx(-3.0, abs=0.5)


def test_the_fitted_rule_is_the_most_accurate_one_tried() -> None:
    records = drawn_records(200)
    fitted, tried = fit_rule(records)
    rows = compare(records, {"always": ALWAYS_ONE, "fitted": fitted})
    assert rows["fitted"]["accuracy"] == max(row["accuracy"] for row in tried)
    assert rows["fitted"]["against"]["always"]["low"] > 0.0


def test_records_survive_the_file(tmp_path: Path) -> None:
    records = [*boastful_records(3, temperature=1.0, share=1.0), UNSURE]
    save_records(records, tmp_path / "records.json")
    assert load_records(tmp_path / "records.json") == records
    (tmp_path / "other.json").write_text('{"loss": 1}\n')
    with pytest.raises(ConfigurationError, match=r"other\.json"):
        load_records(tmp_path / "other.json")


def test_passages_blank_words_and_nothing_else(tmp_path: Path) -> None:
    text = " ".join(f"The keeper lit lamp number {i}, and didn't sleep." for i in range(200))
    path = tmp_path / "held_out.jsonl"
    path.write_text(json.dumps({"text": text}) + "\n")
    for passage in (*draw_passages(path, 20), *draw_passages(path, 5, spacing=4)):
        restored = passage.text
        for truth in passage.truths:
            assert truth.isalpha() or truth == "didn't"
            restored = restored.replace("[MASK]", truth, 1)
        assert restored in text
    assert len(draw_passages(path, 5, spacing=4)[0].truths) > 10
    with pytest.raises(ConfigurationError, match="too few"):
        draw_passages(path, 100_000)
    with pytest.raises(ConfigurationError, match="No held-out text"):
        draw_passages(tmp_path / "nothing.jsonl", 1)
