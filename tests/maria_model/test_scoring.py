"""Scores of passages and words: equal to whole passes, whatever is batched or read before."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from maria_model import scoring
from maria_model.api import Cancelled
from maria_model.causal_reader import PassCounts
from maria_model.errors import CheckpointError
from maria_model.infilling import allowed_pieces
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Layout, Passage, PassageText
from maria_model.scoring import STRIDE, SUFFIX_PIECES, PassageScorer, commonness, passage_score
from maria_model.windows import Window

LEFT = "Nobody had lit the lamp for a hundred years. "
PASSAGE = (
    "She climbed the last of the iron stairs with the oil can, and the wind had begun to move in "
    "the long grass on the step; somewhere a gate was low."
)
RIGHT = " He laughed and sat down."


@pytest.fixture(scope="module")
def model(tiny_model_dir: Path) -> MariaForMaskedInfilling:
    """The tiny model in float64."""
    return MariaForMaskedInfilling.from_pretrained(tiny_model_dir, dtype=torch.float64)


def passage_of(model: MariaForMaskedInfilling, text: str = PASSAGE) -> Passage:
    source = PassageText(
        text=text, start=0, end=len(text), vocabulary=model.vocabulary, stand_ins={}
    )
    encode = model.vocabulary.encode
    return Passage(source.words(), left=encode(LEFT), right=encode(RIGHT), limit=126)


def layout_of(model: MariaForMaskedInfilling) -> Layout:
    passage = passage_of(model)
    return passage.lay_out(0, len(passage.units))


def scorer_of(model: MariaForMaskedInfilling) -> PassageScorer:
    return PassageScorer(model, PassCounts())


@torch.inference_mode()
def causal_logprob(
    model: MariaForMaskedInfilling, pieces: tuple[int, ...], begin: int, end: int
) -> float:
    """Return log p_AR(pieces[begin:end] | pieces[:begin]) by one whole pass."""
    ids = model.vocabulary.causal_input(torch.tensor([pieces]))
    logprobs = model.causal_lm_logits(model.causal_states(ids)).log_softmax(-1)[0]
    end = min(end, len(pieces))
    return sum(float(logprobs[i, pieces[i]]) for i in range(begin, end))


@torch.inference_mode()
def word_logprobs(
    model: MariaForMaskedInfilling, layout: Layout, number: int, masked: list[int]
) -> Tensor:
    """Return (parts, V) log-probabilities of a word by one whole pass with `masked` masked."""
    pieces = torch.tensor([layout.pieces])
    mask = torch.zeros_like(pieces, dtype=torch.bool)
    for other in masked:
        for slot in layout.words[other]:
            mask[0, slot.position] = True
    logits = model(pieces=pieces, mask=mask).logits[0]
    rows = []
    for slot in layout.words[number]:
        window = Window(layout.pieces, (slot,))
        allowed = allowed_pieces(model.vocabulary, window, layout.pieces, slot).clone()
        allowed[layout.pieces[slot.position]] = True
        rows.append(logits[slot.position].masked_fill(~allowed, -torch.inf).log_softmax(-1))
    return torch.stack(rows)


def own_logprob(layout: Layout, number: int, rows: Tensor) -> float:
    slots = layout.words[number]
    return sum(
        float(row[layout.pieces[slot.position]]) for row, slot in zip(rows, slots, strict=True)
    )


def replaced(layout: Layout, number: int, pieces: tuple[int, ...]) -> Layout:
    begin = layout.words[number][0].position
    text = (*layout.pieces[:begin], *pieces, *layout.pieces[begin + len(pieces) :])
    return Layout(text, layout.begin, layout.end, layout.words)


def word_of(layout: Layout, parts: int) -> int:
    return next(number for number, slots in layout.words.items() if len(slots) == parts)


def test_a_survey_equals_whole_passes(model: MariaForMaskedInfilling) -> None:
    layout = layout_of(model)
    survey = scorer_of(model).survey(layout)
    end = layout.end + SUFFIX_PIECES
    flow = causal_logprob(model, layout.pieces, layout.begin, end)
    assert survey.flow == pytest.approx(flow, abs=1e-6)
    numbers = list(layout.words)
    assert len(numbers) > STRIDE
    for index, number in enumerate(numbers):
        rows = word_logprobs(model, layout, number, numbers[index % STRIDE :: STRIDE])
        assert survey.fits[number] == pytest.approx(own_logprob(layout, number, rows), abs=1e-6)
        finite = rows[0].isfinite()
        torch.testing.assert_close(survey.first_logprobs[number][finite], rows[0][finite])


def test_few_words_are_left_out_one_by_one(model: MariaForMaskedInfilling) -> None:
    passage = passage_of(model, "The sea was low on the step.")
    layout = passage.lay_out(0, len(passage.units))
    survey = scorer_of(model).survey(layout)
    for number in layout.words:
        rows = word_logprobs(model, layout, number, [number])
        assert survey.fits[number] == pytest.approx(own_logprob(layout, number, rows), abs=1e-6)


def test_the_score_of_parts_is_their_sum_and_mean(model: MariaForMaskedInfilling) -> None:
    survey = scorer_of(model).survey(layout_of(model))
    score = passage_score([survey, survey])
    assert score.flow == pytest.approx(2 * survey.flow)
    assert score.fit == pytest.approx(sum(survey.fits.values()) / len(survey.fits))


def test_no_piece_behind_a_part_counts_where_none_is_asked_for(
    model: MariaForMaskedInfilling,
) -> None:
    layout = layout_of(model)
    flow = causal_logprob(model, layout.pieces, layout.begin, layout.end)
    assert scorer_of(model).survey(layout, suffix=0).flow == pytest.approx(flow, abs=1e-6)


@pytest.mark.parametrize("parts", [1, 2])
def test_judging_equals_whole_passes(model: MariaForMaskedInfilling, parts: int) -> None:
    layout = layout_of(model)
    number = word_of(layout, parts)
    begin = layout.words[number][0].position
    own = layout.pieces[begin : begin + parts]
    readings = [own, tuple(range(100, 100 + parts)), tuple(range(200, 200 + parts))]
    scorer = scorer_of(model)
    half = scorer.halves_alone(layout, [number])[number]
    scores = scorer.judge(layout, number, readings, half)
    for pieces, score in zip(readings, scores, strict=True):
        read = replaced(layout, number, pieces)
        flow = causal_logprob(model, read.pieces, begin, begin + parts + SUFFIX_PIECES)
        rows = word_logprobs(model, read, number, [number])
        assert score.flow == pytest.approx(flow, abs=1e-6)
        assert score.fit == pytest.approx(own_logprob(read, number, rows), abs=1e-6)


def test_a_longer_word_is_completed_by_its_likeliest_pieces(
    model: MariaForMaskedInfilling,
) -> None:
    layout = layout_of(model)
    number = word_of(layout, 2)
    scorer = scorer_of(model)
    half = scorer.halves_alone(layout, [number])[number]
    for first, second in scorer.complete(layout, number, [100, 200], half):
        rows = word_logprobs(model, replaced(layout, number, (first, 300)), number, [number])
        allowed = rows[1].clone()
        allowed[300] = -torch.inf
        assert second in (300, int(allowed.argmax()))


def test_batched_equals_single(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32."""
    layout = layout_of(tiny_model)
    numbers = list(layout.words)
    counts = PassCounts()
    together = PassageScorer(tiny_model, counts).survey(layout)
    alone = scorer_of(tiny_model).halves_alone(layout, numbers)
    assert counts.mlm < STRIDE
    monkeypatch.setattr(scoring, "PIECES_PER_PASS", 1)
    single = scorer_of(tiny_model).survey(layout)
    assert together.flow == single.flow
    for number in numbers:
        assert together.fits[number] == pytest.approx(single.fits[number], abs=1e-5)
        half = scorer_of(tiny_model).halves_alone(layout, [number])[number]
        torch.testing.assert_close(alone[number].logits, half.logits, atol=1e-4, rtol=1e-5)
    readings = [(piece,) for piece in range(50, 60)]
    number = word_of(layout, 1)
    scores = scorer_of(tiny_model).judge(layout, number, readings, alone[number])
    for reading, score in zip(readings, scores, strict=True):
        [one] = scorer_of(tiny_model).judge(layout, number, [reading], alone[number])
        assert score.flow == pytest.approx(one.flow, rel=1e-5)
        assert score.fit == pytest.approx(one.fit, rel=1e-5)


