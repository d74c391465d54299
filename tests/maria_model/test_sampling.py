"""Choosing a piece: greedy, filters, constraints and noise that depends on its key alone."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from maria_model.api import SamplingOptions
from maria_model.errors import CheckpointError, NotSupportedError
from maria_model.sampling import (
    GREEDY,
    NoiseKey,
    choose,
    constrained_logprobs,
    filter_logprobs,
    gumbel_noise,
)

KEY = NoiseKey(blank=0, piece=0)
FIRST_NOISE = [-1.0915947774738823, -0.15424467148125695, 1.6156020274264742]


def test_greedy_takes_the_likeliest_allowed_piece() -> None:
    logits = torch.tensor([1.0, 5.0, 3.0, 4.0])
    allowed = torch.tensor([True, False, True, True])
    choice = choose(logits, options=GREEDY, key=KEY, allowed=allowed)
    assert choice.piece == 3
    expected = torch.log_softmax(torch.tensor([1.0, 3.0, 4.0], dtype=torch.float64), dim=-1)
    assert choice.logprob == pytest.approx(float(expected[2]))
    assert choice.logprobs[1] == -math.inf
    assert float(choice.logprobs.exp().sum()) == pytest.approx(1.0)


def test_the_logprob_ignores_temperature_and_filters() -> None:
    logits = torch.randn(50, generator=torch.Generator().manual_seed(0))
    options = SamplingOptions(temperature=0.3, top_k=5, top_p=0.8, seed=4)
    choice = choose(logits, options=options, key=KEY)
    assert choice.logprob == pytest.approx(
        float(torch.log_softmax(logits.double(), -1)[choice.piece])
    )


def test_draws_follow_the_tempered_distribution() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0, -1.0])
    options = [SamplingOptions(temperature=2.0, seed=seed) for seed in range(4000)]
    pieces = torch.tensor([choose(logits, options=o, key=KEY).piece for o in options])
    shares = torch.bincount(pieces, minlength=4) / len(pieces)
    torch.testing.assert_close(shares, torch.softmax(logits / 2.0, -1), atol=0.03, rtol=0)


@given(
    values=st.lists(st.floats(-20, 20), min_size=1, max_size=30),
    top_k=st.integers(0, 40),
    top_p=st.floats(0.01, 1.0),
)
def test_filters_keep_the_likeliest_and_never_nothing(
    values: list[float], top_k: int, top_p: float
) -> None:
    logprobs = torch.log_softmax(torch.tensor(values, dtype=torch.float64), dim=-1)
    kept = filter_logprobs(logprobs, top_k=top_k, top_p=top_p)
    is_kept = torch.isfinite(kept)
    assert is_kept.any()
    assert top_k == 0 or int(is_kept.sum()) <= top_k
    torch.testing.assert_close(kept[is_kept], logprobs[is_kept])
    if not is_kept.all():
        assert logprobs[is_kept].min() >= logprobs[~is_kept].max()


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    logprobs = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64).log()
    assert torch.isfinite(filter_logprobs(logprobs, top_p=0.79)).tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert torch.isfinite(filter_logprobs(logprobs, top_p=0.81)).tolist() == [
        True,
        True,
        True,
        False,
    ]
    assert torch.isfinite(filter_logprobs(logprobs, top_p=0.1)).tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_top_p_counts_the_mass_that_top_k_left() -> None:
    logprobs = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64).log()
    kept = filter_logprobs(logprobs, top_k=2, top_p=0.56)
    assert torch.isfinite(kept).tolist() == [True, False, False, False]


def test_noise_is_a_function_of_its_key_alone() -> None:
    keys = [NoiseKey(blank=b, piece=p, candidate=c) for b in (0, 1) for p in (0, 1) for c in (0, 1)]
    forward = [gumbel_noise(64, seed=3, key=key) for key in keys]
    backward = [gumbel_noise(64, seed=3, key=key) for key in reversed(keys)][::-1]
    for one, other in zip(forward, backward, strict=True):
        assert torch.equal(one, other)
    every = [*forward, gumbel_noise(64, seed=4, key=keys[0])]
    assert all(not torch.equal(a, b) for i, a in enumerate(every) for b in every[:i])


def test_noise_is_the_same_on_every_machine_and_version() -> None:
    noise = gumbel_noise(3, seed=0, key=KEY)
    assert noise.dtype == torch.float64
    assert noise.tolist() == pytest.approx(FIRST_NOISE, abs=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_logits_that_are_no_numbers_blame_the_model(bad: float) -> None:
    with pytest.raises(CheckpointError, match="get the model again"):
        constrained_logprobs(torch.tensor([0.0, bad]))


def test_nothing_allowed_is_refused() -> None:
    with pytest.raises(NotSupportedError):
        constrained_logprobs(torch.zeros(3), torch.zeros(3, dtype=torch.bool))
