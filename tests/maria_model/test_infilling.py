"""Algorithm 1: cached equals uncached, counts are true, nothing is read that must not be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from random_windows import random_options, random_window
from torch import Tensor

from maria_model.api import Cancelled, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.errors import CheckpointError
from maria_model.gate import mask_density
from maria_model.infilling import allowed_pieces, infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import NoiseKey, choose
from maria_model.windows import Slot, Window


@torch.inference_mode()
def uncached_logits(
    model: MariaForMaskedInfilling, window: Window, filled: list[int]
) -> Iterator[Tensor]:
    """MARIA's logits at each slot from whole forward passes; `filled` is read as it grows."""
    pieces = torch.tensor([window.pieces])
    mask = torch.zeros_like(pieces, dtype=torch.bool)
    for slot in window.slots:
        mask[0, slot.position] = True
    masked = model.masked_half_logits(model.vocabulary.masked_input(pieces, mask))[0, 1:-1]
    densities = mask_density(mask)[0]
    for slot in window.slots:
        left = torch.tensor([[*filled[: slot.position], 0]])
        states = model.causal_states(model.vocabulary.causal_input(left))
        half = model.causal_half_logits(states[0, -1])
        yield model.join_halves(half, masked[slot.position], densities[slot.position])


@pytest.mark.parametrize("seed", range(200))
def test_cached_equals_uncached(tiny_model: MariaForMaskedInfilling, seed: int) -> None:
    assert_cached_equals_uncached(tiny_model, seed)


@pytest.mark.parametrize("seed", range(200, 220))
def test_cached_equals_uncached_with_sliding_windows(
    sliding_model: MariaForMaskedInfilling, seed: int
) -> None:
    assert_cached_equals_uncached(sliding_model, seed)


def assert_cached_equals_uncached(model: MariaForMaskedInfilling, seed: int) -> None:
    window, options = random_window(model, seed), random_options(seed)
    counts = PassCounts()
    settled = list(infill(model, window, options=options, counts=counts))
    filled = list(window.pieces)
    for step, logits in zip(settled, uncached_logits(model, window, filled), strict=True):
        key = NoiseKey(blank=step.slot.blank, piece=step.slot.piece)
        allowed = allowed_pieces(model.vocabulary, window, filled, step.slot)
        expected = choose(logits, options=options, key=key, allowed=allowed)
        finite = torch.isfinite(expected.logprobs)
        assert torch.equal(finite, torch.isfinite(step.choice.logprobs))
        torch.testing.assert_close(
            step.choice.logprobs[finite], expected.logprobs[finite], atol=1e-5, rtol=1e-5
        )
        assert step.choice.piece == expected.piece
        filled[step.slot.position] = expected.piece
    assert (counts.ar, counts.mlm) == (len(window.slots), 1)


def test_the_causal_model_reads_each_piece_once_and_nothing_after_the_last_mask(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window(
        tuple(range(20)), (Slot(position=4, blank=0, piece=0), Slot(position=9, blank=1, piece=0))
    )
    fed: list[list[int]] = []
    read = CausalReader.read

    def recording_read(self: CausalReader, pieces: list[int]) -> Tensor:
        fed.append(list(pieces))
        return read(self, pieces)

    monkeypatch.setattr(CausalReader, "read", recording_read)
    first, _ = infill(tiny_model, window)
    assert fed == [[0, 1, 2, 3], [first.choice.piece, 5, 6, 7, 8]]


def test_the_first_slots_alone_can_be_filled(tiny_model: MariaForMaskedInfilling) -> None:
    window = random_window(tiny_model, 5)
    counts = PassCounts()
    every = list(infill(tiny_model, window))
    some = list(infill(tiny_model, window, slots=1, counts=counts))
    assert [s.choice.piece for s in some] == [every[0].choice.piece]
    assert counts.ar == 1


def test_same_seed_same_pieces_other_seed_other_pieces(tiny_model: MariaForMaskedInfilling) -> None:
    window = Window((0,) * 30, tuple(Slot(position=p, blank=p, piece=0) for p in range(2, 30, 3)))

    def pieces(seed: int) -> list[int]:
        options = SamplingOptions(temperature=1.0, seed=seed)
        return [s.choice.piece for s in infill(tiny_model, window, options=options)]

    assert pieces(1) == pieces(1)
    assert pieces(1) != pieces(2)


def test_cancelling_is_heard_before_the_next_pass(tiny_model: MariaForMaskedInfilling) -> None:
    window = Window((0,) * 12, tuple(Slot(position=p, blank=p, piece=0) for p in (3, 6, 9)))
    answers = iter([False, False, False, True])
    counts = PassCounts()
    with pytest.raises(Cancelled):
        list(infill(tiny_model, window, counts=counts, cancelled=lambda: next(answers)))
    assert (counts.ar, counts.mlm) == (2, 1)


@pytest.mark.parametrize("name", ["tiny_model", "sliding_model"])
def test_rewinding_forgets_exactly_what_was_read_since(
    name: str, request: pytest.FixtureRequest
) -> None:
    model: MariaForMaskedInfilling = request.getfixturevalue(name)
    known = list(range(5, 35))
    reader = CausalReader(model, PassCounts())
    reader.read_to(known, 30)
    for _ in range(3):
        reader.read(list(range(50, 62)))
        reader.rewind_to(30)
    again = reader.read([10, 11])[-1]
    fresh = CausalReader(model, PassCounts()).read([*known, 10, 11])[-1]
    torch.testing.assert_close(again, fresh, atol=1e-5, rtol=1e-5)


def test_damaged_weights_are_reported_as_such(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_logits = tiny_model.causal_half_logits
    monkeypatch.setattr(
        tiny_model, "causal_half_logits", lambda states: half_logits(states) * float("nan")
    )
    with pytest.raises(CheckpointError):
        list(infill(tiny_model, random_window(tiny_model, 0)))
