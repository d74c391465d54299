"""The number of pieces of a word: proposals at each length, one string score, left to right."""

from __future__ import annotations

import pytest
import torch

from maria_model import lengths
from maria_model.api import SamplingOptions
from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.configuration import InferenceConstants
from maria_model.infilling import infill
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import FilledBlank, Proposal
from maria_model.tokenization import BlankedText, is_own_segmentation
from maria_model.windows import Excerpt

TEXT = "The [MASK] had been [MASK] every evening, and the [MASK:2] sat down on [MASK] step."


def set_constants(
    monkeypatch: pytest.MonkeyPatch, model: MariaForMaskedInfilling, **constants: object
) -> None:
    """Give a model fitted constants for the length of a test."""
    monkeypatch.setattr(model.config, "inference", constants)


def excerpt_of(model: MariaForMaskedInfilling, text: str = TEXT, targets: int = 4) -> Excerpt:
    source = BlankedText(
        text=text, blanks=find_blanks(text), vocabulary=model.vocabulary, limit=100
    )
    return source.excerpt(range(targets))


@pytest.mark.parametrize("seed", range(20))
def test_with_one_piece_per_word_this_is_algorithm_1(
    tiny_model: MariaForMaskedInfilling, seed: int
) -> None:
    options = SamplingOptions(temperature=seed % 3 / 2, seed=seed)
    excerpt, counts = excerpt_of(tiny_model), PassCounts()
    words = list(
        infill_words(tiny_model, excerpt, options=options, longest=1, counts=counts, block=1)
    )
    settled = list(infill(tiny_model, excerpt.lay_out(), options=options))
    assert [p for word in words for p in word.pieces] == [s.choice.piece for s in settled]
    assert sum(w.logprob for w in words) == pytest.approx(sum(s.choice.logprob for s in settled))
    assert (counts.ar, counts.mlm) == (5, 1)


