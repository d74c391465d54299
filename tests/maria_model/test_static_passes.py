"""Reading on a cache of fixed shape: what the dynamic one gives, whatever is read and forgotten."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_reading import FAMILIES, FULL_ATTENTION, play, save_families
from random_windows import random_options, random_window
from torch import Tensor

from maria_model import device, static_passes
from maria_model.api import (
    Cancelled,
    FillRequest,
    GenerateRequest,
    Progress,
    RefineRequest,
    SamplingOptions,
    ScoreRequest,
)
from maria_model.cache_kinds import kind_of
from maria_model.causal_past import StaticPast, open_past
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.engine import MariaEngine
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.pass_costs import PassCosts
from maria_model.speculation import infill_speculatively
from maria_model.static_passes import StaticPasses, compile_step, pass_widths, prepare

TEXT = "The lamp had been [MASK] every evening for a [MASK:2] years, and [MASK] did not [MASK]."


@pytest.fixture(scope="module")
def family_models(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, MariaForMaskedInfilling]:
    """A tiny model of every family, float32."""
    return save_families(tmp_path_factory.mktemp("families"))


@pytest.fixture
def small_shapes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """So small that tiny contexts have chunks, and caches that are exchanged for longer ones."""
    static_passes._passes.cache_clear()
    monkeypatch.setattr(static_passes, "WIDTHS", (1, 4, 16))
    monkeypatch.setattr(static_passes, "CAPACITIES", (20, 64))
    yield
    static_passes._passes.cache_clear()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(FULL_ATTENTION))
def test_states_are_those_of_the_dynamic_cache(
    small_shapes: None,
    family_models: dict[str, MariaForMaskedInfilling],
    seed: int,
    name: str,
) -> None:
    model = family_models[name]
    pairs = zip(play(model, seed, "dynamic"), play(model, seed, "static"), strict=True)
    for dynamic, static in pairs:
        torch.testing.assert_close(static, dynamic, atol=1e-5, rtol=1e-5)


def test_padding_lands_where_nothing_looks(
    small_shapes: None, tiny_model: MariaForMaskedInfilling
) -> None:
    """Whatever stands first: padding is token 0 at position 0, as a start token may be."""
    model = tiny_model.float()
    model.cache_kind = "static"
    passes = StaticPasses.of(model)
    assert passes is not None
    static = StaticPast(passes)
    model.cache_kind = "dynamic"
    dynamic = open_past(model)
    for ids in ([7, 9], [11, 12, 13], [5]):
        expected, found = (past.read(torch.tensor(ids)) for past in (dynamic, static))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(FAMILIES))
def test_states_are_those_of_a_reader_that_never_forgot(
    family_models: dict[str, MariaForMaskedInfilling], seed: int, name: str
) -> None:
    """On the dynamic cache too, which sliding windows would not let be rolled back twice."""
    model = family_models[name]
    draw, reader = random.Random(seed), CausalReader(model, PassCounts())
    read: list[int] = []
    for _ in range(4):
        del read[draw.randint(0, len(read)) :]
        reader.rewind_to(len(read))
        new = [draw.randrange(len(model.vocabulary)) for _ in range(draw.choice([1, 3, 25]))]
        states = reader.read(new)[-1]
        read += new
        fresh = CausalReader(model, PassCounts()).read(read)[-1]
        torch.testing.assert_close(states, fresh, atol=1e-5, rtol=1e-5)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), block=st.sampled_from([None, 1, 5, 10**9]))
def test_fills_and_their_passes_keep_what_is_promised(
    small_shapes: None, tiny_model: MariaForMaskedInfilling, seed: int, block: int | None
) -> None:
    model = tiny_model.double()
    window, options = random_window(model, seed), random_options(seed)
    answers, passes = [], []
    for kind in ("dynamic", "static"):
        model.cache_kind = kind
        static_passes._passes.cache_clear()
        for fill in (infill, infill_speculatively):
            counts = PassCounts()
            extra: dict[str, Any] = {} if fill is infill else {"block": block}
            settled = fill(model, window, options=options, counts=counts, **extra)
            answers.append([slot.choice.piece for slot in settled])
            passes.append(counts.ar)
    model.cache_kind = "dynamic"
    tiny_model.float()
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert passes[3] <= passes[2]


def engine_answers(engine: MariaEngine) -> list[Any]:
    """Every word that a few requests of each kind are answered with."""
    answers: list[Any] = []
    for text in (TEXT, TEXT.replace("every", "each"), "A [MASK:auto] lamp; " + TEXT):
        for temperature in (0.0, 0.8):
            sampling = SamplingOptions(temperature=temperature, seed=3)
            filled = engine.fill(FillRequest(text=text, num_hypotheses=3, sampling=sampling))
            answers += [hypothesis.fills for hypothesis in filled.hypotheses]
    plain = TEXT.replace("[MASK]", "lit").replace("[MASK:2]", "two")
    answers.append(engine.refine(RefineRequest(text=plain, seed=1)).text)
    answers.append(engine.generate(GenerateRequest(num_tokens=20, sweeps=1)).text)
    scored = engine.score(ScoreRequest(text=plain)).words
    return [*answers, [round(word.logprob, 6) for word in scored]]


def test_the_engine_answers_the_same_and_says_what_it_read_on(
    small_shapes: None, tiny_model_dir: Path
) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir, dtype=torch.float64)
    dynamic = engine_answers(MariaEngine(model))
    model.cache_kind = "static"
    assert engine_answers(MariaEngine(model)) == dynamic
    assert MariaEngine(model).fill(FillRequest(text=TEXT)).stats.cache == "static"


def test_windows_keep_the_dynamic_cache_and_the_stats_say_so(
    sliding_model: MariaForMaskedInfilling,
) -> None:
    sliding_model.cache_kind = "compiled"
    try:
        assert kind_of(sliding_model) == "dynamic"
        assert list(prepare(sliding_model)) == []
        answer = MariaEngine(sliding_model.float()).fill(FillRequest(text=TEXT))
        assert answer.stats.cache == "dynamic"
    finally:
        sliding_model.cache_kind = "dynamic"


@pytest.fixture
def counting_backend() -> Iterator[tuple[Callable[..., Any], list[tuple[int, ...]]]]:
    """A backend for `torch.compile` that only traces, and the widths that it was asked for."""
    from torch._dynamo.backends.registry import lookup_backend

    torch._dynamo.reset()
    traced: list[tuple[int, ...]] = []
    aot = lookup_backend("aot_eager")

    def backend(graph: torch.fx.GraphModule, inputs: Sequence[Any]) -> Any:
        layout = next(one for one in inputs if one.ndim == 2 and one.dtype == torch.long)
        traced.append(tuple(layout.shape))
        return aot(graph, inputs)

    yield backend, traced
    torch._dynamo.reset()


def test_compiled_passes_read_alike_and_are_compiled_once_for_each_shape(
    small_shapes: None,
    tiny_model: MariaForMaskedInfilling,
    counting_backend: tuple[Callable[..., Any], list[tuple[int, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend, traced = counting_backend
    monkeypatch.setattr(
        static_passes, "compile_step", lambda device: compile_step(device, backend=backend)
    )
    tiny_model.cache_kind = "compiled"
    try:
        shapes = 3 * len(static_passes.capacities(tiny_model.context_length))
        ready = list(prepare(tiny_model))
        assert ready == [(number, shapes) for number in range(1, shapes + 1)]
        assert len(traced) == shapes
        for seed in range(12):
            dynamic = play(tiny_model, seed, "dynamic")
            compiled = play(tiny_model, seed, "compiled")
            for one, other in zip(compiled, dynamic, strict=True):
                torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
        # Not one more for other texts, other readers or other caches.
        assert len(traced) == shapes
    finally:
        tiny_model.cache_kind = "dynamic"


def test_shapes_are_loading_steps_and_loading_can_be_stopped_between_them(
    small_shapes: None,
    tiny_model_dir: Path,
    counting_backend: tuple[Callable[..., Any], list[tuple[int, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend, traced = counting_backend
    monkeypatch.setattr(
        static_passes, "compile_step", lambda device: compile_step(device, backend=backend)
    )
    monkeypatch.setattr(device, "cache_kind", lambda target, *, exact: "compiled")
    monkeypatch.setattr(static_passes, "CAPACITIES", ())
    steps: list[Progress] = []
    engine = MariaEngine.load(tiny_model_dir, device="cpu", on_progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [
        *[(0, 2), (1, 2)],
        *[(2, 5), (3, 5), (4, 5), (5, 5)],
    ]
    assert engine.fill(FillRequest(text=TEXT)).stats.cache == "compiled"
    assert len(traced) == 3
    steps.clear()
    with pytest.raises(Cancelled):
        MariaEngine.load(
            tiny_model_dir,
            device="cpu",
            on_progress=steps.append,
            cancelled=lambda: steps[-1].done == 2,
        )
    assert [(step.done, step.total) for step in steps] == [(0, 2), (1, 2), (2, 5)]


def test_what_cannot_be_compiled_reads_on_the_dynamic_cache(
    small_shapes: None,
    tiny_model: MariaForMaskedInfilling,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def no_compiler(graph: torch.fx.GraphModule, inputs: Sequence[Any]) -> Any:
        raise RuntimeError("no compiler here")

    torch._dynamo.reset()
    monkeypatch.setattr(
        static_passes, "compile_step", lambda device: compile_step(device, backend=no_compiler)
    )
    tiny_model.cache_kind = "compiled"
    assert list(prepare(tiny_model)) == []
    assert tiny_model.cache_kind == "dynamic"
    assert "not compiled" in caplog.text
    torch._dynamo.reset()


@pytest.mark.parametrize("is_full", [True, False])
def test_what_cannot_be_replayed_does_neither_but_a_full_card_is_told(
    tiny_model: MariaForMaskedInfilling, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    error = torch.OutOfMemoryError("full") if is_full else RuntimeError("CUDA error: not permitted")

    def read(*_: object, **__: object) -> Tensor:
        raise error

    monkeypatch.setattr(StaticPasses, "read", read)
    monkeypatch.setattr(tiny_model, "cache_kind", "compiled")
    if is_full:
        with pytest.raises(torch.OutOfMemoryError):
            list(prepare(tiny_model))
    else:
        assert list(prepare(tiny_model)) == []
        assert tiny_model.cache_kind == "dynamic"


def test_caches_are_lent_again(small_shapes: None, tiny_model: MariaForMaskedInfilling) -> None:
    passes = StaticPasses(tiny_model)
    first = StaticPast(passes)
    first.read(torch.arange(5))
    short = first._buffers
    # Longer than the shortest: exchanged, and the short one is free again.
    first.read(torch.arange(30))
    second, third = StaticPast(passes), StaticPast(passes)
    assert second._buffers is short
    assert third._buffers is not short
    long = first._buffers
    del first
    third.read(torch.arange(25))
    assert third._buffers is long


def test_more_than_any_cache_holds_is_refused(tiny_model: MariaForMaskedInfilling) -> None:
    passes = StaticPasses(tiny_model)
    with pytest.raises(ValueError, match="longest cache holds 383"):
        passes.borrow(384)


def test_widths_of_passes_cover_what_is_read() -> None:
    assert [pass_widths(count) for count in (1, 2, 4, 5, 64, 65, 256)] == [
        [1],
        [4],
        [4],
        [16],
        [64],
        [256],
        [256],
    ]
    assert pass_widths(513) == [256, 256, 1]


def test_padded_passes_cost_what_their_padding_costs() -> None:
    costs = PassCosts(free_width=64, is_padded=True)
    assert [costs.of_width(width) for width in (1, 17, 64, 257)] == [
        1 + 1 / 64,
        2.0,
        2.0,
        5.0 + 1 + 1 / 64,
    ]


def test_the_costs_are_measured_anew_on_another_cache(
    small_shapes: None, tiny_model: MariaForMaskedInfilling
) -> None:
    assert not PassCosts.of(tiny_model).is_padded
    tiny_model.cache_kind = "static"
    try:
        assert PassCosts.of(tiny_model).is_padded
    finally:
        tiny_model.cache_kind = "dynamic"