def test_what_was_read_before_does_not_matter(model: MariaForMaskedInfilling) -> None:
    layout = layout_of(model)
    scorer = scorer_of(model)
    survey = scorer.survey(layout)
    number = word_of(layout, 1)
    scorer.judge(layout, number, [(100,), (200,)], survey.halves[number])
    changed = replaced(layout, number, (100,))
    last = max(layout.words)
    half = survey.halves[last]
    reading = [tuple(range(70, 70 + len(layout.words[last])))]
    assert scorer.judge(changed, last, reading, half)[0].flow == pytest.approx(
        scorer_of(model).judge(changed, last, reading, half)[0].flow, abs=1e-9
    )
    again = scorer.survey(changed)
    fresh = scorer_of(model).survey(changed)
    assert again.flow == pytest.approx(fresh.flow, abs=1e-9)
    assert again.fits == pytest.approx(fresh.fits, abs=1e-9)


def test_a_stop_is_answered_between_passes(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "PIECES_PER_PASS", 1)
    asked = iter([False] * 4)
    counts = PassCounts()
    scorer = PassageScorer(tiny_model, counts, lambda: next(asked, True))
    with pytest.raises(Cancelled):
        scorer.survey(layout_of(tiny_model))
    assert (counts.ar, counts.mlm) == (1, 3)