@pytest.fixture
def any_segmentation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights hardly ever propose a word as the tokenizer would cut it."""
    monkeypatch.setattr(lengths, "is_own_segmentation", lambda vocabulary, pieces: True)


@pytest.mark.usefixtures("any_segmentation")
def test_a_longer_word_wins_where_its_string_is_likelier(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_constants(monkeypatch, tiny_model, length_log_priors=(0.0, 1000.0, 0.0))
    words = list(infill_words(tiny_model, excerpt_of(tiny_model)))
    assert [len(word.pieces) for word in words] == [2, 2, 4, 2]
    set_constants(monkeypatch, tiny_model, length_log_priors=(0.0, -1000.0, -1000.0))
    words = list(infill_words(tiny_model, excerpt_of(tiny_model)))
    assert [len(word.pieces) for word in words] == [1, 1, 2, 1]


@pytest.mark.usefixtures("any_segmentation")
def test_a_longer_word_changes_only_what_comes_after_it(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_constants(monkeypatch, tiny_model, length_log_priors=(0.0, 1000.0, 0.0))
    text = "The [MASK] had been [MASK] every evening."
    excerpt = excerpt_of(tiny_model, text, 2)
    first, second = infill_words(tiny_model, excerpt)
    window = excerpt.lay_out({0: (2,), 1: (2,)})
    reference = [s.choice.piece for s in infill(tiny_model, window)]
    assert [*first.pieces, *second.pieces] == reference


@torch.inference_mode()
def test_the_string_score_is_the_causal_models_own(tiny_model: MariaForMaskedInfilling) -> None:
    excerpt = excerpt_of(tiny_model, "The old [MASK] had been lit.", 1)
    reader = CausalReader(tiny_model, PassCounts())
    search = lengths.WordSearch(tiny_model, excerpt, reader)
    (blank,) = excerpt.open_blanks
    proposal = search._propose(blank, {0: (2,)})
    (slot,) = excerpt.lay_out().slots
    begin = slot.position
    constants = InferenceConstants()
    known = excerpt.lay_out().pieces[begin + 1 :][: constants.suffix_pieces]
    pieces = [*excerpt.lay_out().pieces[:begin], *proposal.pieces, *known]
    ids = tiny_model.vocabulary.causal_input(torch.tensor([pieces]))
    logprobs = torch.log_softmax(tiny_model.causal_lm_logits(tiny_model.causal_states(ids)), -1)[0]
    string = sum(float(logprobs[i, pieces[i]]) for i in range(begin, len(pieces)))
    window = excerpt.lay_out({0: (2,)})
    mask = torch.zeros(1, len(window.pieces), dtype=torch.bool)
    mask[0, begin : begin + 2] = True
    masked = tiny_model.vocabulary.masked_input(torch.tensor([window.pieces]), mask)
    rows = torch.log_softmax(tiny_model.masked_lm_logits(masked), -1)[0, begin + 1 :]
    vote = sum(float(rows[i, piece]) for i, piece in enumerate(proposal.pieces))
    expected = string + constants.masked_weight * vote + constants.length_log_priors[1]
    (scored,) = search._scored([proposal], slot, begin + 1)
    assert scored.score == pytest.approx(expected, abs=1e-3)


@pytest.mark.usefixtures("any_segmentation")
@pytest.mark.parametrize(
    ("priors", "passes"),
    [((0.0, -1000.0, 1000.0), 2), ((0.0, 1000.0, -1000.0), 3), ((0.0, 1000.0, 2000.0), 3)],
)
def test_lengths_are_tried_upwards_while_they_win(
    tiny_model: MariaForMaskedInfilling,
    monkeypatch: pytest.MonkeyPatch,
    priors: tuple[float, ...],
    passes: int,
) -> None:
    set_constants(monkeypatch, tiny_model, length_log_priors=priors)
    excerpt, counts = excerpt_of(tiny_model, "The old [MASK] had been lit.", 1), PassCounts()
    (word,) = infill_words(tiny_model, excerpt, counts=counts)
    assert len(word.pieces) == 1 + sum(prior > 0 for prior in priors[1:passes])
    assert counts.mlm == passes


def test_a_safe_word_of_one_piece_is_taken_at_once(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lengths, "EVEN_CHANCE", -100.0)
    counts = PassCounts()
    words = list(infill_words(tiny_model, excerpt_of(tiny_model), counts=counts, block=1))
    assert [len(word.pieces) for word in words] == [1, 1, 2, 1]
    assert (counts.ar, counts.mlm) == (5, 1)


def test_pieces_that_the_tokenizer_would_not_cut_so_never_win(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_constants(monkeypatch, tiny_model, length_log_priors=(0.0, 1000.0, 1000.0))
    for seed in range(10):
        options = SamplingOptions(temperature=1.0, seed=seed)
        for word in infill_words(tiny_model, excerpt_of(tiny_model), options=options):
            if word.blank.words == 1:
                assert is_own_segmentation(tiny_model.vocabulary, word.pieces)


def test_blanks_in_passing_are_filled_and_those_behind_are_not(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    source = BlankedText(
        text=TEXT, blanks=find_blanks(TEXT), vocabulary=tiny_model.vocabulary, limit=100
    )
    words = list(infill_words(tiny_model, source.excerpt([1])))
    assert [word.blank.index for word in words] == [0, 1]
    assert len(words[0].pieces) == 1


@torch.inference_mode()
def test_a_word_before_a_blank_word_counts_with_its_end(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    excerpt = excerpt_of(tiny_model, "The [MASK:2] had been lit.", 1)
    search = lengths.WordSearch(tiny_model, excerpt, CausalReader(tiny_model, PassCounts()))
    first, second = excerpt.lay_out().slots
    assert second.position == first.position + 1
    proposal = Proposal(shape=(1,), pieces=(first.position + 40,), logprob=-1.0)
    (scored,) = search._scored([proposal], first, second.position)
    # Each row predicts the piece at its own place.
    pieces = [*excerpt.lay_out().pieces[: first.position], *proposal.pieces, 0]
    ids = tiny_model.vocabulary.causal_input(torch.tensor([pieces]))
    rows = torch.softmax(tiny_model.causal_lm_logits(tiny_model.causal_states(ids)), -1)[0]
    word = rows[first.position, proposal.pieces[0]]
    ended = rows[second.position, tiny_model.vocabulary.is_word_start].sum()
    assert ended < 0.99
    assert scored.score == pytest.approx(float((word * ended).log()), abs=1e-3)


@pytest.mark.usefixtures("any_segmentation")
def test_given_words_are_taken_and_the_rest_is_filled_anew(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_constants(monkeypatch, tiny_model, one_piece_proposals=4)
    text = "The [MASK:3] had been lit."

    def settle(beginning: list[Proposal]) -> FilledBlank:
        excerpt = excerpt_of(tiny_model, text, 1)
        search = lengths.WordSearch(tiny_model, excerpt, CausalReader(tiny_model, PassCounts()))
        return search.settle_blank(excerpt.open_blanks[0], 2, beginning)

    free = settle([])
    assert free.pieces == sum((tried[0].pieces for tried in free.words), ())
    assert [len(tried) >= 4 for tried in free.words] == [True] * 3
    # The causal LM's own words again change nothing.
    assert settle([tried[0] for tried in free.words[:2]]).pieces == free.pieces
    for other in free.words[1][1:]:
        given = [free.words[0][0], other]
        kept = sum((word.pieces for word in given), ())
        assert settle(given).pieces[: len(kept)] == kept
