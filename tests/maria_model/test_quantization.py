"""Weights in fewer bits: nearly the same logits; refused in one line without torchao."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from tiny_families import save_tiny_causal_lm, save_tiny_masked_lm

from maria_model.api import FillRequest
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError, NotSupportedError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model

needs_torchao = pytest.mark.skipif(
    importlib.util.find_spec("torchao") is None, reason="torchao is not installed"
)
# Rows whose length four bits can be packed in.
WIDE = {"hidden_size": 64, "intermediate_size": 128}


@pytest.fixture(scope="module")
def wide_pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("wide")
    return (
        save_tiny_causal_lm(folder / "causal", "olmo", **WIDE),
        save_tiny_masked_lm(folder / "masked", "modernbert", **WIDE),
    )


def load(pair: tuple[Path, Path], weights: str) -> MariaForMaskedInfilling:
    return load_model(causal_lm=pair[0], masked_lm=pair[1], device="cpu", weights=weights)


@torch.no_grad()
def logits_of(model: MariaForMaskedInfilling) -> torch.Tensor:
    pieces = torch.arange(40)[None]
    return model(pieces, pieces % 3 == 0).logits.float()


@needs_torchao
@pytest.mark.parametrize(("weights", "error"), [("int8", 0.2), ("int4", 0.8)])
@pytest.mark.filterwarnings("ignore")
def test_fewer_bits_give_nearly_the_same_logits(
    wide_pair: tuple[Path, Path], weights: str, error: float
) -> None:
    whole, model = logits_of(load(wide_pair, "bfloat16")), load(wide_pair, weights)
    quantized = logits_of(model)
    assert not torch.equal(quantized, whole)
    assert (quantized - whole).std() < error * whole.std()
    assert MariaEngine(model).fill(FillRequest(text="The lamp [MASK] lit.")).blanks


def test_without_torchao_the_remedy_is_named(
    wide_pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)
    with pytest.raises(NotSupportedError, match="pip install 'maria-editor"):
        load(wide_pair, "int8")


def test_bfloat16_is_taken_where_it_is_asked_for(wide_pair: tuple[Path, Path]) -> None:
    assert {p.dtype for p in load(wide_pair, "bfloat16").parameters()} == {torch.bfloat16}
    assert {p.dtype for p in load(wide_pair, "auto").parameters()} == {torch.float32}


def test_unknown_or_contradicting_precisions_are_refused(wide_pair: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigurationError, match="weights='int3': take auto, float32"):
        load(wide_pair, "int3")
    with pytest.raises(ConfigurationError, match="leave out --weights int8"):
        load_model(causal_lm=wide_pair[0], masked_lm=wide_pair[1], exact=True, weights="int8")