def test_damaged_weights_are_named(tiny_model_dir: Path) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir)
    model.head.bias.data[3] = torch.nan
    with pytest.raises(CheckpointError, match="not a number"):
        scorer_of(model).survey(layout_of(model))


def test_commonness_is_a_distribution_made_in_one_pass(tiny_model: MariaForMaskedInfilling) -> None:
    counts = PassCounts()
    logprobs = commonness(tiny_model, counts)
    assert logprobs.shape == (len(tiny_model.vocabulary),)
    assert float(logprobs.exp().sum()) == pytest.approx(1.0)
    assert (counts.ar, counts.mlm) == (0, 1)


def test_another_length_is_judged_as_if_it_stood_there(model: MariaForMaskedInfilling) -> None:
    """After the passage was read as it stands, in a window that is full."""
    passage = passage_of(model)
    ends = 0, len(passage.units)
    number = next(n for n in passage.free(*ends) if len(passage.current[n]) > 1)
    scorer, layout = scorer_of(model), passage.lay_out(*ends)
    scorer.survey(layout)
    (word,) = model.vocabulary.encode(" sea")
    shorter = passage.lay_out(*ends, {number: (0,)})
    half = scorer.halves_alone(shorter, [number])[number]
    firsts = scorer.first_logprobs(shorter, number, half)
    (score,) = scorer.judge(shorter, number, [(word,)], half)

    passage.current[number] = (word,)
    standing, fresh = passage.lay_out(*ends), scorer_of(model)
    (own,) = fresh.judge(
        standing, number, [(word,)], fresh.halves_alone(standing, [number])[number]
    )
    begin = standing.words[number][0].position
    flow = causal_logprob(model, standing.pieces, begin, begin + 1 + SUFFIX_PIECES)
    assert score.fit == pytest.approx(own.fit, rel=1e-6)
    assert score.fit == pytest.approx(float(firsts[word]), rel=1e-6)
    assert score.flow == pytest.approx(flow, rel=1e-6)
    # What stands before the word stands where it stood.
    assert standing.pieces[:begin] == layout.pieces[:begin]
