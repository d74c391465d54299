"""Passes of our own: the library's states, whatever is read and forgotten."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_reading import FAMILIES, play, save_families
from torch import nn

from maria_model import causal_past, direct_passes
from maria_model.api import FillRequest
from maria_model.cache_kinds import kind_of
from maria_model.causal_past import DirectPast, open_past
from maria_model.engine import MariaEngine
from maria_model.modeling import MariaForMaskedInfilling

TEXT = "The lamp had been [MASK] every evening for a [MASK:2] years, and [MASK] did not [MASK]."


@pytest.fixture(scope="module")
def family_models(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, MariaForMaskedInfilling]:
    """A tiny model of every family, float32."""
    return save_families(tmp_path_factory.mktemp("direct"))


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few rows at first that tiny contexts outgrow them."""
    monkeypatch.setattr(causal_past, "_FIRST_ROWS", 4)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_states_are_those_of_the_library(
    few_rows: None, family_models: dict[str, MariaForMaskedInfilling], seed: int
) -> None:
    model = family_models["olmo clipped"]
    pairs = zip(play(model, seed, "dynamic"), play(model, seed, "direct"), strict=True)
    for library, own in pairs:
        torch.testing.assert_close(own, library, atol=1e-5, rtol=1e-5)


def test_bfloat16_rounds_where_the_library_does(tiny_model: MariaForMaskedInfilling) -> None:
    model = tiny_model.to(torch.bfloat16)
    direct_passes._passes.cache_clear()
    library, own = play(model, 3, "dynamic"), play(model, 3, "direct")
    for expected, found in zip(library, own, strict=True):
        assert found.dtype == torch.bfloat16
        torch.testing.assert_close(found.float(), expected.float(), atol=0.05, rtol=0.05)


def test_continuations_may_reach_behind_the_context(tiny_model: MariaForMaskedInfilling) -> None:
    model = tiny_model.float()
    direct_passes._passes.cache_clear()
    states = {}
    for kind in ("dynamic", "direct"):
        model.cache_kind = kind
        past = open_past(model)
        past.read(torch.arange(model.context_length - 1) % 50)
        states[kind] = past.read_aside(torch.arange(8), [3, 5])
    torch.testing.assert_close(states["direct"], states["dynamic"], atol=1e-5, rtol=1e-5)


def test_words_are_those_of_the_library(tiny_model: MariaForMaskedInfilling) -> None:
    model = tiny_model.float()
    direct_passes._passes.cache_clear()
    answers = {}
    for kind in ("dynamic", "direct"):
        model.cache_kind = kind
        answer = MariaEngine(model).fill(FillRequest(text=TEXT))
        assert answer.stats.cache == kind
        answers[kind] = answer.text
    assert answers["direct"] == answers["dynamic"]


def test_only_a_small_plain_olmo_is_written_out(
    family_models: dict[str, MariaForMaskedInfilling], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FAMILIES:
        model = family_models[name]
        model.cache_kind = "direct"
        assert kind_of(model) == ("direct" if name == "olmo clipped" else "dynamic"), name
        assert isinstance(open_past(model), DirectPast) == (name == "olmo clipped")
        model.cache_kind = "dynamic"
    olmo = family_models["olmo clipped"]
    monkeypatch.setattr(direct_passes, "_MOST_COPIED_BYTES", 1000)
    assert not direct_passes.suits(olmo)


def test_quantized_weights_are_left_to_the_library(tiny_model: MariaForMaskedInfilling) -> None:
    class Quantized(nn.Parameter):
        """Stands for torchao's tensors, which are parameters of a class of their own."""

    layer = tiny_model.model.causal_lm.model.layers[0]
    layer.mlp.up_proj.weight = Quantized(layer.mlp.up_proj.weight.detach())
    assert not direct_passes.suits(tiny_model)
