"""Annealed rewriting: schedules, what must not change, gains, and scores against whole passes."""

from __future__ import annotations

import pytest
import torch

from maria_model import annealing
from maria_model.annealing import AnnealingSchedule
from maria_model.api import Cancelled, Progress, RefineRequest, RefineResult
from maria_model.blanks import find_blanks
from maria_model.causal_reader import PassCounts
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.scoring import SUFFIX_PIECES, PassageScorer, Score, commonness
from maria_model.tokenization import Slot, Window
from maria_model.word_pieces import WordPieces

BEFORE = "# The stairs\r\n\r\nIt’s 😀. "
PASSAGE = (
    "The stairs had been lit for a hundred years, “for the sea,” and Tom sat on [MASK] wind. "
    "He was 4."
)
AFTER = "\r\n\r\nThen the wind\u00a0was low."
TEXT = BEFORE + PASSAGE + AFTER


@pytest.fixture(scope="module")
def engine(tiny_model: MariaForMaskedInfilling) -> MariaEngine:
    return MariaEngine(tiny_model)


@pytest.fixture
def easily_pleased(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights gain little by any change."""
    monkeypatch.setattr(annealing, "GAIN_AT_STRENGTH", (0.2, 0.2))


def refine(engine: MariaEngine, **options: object) -> RefineResult:
    request = RefineRequest(
        text=TEXT,
        start=len(BEFORE),
        end=len(BEFORE) + len(PASSAGE),
        **options,  # type: ignore[arg-type]
    )
    return engine.refine(request)


def applied(result: RefineResult) -> str:
    text = result.original
    for change in reversed(result.changes):
        assert text[change.start : change.end] == change.before
        text = text[: change.start] + change.after + text[change.end :]
    return text


def test_the_temperature_falls_in_a_line_to_its_end() -> None:
    schedule = AnnealingSchedule(sweeps=5)
    assert [schedule.temperature(s) for s in range(5)] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert AnnealingSchedule(sweeps=1).temperature(0) == 0.0


def test_presets() -> None:
    paper = AnnealingSchedule.of(RefineRequest(text="", preset="paper"))
    assert (paper.sweeps, paper.start, paper.end, paper.share) == (8, 1.0, 0.0, 0.3)
    light, bold = (AnnealingSchedule.of(RefineRequest(text="", strength=s)) for s in (0.0, 1.0))
    assert light.start < bold.start
    assert AnnealingSchedule.of(RefineRequest(text="", sweeps=3)).sweeps == 3


@pytest.mark.parametrize(
    "values", [{"sweeps": -1}, {"sweeps": 1, "share": 0.0}, {"sweeps": 1, "start": 0.1, "end": 0.5}]
)
def test_schedules_that_make_no_sense(values: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="="):
        AnnealingSchedule(**values)  # type: ignore[arg-type]


@pytest.mark.usefixtures("easily_pleased")
@pytest.mark.parametrize("preset", ["edit", "paper"])
def test_nothing_outside_the_passage_changes(engine: MariaEngine, preset: str) -> None:
    result = refine(engine, preset=preset, strength=1.0)
    assert result.text == applied(result) != TEXT
    assert result.text.startswith(BEFORE)
    assert result.text.endswith(AFTER)
    assert len(find_blanks(result.text)) == 1
    assert result.stats.method == preset


@pytest.mark.usefixtures("easily_pleased")
def test_editing_keeps_names_numbers_quotations_and_kept_words(engine: MariaEngine) -> None:
    result = refine(engine, strength=1.0, keep=("hundred", "WIND"))
    assert result.changes
    for kept in ("“for the sea,” and Tom", " hundred ", " wind. He ", "4."):
        assert kept.split()[0] in result.text
    for change in result.changes:
        assert not set(change.before) & set("“”[]4.,")
        assert not {"Tom", "hundred", "wind", "sea"} & set(change.before.split())
        assert len(change.before.split()) == len(change.after.split())


@pytest.mark.usefixtures("easily_pleased")
@pytest.mark.parametrize("preset", ["edit", "paper"])
def test_same_seed_same_text(engine: MariaEngine, preset: str) -> None:
    texts = [refine(engine, preset=preset, strength=1.0, seed=seed).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_no_change_is_a_valid_answer(engine: MariaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annealing, "GAIN_AT_STRENGTH", (1e6, 1e6))
    result = refine(engine)
    assert (result.text, result.changes) == (TEXT, ())
    nothing = engine.refine(RefineRequest(text="# Title\n\n", preset="edit"))
    assert (nothing.text, nothing.changes) == ("# Title\n\n", ())
    assert engine.refine(RefineRequest(text="")).text == ""


@pytest.mark.parametrize(
    ("flow", "fit", "commoner", "survives"),
    [
        (10.0, 9.0, 0.0, True),
        (18.0, 0.5, 0.0, True),
        (9.0, 8.0, 0.0, False),
        (40.0, -0.1, 0.0, False),
        (-0.1, 40, 0.0, False),
        (10.0, 9.0, 1.0, False),
        (9.0, 8.0, -1.0, True),
    ],
)
def test_a_change_survives_only_with_a_gain_in_both_scores(
    engine: MariaEngine,
    monkeypatch: pytest.MonkeyPatch,
    flow: float,
    fit: float,
    commoner: float,
    survives: bool,
) -> None:
    """At strength 0 the gain must be over 9, and common words must gain more."""
    original = set()

    class FakeScorer:
        def __init__(self, *args: object, **kwargs: object) -> None:
            pass

        def score(self, pieces: tuple[int, ...]) -> Score:
            # The writer's own reading is the first one scored.
            if not original:
                original.add(pieces)
            return Score(flow=0.0, fit=0.0) if pieces in original else Score(flow=flow, fit=fit)

    def fake_common(annealer: annealing.Annealer, pieces: tuple[int, ...]) -> float:
        return 0.0 if pieces in original else commoner

    monkeypatch.setattr(annealing, "PassageScorer", FakeScorer)
    monkeypatch.setattr(annealing.Annealer, "_common", fake_common)
    result = engine.refine(RefineRequest(text="4 low 4.", strength=0.0))
    assert bool(result.changes) is survives


def test_the_paper_preset_replaces_most_tokens(engine: MariaEngine) -> None:
    result = refine(engine, preset="paper")
    assert result.sweeps == 8
    assert sum(len(change.before) for change in result.changes) > len(PASSAGE) / 2


@pytest.mark.usefixtures("easily_pleased")
def test_a_passage_longer_than_the_context(engine: MariaEngine) -> None:
    text = "the stairs had been lit for the sea, and the wind was low on it. " * 20
    steps: list[Progress] = []
    result = engine.refine(
        RefineRequest(text=text, strength=1.0, sweeps=2), on_progress=steps.append
    )
    assert result.text == applied(result)
    assert result.changes[-1].start > len(text) / 2
    assert [step.done for step in steps] == list(range(steps[-1].total + 1))
    assert steps[-1].total > 2


def test_cancelling(engine: MariaEngine) -> None:
    asked = iter([False] * 5)
    with pytest.raises(Cancelled):
        engine.refine(RefineRequest(text=TEXT), cancelled=lambda: next(asked, True))


def test_commonness_is_a_distribution_made_in_one_pass(tiny_model: MariaForMaskedInfilling) -> None:
    counts = PassCounts()
    logprobs = commonness(tiny_model, counts)
    assert logprobs.shape == (len(tiny_model.vocabulary),)
    assert float(logprobs.exp().sum()) == pytest.approx(1.0)
    assert (counts.ar, counts.mlm) == (0, 1)


@torch.inference_mode()
def test_scores_equal_whole_passes(tiny_model: MariaForMaskedInfilling) -> None:
    pieces = list(range(30, 90))
    slots = tuple(
        Slot(position=10 + part, blank=0, piece=part, kind="token", parts=2) for part in range(2)
    )
    scorer = PassageScorer(tiny_model, Window(tuple(pieces), slots), inside=12, counts=PassCounts())
    mask = torch.zeros((1, 60), dtype=torch.bool)
    mask[0, 10:12] = True
    for new in ((40, 41), (200, 100)):
        pieces[10:12] = new
        text = torch.tensor([pieces])
        ids = tiny_model.vocabulary.causal_input(text)
        logprobs = tiny_model.causal_lm_logits(tiny_model.causal_states(ids)).log_softmax(-1)[0]
        flow = sum(float(logprobs[i, pieces[i]]) for i in range(10, 10 + 12 + SUFFIX_PIECES))
        score = scorer.score(new)
        assert score.flow == pytest.approx(flow, abs=1e-3)
        assert score.fit < 0
    allowed = tiny_model(pieces=torch.tensor([pieces]), mask=mask).logits[0]
    inline = WordPieces.of(tiny_model.vocabulary).is_inline.clone()
    inline[list(new)] = True
    fit = sum(
        float(allowed[i].masked_fill(~inline, -torch.inf).log_softmax(-1)[pieces[i]])
        for i in (10, 11)
    )
    assert score.fit == pytest.approx(fit, abs=1e-2)
