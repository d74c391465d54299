"""Compiled passes on a graphics card; skipped where there is none (`benchmarks/cuda_plan.sh`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from random_reading import FULL_ATTENTION, play
from random_windows import random_options, random_window
from test_adapters import save_pair
from test_static_passes import TEXT

from maria_model import static_passes
from maria_model.api import FillRequest, Progress
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.device import cache_kind, check_memory, free_memory
from maria_model.engine import MariaEngine
from maria_model.errors import OutOfMemoryError
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.speculation import infill_speculatively
from maria_model.static_passes import StaticPasses, prepare

DEVICE = torch.device("cuda")
pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics card"),
    # Compilers say much that is no fault of this program.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(autouse=True)
def few_shapes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two widths on one size of cache: each shape takes seconds to compile."""
    static_passes._passes.cache_clear()
    torch._dynamo.reset()
    monkeypatch.setattr(static_passes, "WIDTHS", (1, 16))
    monkeypatch.setattr(static_passes, "CAPACITIES", ())
    yield
    static_passes._passes.cache_clear()
    torch._dynamo.reset()


@pytest.fixture
def card_model(tiny_model_dir: Path) -> MariaForMaskedInfilling:
    """The tiny model in float64, where a choice cannot turn on how a sum was rounded."""
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir, dtype=torch.float64).to(DEVICE)
    model.cache_kind = "compiled"
    return model


def test_the_card_compiles() -> None:
    assert cache_kind(DEVICE) == "compiled"
    assert cache_kind(DEVICE, exact=True) == "dynamic"


@pytest.mark.parametrize("name", FULL_ATTENTION)
def test_states_are_those_of_the_dynamic_cache(name: str, tmp_path: Path) -> None:
    model = MariaForMaskedInfilling.from_backbones_pretrained(*save_pair(tmp_path, name)).to(DEVICE)
    model.cache_kind = "compiled"
    assert list(prepare(model))
    assert model.cache_kind == "compiled"
    for seed in range(20):
        pairs = zip(play(model, seed, "dynamic"), play(model, seed, "compiled"), strict=True)
        for dynamic, compiled in pairs:
            torch.testing.assert_close(compiled, dynamic, atol=1e-4, rtol=1e-4)


def test_pieces_are_algorithm_1s_on_either_cache(card_model: MariaForMaskedInfilling) -> None:
    list(prepare(card_model))
    for seed in range(30):
        window, options = random_window(card_model, seed), random_options(seed)
        answers = []
        for kind in ("dynamic", "compiled"):
            card_model.cache_kind = kind
            for fill in (infill, infill_speculatively):
                settled = fill(card_model, window, options=options)
                answers.append([slot.choice.piece for slot in settled])
        assert answers[1:] == answers[:-1]


def test_every_shape_is_one_graph_and_none_is_refused(card_model: MariaForMaskedInfilling) -> None:
    from torch._dynamo.utils import counters

    counters.clear()
    shapes = list(prepare(card_model))
    assert counters["stats"]["unique_graphs"] == len(shapes) == 2
    # Two readers at once, and more after them: other caches are recorded, nothing is compiled.
    readers = [CausalReader(card_model, PassCounts()) for _ in range(3)]
    for _ in range(4):
        for reader in readers:
            reader.read([5, 6, 7])
    assert counters["stats"]["unique_graphs"] == 2
    assert counters["inductor"]["cudagraph_skips"] == 0


def test_kept_states_are_not_written_over(card_model: MariaForMaskedInfilling) -> None:
    list(prepare(card_model))
    reader = CausalReader(card_model, PassCounts())
    first = reader.read([5, 6, 7])
    kept = first.clone()
    for piece in range(20):
        reader.read([piece])
    torch.testing.assert_close(first, kept, atol=0, rtol=0)
    torch.testing.assert_close(reader.state(3), kept[-1], atol=0, rtol=0)


def test_replaying_asks_for_no_more_memory(card_model: MariaForMaskedInfilling) -> None:
    list(prepare(card_model))
    passes = StaticPasses.of(card_model)
    assert passes is not None
    buffers, ids = passes.borrow(40), torch.arange(16)
    passes.read(buffers, ids, past=0, lengths=[16])
    before = torch.cuda.memory_allocated(DEVICE)
    for past in range(20):
        passes.read(buffers, ids, past=past, lengths=[16])
    assert torch.cuda.memory_allocated(DEVICE) == before


def test_the_engine_compiles_while_it_loads_and_says_so(tiny_model_dir: Path) -> None:
    steps: list[Progress] = []
    engine = MariaEngine.load(tiny_model_dir, device="cuda", on_progress=steps.append)
    assert [step.done for step in steps] == [0, 1, 2, 3, 4]
    assert (engine.info.device, engine._model.head.causal.dtype) == ("cuda", torch.bfloat16)
    answer = engine.fill(FillRequest(text=TEXT))
    assert answer.stats.cache == "compiled"
    assert "[MASK" not in answer.text
    exact = MariaEngine.load(tiny_model_dir, device="cuda", exact=True)
    assert exact.fill(FillRequest(text=TEXT)).stats.cache == "dynamic"


def test_what_the_card_cannot_hold_is_refused() -> None:
    free = free_memory(DEVICE)
    assert free is not None
    with pytest.raises(OutOfMemoryError, match="graphics card"):
        check_memory(DEVICE, free, torch.float32)
    check_memory(DEVICE, free // 8, torch.float32)
