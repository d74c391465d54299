"""The engine's public face: fills, candidates, progress, cancelling, refusals, determinism."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maria_model.api import (
    BlankResult,
    Cancelled,
    FillRequest,
    FillResult,
    GenerateRequest,
    Progress,
    RefineRequest,
    SamplingOptions,
)
from maria_model.blanks import find_blanks
from maria_model.engine import MariaEngine
from maria_model.errors import (
    BlankSyntaxError,
    ConfigurationError,
    ContextLengthError,
    ModelNotFoundError,
    NoBlankError,
    OutOfMemoryError,
)
from maria_model.modeling import MariaForMaskedInfilling

TEXT = "The [MASK] had been lit [MASK] evening.\r\nIt’s “[MASK:2],” she said. 😀"


@pytest.fixture(scope="module")
def engine(tiny_model: MariaForMaskedInfilling) -> MariaEngine:
    return MariaEngine(tiny_model)


def fill(engine: MariaEngine, text: str, **options: float) -> FillResult:
    return engine.fill(FillRequest(text=text, sampling=SamplingOptions(**options)))  # type: ignore[arg-type]


def assert_only_blanks_changed(result: FillResult, text: str) -> None:
    position, rebuilt = 0, ""
    for blank in result.blanks:
        rebuilt += text[position : blank.start] + blank.fill
        position = blank.end
    assert rebuilt + text[position:] == result.text


def test_fill(engine: MariaEngine) -> None:
    result = engine.fill(FillRequest(text=TEXT, revision=7))
    assert [(b.start, b.end) for b in result.blanks] == [
        (b.start, b.end) for b in find_blanks(TEXT)
    ]
    assert_only_blanks_changed(result, TEXT)
    assert find_blanks(result.text) == ()
    assert [len(b.fill.split()) for b in result.blanks] == [1, 1, 2]
    assert result.revision == 7
    (hypothesis,) = result.hypotheses
    assert hypothesis.fills == tuple(b.fill for b in result.blanks)
    assert hypothesis.logprob == pytest.approx(sum(b.logprob for b in result.blanks))
    assert result.stats.words == 4
    assert result.stats.tokens >= 4
    assert pickle.loads(pickle.dumps(result)) == result


def test_same_seed_same_text(engine: MariaEngine) -> None:
    again = [fill(engine, TEXT * 3, temperature=1.0, seed=s).text for s in (1, 1, 2)]
    assert again[0] == again[1] != again[2]
    assert fill(engine, TEXT, seed=1).text == fill(engine, TEXT, seed=2).text


def test_candidates_are_five_different_words_with_the_greedy_fill_first(
    engine: MariaEngine,
) -> None:
    for blank in fill(engine, "The [MASK] had been [MASK] every evening.").blanks:
        words = [candidate.text.casefold() for candidate in blank.candidates]
        assert len(set(words)) == 5
        assert blank.candidates[0].text == blank.fill
        short = [c.logprob for c in blank.candidates[1:]]
        assert short == sorted(short, reverse=True)


def test_a_longer_blank_has_its_fill_as_candidate(engine: MariaEngine) -> None:
    (blank,) = fill(engine, "The [MASK:3] had been lit.").blanks
    assert [(c.text, c.logprob) for c in blank.candidates] == [(blank.fill, blank.logprob)]


def test_some_blanks_only(engine: MariaEngine) -> None:
    result = engine.fill(FillRequest(text=TEXT, blanks=(1,)))
    assert [blank.index for blank in result.blanks] == [1]
    assert_only_blanks_changed(result, TEXT)
    assert len(find_blanks(result.text)) == 2


def test_a_wrong_blank_elsewhere_does_not_stop_a_right_one(engine: MariaEngine) -> None:
    text = "The [MASK:0] lamp and the [MASK] sea and [MASK:auto]."
    assert_only_blanks_changed(engine.fill(FillRequest(text=text, blanks=(1,))), text)


@pytest.mark.parametrize(
    "text",
    ["[MASK]", "[MASK] lamp", "The [MASK]", "[MASK][MASK][MASK]", "[MASK] [MASK]", "the\n[MASK]\n"],
)
def test_blanks_at_the_edges(engine: MariaEngine, text: str) -> None:
    result = fill(engine, text)
    assert_only_blanks_changed(result, text)
    assert len(result.text.split()) == len(text.replace("][", "] [").split())


def test_a_hundred_blanks_over_many_windows(engine: MariaEngine) -> None:
    text = "The lamp of [MASK] and the sea. " * 100
    progress: list[Progress] = []
    result = engine.fill(FillRequest(text=text), on_progress=progress.append)
    assert len(result.blanks) == 100
    assert find_blanks(result.text) == ()
    assert_only_blanks_changed(result, text)
    assert [(p.done, p.total) for p in progress] == [(n, 100) for n in range(1, 101)]
    assert [p.blank for p in progress] == list(result.blanks)


def test_passes_are_counted(engine: MariaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = {"ar": 0, "mlm": 0}
    model = engine._model.model
    causal_states, masked_states = model.causal_states, model.masked_states

    def counting_causal(*args: object, **kwargs: object) -> torch.Tensor:
        passes["ar"] += 1
        return causal_states(*args, **kwargs)

    def counting_masked(*args: object, **kwargs: object) -> torch.Tensor:
        passes["mlm"] += 1
        return masked_states(*args, **kwargs)

    monkeypatch.setattr(model, "causal_states", counting_causal)
    monkeypatch.setattr(model, "masked_states", counting_masked)
    stats = fill(engine, TEXT).stats
    assert (stats.ar_passes, stats.mlm_passes) == (passes["ar"], passes["mlm"])
    passes.update(ar=0, mlm=0)
    stats = engine.refine(RefineRequest(text=TEXT, strength=1.0)).stats
    assert (stats.ar_passes, stats.mlm_passes) == (passes["ar"], passes["mlm"])


def test_cancelling_keeps_what_was_settled(engine: MariaEngine) -> None:
    settled: list[BlankResult | None] = []
    with pytest.raises(Cancelled) as caught:
        engine.fill(
            FillRequest(text=TEXT),
            on_progress=lambda progress: settled.append(progress.blank),
            cancelled=lambda: len(settled) == 2,
        )
    assert list(caught.value.partial) == settled
    assert len(settled) == 2


@pytest.mark.parametrize("text", ["", "No blank here.", r"\[MASK]"])
def test_no_blank(engine: MariaEngine, text: str) -> None:
    with pytest.raises(NoBlankError, match=r"Mark one with \[MASK\]"):
        fill(engine, text)


def test_refusals(engine: MariaEngine) -> None:
    with pytest.raises(BlankSyntaxError, match="Line 1, column 5"):
        fill(engine, "the [MASK:0]")
    with pytest.raises(ContextLengthError):
        fill(engine, "the [MASK:999]")
    with pytest.raises(ConfigurationError, match="blanks=3"):
        engine.fill(FillRequest(text="[MASK]", blanks=(3,)))
    with pytest.raises(NoBlankError):
        engine.fill(FillRequest(text="[MASK]", blanks=()))
    with pytest.raises(ConfigurationError, match="method"):
        engine.fill(FillRequest(text="[MASK]", method="magic"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
)
def test_a_full_device_is_one_line(
    engine: MariaEngine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def explode(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(engine._model.model, "masked_states", explode)
    with pytest.raises(OutOfMemoryError, match="smaller model"):
        fill(engine, "[MASK]")


def test_other_runtime_errors_are_not_disguised(
    engine: MariaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*args: object, **kwargs: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(engine._model.model, "masked_states", explode)
    with pytest.raises(RuntimeError, match="shapes differ"):
        fill(engine, "[MASK]")


def test_loading_reports_and_can_be_cancelled(tiny_model_dir: Path) -> None:
    steps: list[Progress] = []
    engine = MariaEngine.load(tiny_model_dir, device="cpu", on_progress=steps.append)
    assert [(s.done, s.total, s.stage) for s in steps] == [(n, 2, "loading") for n in range(3)]
    info = engine.info
    assert (info.name, info.device, info.trained_head, info.context_length) == (
        "Tiny",
        "cpu",
        True,
        128,
    )
    assert info.causal_lm.startswith("Olmo, ")
    with pytest.raises(Cancelled):
        MariaEngine.load(tiny_model_dir, cancelled=lambda: True)
    with pytest.raises(ModelNotFoundError):
        MariaEngine.load("no such model")


def test_generate(engine: MariaEngine) -> None:
    request = GenerateRequest(prompt="The lamp ", num_tokens=12, sweeps=3, seed=5)
    result = engine.generate(request)
    assert result.text == engine.generate(request).text
    assert result.text.startswith("The lamp ")
    assert not result.text.startswith("The lamp  ")
    assert len(result.text) > len("The lamp ") + 6
    assert engine.generate(GenerateRequest(num_tokens=12, sweeps=0)).stats.mlm_passes == 0
    with pytest.raises(ContextLengthError):
        engine.generate(GenerateRequest(num_tokens=1000))
    with pytest.raises(ConfigurationError):
        engine.generate(GenerateRequest(num_tokens=0))


hard_text = st.text(st.sampled_from("ab é’“”\r\n\u2029\u00a0\u200f\u0301אב😀.,'\"\\—"), max_size=20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(parts=st.lists(hard_text, min_size=2, max_size=4), seed=st.integers(0, 9))
def test_nothing_outside_a_blank_changes(engine: MariaEngine, parts: list[str], seed: int) -> None:
    text = "[MASK]".join(parts)
    if not find_blanks(text):
        return
    result = fill(engine, text, temperature=1.0, seed=seed)
    assert_only_blanks_changed(result, text)
    for blank in result.blanks:
        assert blank.fill.strip(" ")
        assert "\n" not in blank.fill
