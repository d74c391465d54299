"""Speculation: Algorithm 1's own pieces, in no more causal passes, whatever the block."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_windows import random_options, random_window, ruled_window

from maria_model.api import Cancelled, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import infill, read_masked
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.pass_costs import PassCosts
from maria_model.speculation import Speculation, infill_speculatively
from maria_model.windows import Slot, Window

UNLIMITED = 10**9
blocks = st.sampled_from([None, 1, 2, 3, 5, 16, UNLIMITED])


@pytest.fixture(scope="module")
def exact_model(tiny_model: MariaForMaskedInfilling) -> Iterator[MariaForMaskedInfilling]:
    """The tiny pair in float64, where the width of a pass decides nothing."""
    yield tiny_model.double()
    tiny_model.float()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), block=blocks)
def test_the_pieces_are_those_of_algorithm_1_in_no_more_passes(
    exact_model: MariaForMaskedInfilling, seed: int, block: int | None
) -> None:
    assert_same_pieces(exact_model, random_window(exact_model, seed), seed, block)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), block=blocks)
def test_the_pieces_are_those_of_algorithm_1_under_rules_too(
    exact_model: MariaForMaskedInfilling, seed: int, block: int | None
) -> None:
    window = ruled_window(exact_model, seed)
    assert_same_pieces(exact_model, window, seed, block)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), block=blocks)
def test_sliding_windows_roll_back_too(
    sliding_model: MariaForMaskedInfilling, seed: int, block: int | None
) -> None:
    model = sliding_model.double()
    assert_same_pieces(model, random_window(model, seed), seed, block)


def assert_same_pieces(
    model: MariaForMaskedInfilling, window: Window, seed: int, block: int | None
) -> None:
    options = random_options(seed)
    reference_counts, counts = PassCounts(), PassCounts()
    reference = list(infill(model, window, options=options, counts=reference_counts, candidate=2))
    settled = list(
        infill_speculatively(
            model, window, options=options, counts=counts, candidate=2, block=block
        )
    )
    assert [s.slot for s in settled] == [s.slot for s in reference]
    assert [s.choice.piece for s in settled] == [s.choice.piece for s in reference]
    for ours, theirs in zip(settled, reference, strict=True):
        torch.testing.assert_close(ours.choice.logprobs, theirs.choice.logprobs)
    assert counts.ar <= reference_counts.ar
    assert counts.mlm == reference_counts.mlm == 1
    assert counts.accepted <= counts.drafted
    # Without a given block nothing is guessed where most guesses would be wrong.
    usual = {None: (0, len(settled)), 1: (0,)}
    assert counts.drafted in usual.get(block, (len(settled),))


def test_right_drafts_settle_everything_in_one_pass(
    exact_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = random_window(exact_model, 11)
    answer = [s.choice.piece for s in infill(exact_model, window)]

    def draft(self: Speculation, first: int, logits: torch.Tensor) -> None:
        for slot, piece in list(zip(window.slots, answer, strict=True))[first:]:
            self._filled[slot.position] = piece

    monkeypatch.setattr(Speculation, "_draft", draft)
    counts = PassCounts()
    settled = list(infill_speculatively(exact_model, window, counts=counts, block=UNLIMITED))
    assert [s.choice.piece for s in settled] == answer
    assert counts.ar == 1
    assert counts.accepted == len(answer)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_draft_is_what_the_masked_lm_alone_would_choose(
    exact_model: MariaForMaskedInfilling, temperature: float
) -> None:
    # A head that holds the masked LM's own projection: then no draft can be wrong.
    model = copy.deepcopy(exact_model)
    decoder, rows = model.model.masked_decoder, model.vocabulary.masked_ids
    model.head.causal.data.zero_()
    model.head.masked.data.copy_(decoder.weight.data[rows])
    model.head.bias.data.copy_(decoder.bias.data[rows])
    options = SamplingOptions(temperature=temperature, seed=3)
    counts = PassCounts()
    settled = list(
        infill_speculatively(
            model, window_of_tokens(), options=options, counts=counts, block=UNLIMITED
        )
    )
    assert counts.accepted == counts.drafted == len(settled)
    assert counts.ar == 1


def window_of_tokens() -> Window:
    """Return a window of forty pieces, every third one to be filled by any piece at all."""
    slots = tuple(Slot(position=p, blank=p, piece=0, kind="token") for p in range(2, 40, 3))
    return Window(tuple(range(40)), slots)


def test_what_was_read_in_vain_is_drafted_anew_from_what_was_read(
    exact_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, drafted = window_of_tokens(), list[tuple[int, int]]()
    draft = Speculation._draft

    def recording_draft(self: Speculation, first: int, logits: torch.Tensor) -> None:
        draft(self, first, logits)
        drafted.append((first, len(logits)))
        for slot, row in zip(window.slots[first:], logits, strict=False):
            allowed = self._draftable(slot)
            assert self._filled[slot.position] == int(row.masked_fill(~allowed, -1e9).argmax())

    monkeypatch.setattr(Speculation, "_draft", recording_draft)
    counts = PassCounts()
    list(infill_speculatively(exact_model, window, counts=counts, block=UNLIMITED))
    assert counts.accepted < counts.drafted
    # Once before the first pass, then after each pass all that it read and did not settle.
    assert len(drafted) == 1 + counts.ar
    total = len(window.slots)
    assert [first + count for first, count in drafted] == [total] * len(drafted)


def test_a_block_bounds_what_a_pass_reads(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = tuple(Slot(position=p, blank=p, piece=0) for p in range(1, 40, 2))
    window = Window(tuple(range(40)), slots)
    widths: list[int] = []
    read = CausalReader.read

    def recording_read(self: CausalReader, pieces: list[int]) -> torch.Tensor:
        widths.append(len(pieces))
        return read(self, pieces)

    monkeypatch.setattr(CausalReader, "read", recording_read)
    list(infill_speculatively(tiny_model, window, block=6))
    assert 2 < max(widths) <= 6


def test_the_first_slots_alone_can_be_settled(tiny_model: MariaForMaskedInfilling) -> None:
    window = random_window(tiny_model, 5)
    some = list(infill_speculatively(tiny_model, window, slots=2, block=UNLIMITED))
    every = list(infill(tiny_model, window))
    assert [s.choice.piece for s in some] == [s.choice.piece for s in every[:2]]


def test_what_was_read_before_is_not_read_again(tiny_model: MariaForMaskedInfilling) -> None:
    window = random_window(tiny_model, 23)
    counts = PassCounts()
    reader = CausalReader(tiny_model, counts)
    reading = read_masked(tiny_model, window, counts)

    def fill() -> list[int]:
        speculation = Speculation(tiny_model, reader, reading, options=SamplingOptions(), block=1)
        return [s.choice.piece for s in speculation.settle()]

    first = fill()
    read = counts.ar
    filled = list(window.pieces)
    for slot, piece in zip(window.slots, first, strict=True):
        filled[slot.position] = piece
    speculation = Speculation(
        tiny_model, reader, reading, options=SamplingOptions(), block=1, filled=filled
    )
    assert [s.choice.piece for s in speculation.settle()] == first
    assert counts.ar == read


def test_a_stop_is_heard_before_the_next_pass(tiny_model: MariaForMaskedInfilling) -> None:
    window = random_window(tiny_model, 23)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        list(infill_speculatively(tiny_model, window, block=1, cancelled=lambda: next(asked)))


def test_a_wide_block_is_taken_where_guesses_are_right_and_width_is_free() -> None:
    widths = list(range(4, 404, 4))
    wide, narrow = PassCosts(free_width=512), PassCosts(free_width=8)
    assert wide.best_count(widths, 1.0) == 100
    assert narrow.best_count(widths, 0.9) == 60
    assert narrow.best_count(widths, 0.6) == 15
    assert narrow.best_count(widths, 0.3) < 4
    assert narrow.best_count(widths, 0.0) == 1
    assert narrow.best_count([100], 0.9) == 1


@pytest.mark.parametrize("rows", [[[5]], [[5, 6, 7], [8], [9, 10]], [[1, 2], [1, 2]]])
def test_rows_read_side_by_side_are_as_if_read_alone(
    exact_model: MariaForMaskedInfilling, rows: list[list[int]]
) -> None:
    assert_branches_equal_plain_reading(exact_model, rows)


def test_rows_are_read_one_by_one_where_the_cache_has_windows(
    sliding_model: MariaForMaskedInfilling,
) -> None:
    assert_branches_equal_plain_reading(sliding_model.double(), [[5, 6, 7], [8, 9]])


def assert_branches_equal_plain_reading(
    model: MariaForMaskedInfilling, rows: list[list[int]]
) -> None:
    prefix = list(range(3, 20))
    reader = CausalReader(model, PassCounts())
    reader.read(prefix)
    for row, states in zip(rows, reader.branch(rows), strict=True):
        alone = CausalReader(model, PassCounts())
        torch.testing.assert_close(states, alone.read([*prefix, *row])[-len(row) :])
    # Nothing of the rows is left behind.
    assert reader.length == len(prefix)
    alone = CausalReader(model, PassCounts())
    torch.testing.assert_close(reader.read([30])[-1], alone.read([*prefix, 30])[-1])


def test_string_scores_are_the_causal_models_own(exact_model: MariaForMaskedInfilling) -> None:
    prefix, rows = [3, 4, 5], [[6], [7, 8, 9]]
    reader = CausalReader(exact_model, PassCounts())
    reader.read(prefix)
    for row, logprob in zip(rows, reader.string_logprobs(rows), strict=True):
        ids = exact_model.vocabulary.causal_input(torch.tensor([[*prefix, *row]]))
        with torch.no_grad():
            logits = exact_model.causal_lm_logits(exact_model.causal_states(ids))[0]
        expected = torch.log_softmax(logits, -1)[torch.arange(3, 3 + len(row)), torch.tensor(row)]
        assert logprob == pytest.approx(float(expected.sum()))
