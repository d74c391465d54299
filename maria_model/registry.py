"""The pairs of backbones that MARIA knows by name: where they lie, at which commit, how large.

Plain data, no torch and no network. A revision is a commit that public work was seen to pin to;
where none was seen it is None, and the first download pins what it finds (`downloads`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from maria_model.errors import ModelNotFoundError
from maria_model.pairs import Backbone, Pair


def find_pair(name: str) -> Pair:
    """Return a pair by its name.

    Raises:
        ModelNotFoundError: no pair is called so.
    """
    if name not in PAIRS:
        raise ModelNotFoundError(f"No pair named {name}. Pairs: {', '.join(PAIRS)}.")
    return PAIRS[name]


def find_backbone(repository: str) -> Backbone | None:
    """Return a registered backbone by its repository, None where it is not registered."""
    return BACKBONES.get(repository)


_OLMO_1B = Backbone(
    repository="allenai/OLMo-1B-hf",
    revision="aee7752d9c08ee4775e9b0091426d8410e8f6a89",
    licence="Apache-2.0",
    model_type="olmo",
    layers=16,
    parameters=1_176_764_416,
    hidden_size=2048,
    vocab_rows=50304,
    context_length=2048,
)
_OLMO_1B_0724 = Backbone(
    repository="allenai/OLMo-1B-0724-hf",
    revision="d7cbab742d80589e714b1a2d7f838dcd21cbe143",
    licence="Apache-2.0",
    model_type="olmo",
    layers=16,
    parameters=1_279_787_008,
    hidden_size=2048,
    vocab_rows=50304,
    tied=False,
    context_length=4096,
)
_OLMO_7B = Backbone(
    repository="allenai/OLMo-7B-hf",
    licence="Apache-2.0",
    model_type="olmo",
    layers=32,
    parameters=6_888_095_744,
    hidden_size=4096,
    vocab_rows=50304,
    tied=False,
    context_length=2048,
)
_OLMOE = Backbone(
    repository="allenai/OLMoE-1B-7B-0924",
    revision="6d84c48581ece794365f2b8e9cfb043c68ade9c5",
    licence="Apache-2.0",
    model_type="olmoe",
    layers=16,
    parameters=6_919_161_856,
    hidden_size=2048,
    vocab_rows=50304,
    tied=False,
    context_length=4096,
    stored_bytes=2,
    quantizable=False,
)


def _modernbert(
    size: str, revision: str, *, layers: int, parameters: int, hidden_size: int
) -> Backbone:
    return Backbone(
        repository=f"answerdotai/ModernBERT-{size}",
        revision=revision,
        licence="Apache-2.0",
        model_type="modernbert",
        layers=layers,
        parameters=parameters,
        hidden_size=hidden_size,
        vocab_rows=50368,
        context_length=8192,
    )


def _pythia(
    size: str, revision: str, *, layers: int, parameters: int, hidden_size: int
) -> Backbone:
    return Backbone(
        repository=f"EleutherAI/pythia-{size}",
        revision=revision,
        licence="Apache-2.0",
        model_type="gpt_neox",
        layers=layers,
        parameters=parameters,
        hidden_size=hidden_size,
        vocab_rows=50304,
        tied=False,
        context_length=2048,
        stored_bytes=2,
    )


def _gpt2(name: str, revision: str, *, layers: int, parameters: int, hidden_size: int) -> Backbone:
    return Backbone(
        repository=f"openai-community/{name}",
        revision=revision,
        licence="MIT",
        model_type="gpt2",
        layers=layers,
        parameters=parameters,
        hidden_size=hidden_size,
        vocab_rows=50257,
        context_length=1024,
        quantizable=False,
    )


def _roberta(
    name: str, revision: str, *, layers: int, parameters: int, hidden_size: int
) -> Backbone:
    return Backbone(
        repository=f"FacebookAI/{name}",
        revision=revision,
        licence="MIT",
        model_type="roberta",
        layers=layers,
        parameters=parameters,
        hidden_size=hidden_size,
        vocab_rows=50265,
        context_length=512,
    )


def _ettin(
    size: str,
    causal_revision: str,
    masked_revision: str | None,
    *,
    layers: int,
    parameters: int,
    hidden_size: int,
    note: str,
) -> Pair:
    """Return one size of Ettin, whose encoder and decoder are of one shape."""
    causal_lm, masked_lm = (
        Backbone(
            repository=f"jhu-clsp/ettin-{role}-{size}",
            revision=revision,
            licence="MIT",
            model_type=model_type,
            layers=layers,
            parameters=parameters,
            hidden_size=hidden_size,
            vocab_rows=50368,
            context_length=7999,
        )
        for role, revision, model_type in (
            ("decoder", causal_revision, "modernbert-decoder"),
            ("encoder", masked_revision, "modernbert"),
        )
    )
    return Pair(
        name=f"ettin-{size}",
        title=f"Ettin {size}, decoder and encoder",
        causal_lm=causal_lm,
        masked_lm=masked_lm,
        note=note,
    )


_MODERNBERT_LARGE = _modernbert(
    "large",
    "45bb4654a4d5aaff24dd11d4781fa46d39bf8c13",
    layers=28,
    parameters=395_881_664,
    hidden_size=1024,
)
_MODERNBERT_BASE = _modernbert(
    "base",
    "8949b909ec900327062f0ebf497f51aef5e6f0c8",
    layers=22,
    parameters=149_655_232,
    hidden_size=768,
)
_ALL_PAIRS = (
    Pair(
        name="olmo-1b",
        title="OLMo 1B + ModernBERT-large",
        causal_lm=_OLMO_1B,
        masked_lm=_MODERNBERT_LARGE,
        note="the paper's smaller pair",
    ),
    Pair(
        name="olmo-1b-0724",
        title="OLMo 1B (July 2024) + ModernBERT-large",
        causal_lm=_OLMO_1B_0724,
        masked_lm=_MODERNBERT_LARGE,
        note="as olmo-1b, better trained, reads twice as far",
    ),
    Pair(
        name="olmo-7b",
        title="OLMo 7B + ModernBERT-large",
        causal_lm=_OLMO_7B,
        masked_lm=_MODERNBERT_LARGE,
        note="the paper's larger pair, for a graphics card",
    ),
    Pair(
        name="olmoe",
        title="OLMoE 1B-7B + ModernBERT-large",
        causal_lm=_OLMOE,
        masked_lm=_MODERNBERT_LARGE,
        note="memory of a 7B, speed of a 1B",
    ),
    # Of the three smallest encoders the main branch holds pickles alone: pinned are the hub's own
    # conversions to safetensors.
    _ettin(
        "17m",
        "728fb5b6b3dc5916aa20829c027143ae8eca4eeb",
        "59c53d9a19ee484b200676d55e4ae240528b2bb9",
        layers=7,
        parameters=16_913_600,
        hidden_size=256,
        note="for any computer",
    ),
    _ettin(
        "32m",
        "a6ba5b89e2d8a5b71c819ac6c47ba81423019d3e",
        "27b98f697261919d35f3f995fee5c690921e5404",
        layers=10,
        parameters=32_081_344,
        hidden_size=384,
        note="for any computer",
    ),
    _ettin(
        "68m",
        "5d704138dd3e12a32ca7a357d25b09c618a9fb02",
        "d446589aef55657267b913c9bcce6c98b69061c7",
        layers=19,
        parameters=68_457_664,
        hidden_size=512,
        note="for any computer",
    ),
    _ettin(
        "150m",
        "b099375cba8b9045a87a9e6ede0b7ab32fd2f571",
        "45d08642849e5c5701b162671ac811b7654bfd9f",
        layers=22,
        parameters=149_655_232,
        hidden_size=768,
        note="for a laptop",
    ),
    _ettin(
        "400m",
        "ac53c21d2e9284ec150975cfc68f4e09a9c6afa6",
        "7662476d60abb071a5bd319c9f3074f3072c062d",
        layers=28,
        parameters=395_881_664,
        hidden_size=1024,
        note="for a good laptop or a graphics card",
    ),
    _ettin(
        "1b",
        "7a839081bb4c6f7e10cfb6334f6d9e1e1a76a980",
        None,
        layers=28,
        parameters=1_031_314_112,
        hidden_size=1792,
        note="for a graphics card",
    ),
    Pair(
        name="pythia-160m",
        title="Pythia 160M + ModernBERT-base",
        causal_lm=_pythia(
            "160m",
            "50f5173d932e8e61f858120bcb800b97af589f46",
            layers=12,
            parameters=162_322_944,
            hidden_size=768,
        ),
        masked_lm=_MODERNBERT_BASE,
        note="for a laptop",
    ),
    Pair(
        name="pythia-410m",
        title="Pythia 410M + ModernBERT-base",
        causal_lm=_pythia(
            "410m",
            "9879c9b5f8bea9051dcb0e68dff21493d67e9d4f",
            layers=24,
            parameters=405_334_016,
            hidden_size=1024,
        ),
        masked_lm=_MODERNBERT_BASE,
        note="for a laptop",
    ),
    Pair(
        name="pythia-1b",
        title="Pythia 1B + ModernBERT-large",
        causal_lm=_pythia(
            "1b",
            "f73d7dcc545c8bd326d8559c8ef84ffe92fea6b2",
            layers=16,
            parameters=1_011_781_632,
            hidden_size=2048,
        ),
        masked_lm=_MODERNBERT_LARGE,
        note="for a good laptop or a graphics card",
    ),
    Pair(
        name="pythia-1.4b",
        title="Pythia 1.4B + ModernBERT-large",
        causal_lm=_pythia(
            "1.4b",
            "fedc38a16eea3bd36a96b906d78d11d2ce18ed79",
            layers=24,
            parameters=1_414_647_808,
            hidden_size=2048,
        ),
        masked_lm=_MODERNBERT_LARGE,
        note="for a graphics card",
    ),
    Pair(
        name="gpt2",
        title="GPT-2 + RoBERTa-base",
        causal_lm=_gpt2(
            "gpt2",
            "607a30d783dfa663caf39e06633721c8d4cfcd7e",
            layers=12,
            parameters=124_439_808,
            hidden_size=768,
        ),
        masked_lm=_roberta(
            "roberta-base",
            "e2da8e2f811d1448a5b465c236feacd80ffbac7b",
            layers=12,
            parameters=124_697_433,
            hidden_size=768,
        ),
        note="older, reads 512 tokens at a time",
    ),
    Pair(
        name="gpt2-medium",
        title="GPT-2 medium + RoBERTa-large",
        causal_lm=_gpt2(
            "gpt2-medium",
            "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
            layers=24,
            parameters=354_823_168,
            hidden_size=1024,
        ),
        masked_lm=_roberta(
            "roberta-large",
            "722cf37b1afa9454edce342e7895e588b6ff1d59",
            layers=24,
            parameters=355_412_057,
            hidden_size=1024,
        ),
        note="older, reads 512 tokens at a time",
    ),
)
PAIRS: Mapping[str, Pair] = MappingProxyType({pair.name: pair for pair in _ALL_PAIRS})
BACKBONES: Mapping[str, Backbone] = MappingProxyType(
    {backbone.repository: backbone for pair in _ALL_PAIRS for backbone in pair.backbones}
)
