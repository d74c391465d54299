"""The baselines of the benchmark: what they must leave alone, count and repeat."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.random_pairs import random_pair
from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Slot, Window
from maria_model.word_pieces import WordPieces
from training.baselines.causal_generation import generate_continuation
from training.baselines.decoding import FilledSlot
from training.baselines.masked_diffusion import decode_masked_diffusion, unmasking_schedule
from training.baselines.masked_lm_autoregressive import decode_masked_lm

Baseline = Callable[..., Iterator[FilledSlot]]
SAMPLED = SamplingOptions(temperature=1.0, top_p=0.9, seed=3)


@pytest.fixture(scope="module")
def model() -> MariaForMaskedInfilling:
    """A tiny random pair whose logits differ enough for an argmax to mean something."""
    pair = random_pair("tiny")
    with torch.no_grad():
        for parameter in pair.model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(6.0)
    return pair


def window_of(model: MariaForMaskedInfilling, *, length: int, masks: int, seed: int = 0) -> Window:
    draw = random.Random(seed)
    pieces = tuple(draw.randrange(len(model.vocabulary)) for _ in range(length))
    positions = sorted(draw.sample(range(length), masks))
    slots = (
        Slot(position=position, blank=number, piece=0, kind="token")
        for number, position in enumerate(positions)
    )
    return Window(pieces, tuple(slots))


def diffusion(steps: int, order: str) -> Baseline:
    def decode(model: MariaForMaskedInfilling, window: Window, **options: object) -> object:
        return decode_masked_diffusion(model, window, steps=steps, order=order, **options)

    return decode


BASELINES = {
    "diffusion, by confidence": diffusion(4, "confidence"),
    "diffusion, in random order": diffusion(4, "random"),
    "masked LM, left to right": decode_masked_lm,
    "plain generation": generate_continuation,
}


@pytest.fixture(params=BASELINES)
def baseline(request: pytest.FixtureRequest) -> Baseline:
    return BASELINES[request.param]


@pytest.mark.parametrize("options", [SamplingOptions(), SAMPLED], ids=["greedy", "sampled"])
def test_every_slot_is_filled_once_and_alike_every_time(model, baseline, options):
    window = window_of(model, length=40, masks=13)
    first = list(baseline(model, window, options=options))
    assert sorted(filled.slot.position for filled in first) == [s.position for s in window.slots]
    assert list(baseline(model, window, options=options)) == first


def test_only_allowed_pieces_are_chosen(model, baseline):
    window = window_of(model, length=40, masks=13)
    is_inline = WordPieces.of(model.vocabulary).is_inline
    assert all(is_inline[f.piece] for f in baseline(model, window, options=SAMPLED))


def test_sampling_follows_its_seed(model, baseline):
    window = window_of(model, length=40, masks=13)
    answers = {
        tuple(
            sorted(
                (f.slot.position, f.piece)
                for f in baseline(model, window, options=SamplingOptions(temperature=1.0, seed=s))
            )
        )
        for s in range(3)
    }
    assert len(answers) == 3


def test_what_stands_under_a_mask_is_never_read(model, baseline):
    window = window_of(model, length=40, masks=13)
    masked = {slot.position for slot in window.slots}
    other = Window(
        tuple(7 if i in masked else piece for i, piece in enumerate(window.pieces)), window.slots
    )
    pieces = [(f.slot, f.piece) for f in baseline(model, window)]
    assert [(f.slot, f.piece) for f in baseline(model, other)] == pieces


@given(masks=st.integers(0, 600), steps=st.integers(1, 300))
def test_the_schedule_unmasks_all_as_evenly_as_it_can(masks, steps):
    counts = unmasking_schedule(masks, steps)
    assert sum(counts) == masks
    assert len(counts) == min(masks, steps)
    assert max(counts, default=0) - min(counts, default=0) <= 1


@pytest.mark.parametrize("order", ["random", "confidence"])
@pytest.mark.parametrize(("steps", "passes"), [(1, 1), (4, 4), (13, 13), (256, 13)])
def test_diffusion_takes_a_pass_a_step_that_unmasks_something(model, order, steps, passes):
    window, counts = window_of(model, length=40, masks=13), PassCounts()
    list(decode_masked_diffusion(model, window, steps=steps, order=order, counts=counts))
    assert (counts.ar, counts.mlm) == (0, passes)


def whole_window_logits(model: MariaForMaskedInfilling, pieces: list[int], open_: list[int]):
    tensor = torch.tensor([pieces])
    mask = torch.zeros_like(tensor, dtype=torch.bool)
    mask[0, open_] = True
    logits = model.masked_lm_logits(model.vocabulary.masked_input(tensor, mask))[0, 1:-1]
    return logits.masked_fill(~WordPieces.of(model.vocabulary).is_inline, -torch.inf)


def test_one_step_is_the_masked_lms_own_guess_everywhere(model):
    window = window_of(model, length=40, masks=13)
    positions = [slot.position for slot in window.slots]
    logits = whole_window_logits(model, list(window.pieces), positions)
    filled = decode_masked_diffusion(model, window, steps=1)
    assert [f.piece for f in filled] == logits[positions].argmax(dim=-1).tolist()


def test_a_step_for_every_mask_unmasks_the_surest_one_each_time(model):
    window = window_of(model, length=40, masks=9)
    pieces, open_ = list(window.pieces), [slot.position for slot in window.slots]
    for filled in decode_masked_diffusion(model, window, steps=9, order="confidence"):
        logprobs = whole_window_logits(model, pieces, open_)[open_].log_softmax(dim=-1)
        best = int(logprobs.amax(dim=-1).argmax())
        assert (filled.slot.position, filled.piece) == (open_[best], int(logprobs[best].argmax()))
        pieces[open_.pop(best)] = filled.piece


def test_the_masked_lm_left_to_right_reads_its_own_fills(model):
    window, counts = window_of(model, length=40, masks=9), PassCounts()
    pieces, open_ = list(window.pieces), [slot.position for slot in window.slots]
    for filled in decode_masked_lm(model, window, counts=counts):
        logits = whole_window_logits(model, pieces, open_)[open_[0]]
        assert (filled.slot.position, filled.piece) == (open_[0], int(logits.argmax()))
        pieces[open_.pop(0)] = filled.piece
    assert (counts.ar, counts.mlm) == (0, 9)


def test_plain_generation_goes_on_after_the_known_pieces(model):
    window, counts = window_of(model, length=40, masks=9), PassCounts()
    masked = {slot.position for slot in window.slots}
    read = [piece for i, piece in enumerate(window.pieces) if i not in masked]
    for filled in generate_continuation(model, window, counts=counts):
        # One piece more than was read: the input leaves out the last.
        states = model.causal_states(model.vocabulary.causal_input(torch.tensor([[*read, 0]])))
        logits = model.causal_lm_logits(states)[0, -1]
        logits = logits.masked_fill(~WordPieces.of(model.vocabulary).is_inline, -torch.inf)
        assert filled.piece == int(logits.argmax())
        read.append(filled.piece)
    assert (counts.ar, counts.mlm) == (9, 0)


def test_diffusion_refuses_a_schedule_of_no_steps(model):
    window = window_of(model, length=10, masks=2)
    with pytest.raises(ValueError, match="steps=0"):
        list(decode_masked_diffusion(model, window, steps=0))
