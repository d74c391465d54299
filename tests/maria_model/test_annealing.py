"""Refining a passage: schedules, what must not change, what each sweep leaves, and its score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from maria_model.annealing import AnnealingSchedule
from maria_model.api import Cancelled, PassageScore, Progress, RefineRequest, RefineResult
from maria_model.blanks import find_blanks
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.readings import with_changes

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
def easily_pleased(tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights gain little by any change."""
    monkeypatch.setattr(tiny_model.config, "inference", {"edit": {"cautious": 0.2, "bold": 0.2}})


@pytest.fixture
def hard_to_please(tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny_model.config, "inference", {"edit": {"cautious": 1e6, "bold": 1e6}})


def refine(engine: MariaEngine, **options: object) -> RefineResult:
    request = RefineRequest(
        text=TEXT,
        start=len(BEFORE),
        end=len(BEFORE) + len(PASSAGE),
        **options,  # type: ignore[arg-type]
    )
    return engine.refine(request)


def check_readings(result: RefineResult) -> None:
    """Every reading is its changes applied to the original; the last one is the answer."""
    assert [reading.sweep for reading in result.readings] == list(range(1, result.sweeps + 1))
    for reading in result.readings:
        for change in reading.changes:
            assert result.original[change.start : change.end] == change.before != change.after
        assert reading.text == with_changes(result.original, reading.changes)
    assert (result.readings[-1].text, result.readings[-1].changes) == (result.text, result.changes)


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
    check_readings(result)
    assert result.text != TEXT
    for reading in result.readings:
        assert reading.text.startswith(BEFORE)
        assert reading.text.endswith(AFTER)
        assert len(find_blanks(reading.text)) == 1
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


@pytest.mark.usefixtures("hard_to_please")
def test_no_change_is_a_valid_answer(engine: MariaEngine) -> None:
    result = refine(engine)
    assert (result.text, result.changes) == (TEXT, ())
    assert result.open_words
    assert all(reading.changes == () for reading in result.readings)
    nothing = engine.refine(RefineRequest(text="# Title\n\n", preset="edit"))
    assert (nothing.text, nothing.changes, nothing.open_words) == ("# Title\n\n", (), 0)
    assert engine.refine(RefineRequest(text="")).text == ""


@pytest.mark.usefixtures("easily_pleased")
@pytest.mark.parametrize("preset", ["edit", "paper"])
def test_every_word_locked(engine: MariaEngine, preset: str) -> None:
    result = refine(engine, preset=preset, locks=((0, len(TEXT)),))
    assert (result.text, result.changes, result.open_words) == (TEXT, (), 0)


@pytest.mark.usefixtures("easily_pleased")
@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    # Each example refines: shrinking one would take minutes.
    phases=[Phase.generate],
)
@given(data=st.data())
def test_locks_and_budget_hold_in_every_reading(engine: MariaEngine, data: st.DataObject) -> None:
    span = st.tuples(st.integers(0, len(TEXT)), st.integers(0, 24)).map(
        lambda drawn: (drawn[0], min(len(TEXT), sum(drawn)))
    )
    locks = tuple(data.draw(st.lists(span, max_size=3)))
    budget = data.draw(st.none() | st.integers(1, 4))
    preset = data.draw(st.sampled_from(["edit", "paper"])) if budget is None else "edit"
    seed = data.draw(st.integers(0, 3))
    result = refine(engine, preset=preset, locks=locks, budget=budget, seed=seed, sweeps=2)
    check_readings(result)
    for reading in result.readings:
        for start, end in locks:
            if start < end:
                assert not any(c.start < end and start < c.end for c in reading.changes)
        changed = sum(len(change.after.split()) for change in reading.changes)
        assert budget is None or changed <= budget
        taken = [change for change in reading.changes if data.draw(st.booleans())]
        text = with_changes(TEXT, taken)
        assert text.startswith(BEFORE)
        assert text.endswith(AFTER)


@pytest.mark.usefixtures("easily_pleased")
def test_each_change_has_its_gain_and_an_identity(engine: MariaEngine) -> None:
    result = refine(engine, strength=1.0)
    assert result.changes
    for reading in result.readings:
        assert all(change.gain is not None and change.gain > 0.2 for change in reading.changes)
        identities = [change.identity for change in reading.changes]
        assert len(set(identities)) == len(identities)
    assert all(change.gain is None for change in refine(engine, preset="paper").changes)


@pytest.mark.usefixtures("easily_pleased")
@pytest.mark.parametrize("preset", ["edit", "paper"])
def test_the_passage_is_scored_before_and_after_every_sweep(
    engine: MariaEngine, preset: str
) -> None:
    result = refine(engine, preset=preset, strength=1.0)
    scores = [result.score, *(reading.score for reading in result.readings)]
    assert all(score is not None and score.flow < 0 for score in scores)
    # A text that came out of refining is scored alike when it comes in.
    again = engine.refine(
        RefineRequest(
            text=result.text,
            start=len(BEFORE),
            end=len(result.text) - len(AFTER),
            preset="edit",
            sweeps=1,
        )
    )
    assert as_numbers(again.score) == pytest.approx(as_numbers(scores[-1]), abs=1e-3)


def as_numbers(score: PassageScore | None) -> tuple[float, float]:
    assert score is not None
    assert score.fit is not None
    return score.flow, score.fit


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
    check_readings(result)
    assert result.changes[-1].start > len(text) / 2
    assert [step.done for step in steps] == list(range(steps[-1].total + 1))
    assert steps[-1].total > 2
    previews = [step.reading for step in steps[1:]]
    assert all(preview is not None for preview in previews)
    assert previews[-1].text == result.text


@pytest.mark.usefixtures("easily_pleased")
def test_the_budget_is_for_the_whole_passage(engine: MariaEngine) -> None:
    text = "the stairs had been lit for the sea, and the wind was low on it. " * 12
    steps: list[Progress] = []
    request = RefineRequest(text=text, strength=1.0, sweeps=1, budget=2)
    result = engine.refine(request, on_progress=steps.append)
    check_readings(result)
    assert steps[-1].total > 1
    previews = [step.reading for step in steps if step.reading is not None]
    for reading in (*result.readings, *previews):
        assert sum(len(change.after.split()) for change in reading.changes) <= 2
    free = engine.refine(replace(request, budget=None))
    gains = sorted(change.gain or 0.0 for change in free.changes)
    assert len(gains) > 4
    assert all((change.gain or 0.0) > gains[len(gains) // 2] for change in result.changes)
    # Every part had changes of its own; the answer has the best of them all.
    found = {change.identity: change.gain for step in previews for change in step.changes}
    assert {change.identity for change in result.changes} == set(
        sorted(found, key=lambda identity: -(found[identity] or 0.0))[:2]
    )


def test_cancelling(engine: MariaEngine) -> None:
    asked = iter([False] * 5)
    with pytest.raises(Cancelled):
        engine.refine(RefineRequest(text=TEXT), cancelled=lambda: next(asked, True))
