"""The registered pairs: their numbers are those of the real configuration classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    GPT2Config,
    GPTNeoXConfig,
    ModernBertConfig,
    ModernBertDecoderConfig,
    OlmoConfig,
    OlmoeConfig,
    PreTrainedConfig,
    RobertaConfig,
)

from maria_model.adapters import causal_adapter, masked_adapter
from maria_model.downloads_folder import is_commit, is_repository
from maria_model.errors import CheckpointError, ModelNotFoundError
from maria_model.pairs import WEIGHT_BYTES
from maria_model.registered_shapes import check_backbone
from maria_model.registry import BACKBONES, PAIRS, find_pair


def shape(hidden: int, layers: int, heads: int, width: int, rows: int) -> dict[str, int]:
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": width,
        "vocab_size": rows,
    }


OLMO_1B = shape(2048, 16, 16, 8192, 50304)
OLMO_7B = shape(4096, 32, 32, 11008, 50304)
MODERNBERT_LARGE = shape(1024, 28, 16, 2624, 50368)
ETTIN = {
    "17m": shape(256, 7, 4, 384, 50368),
    "32m": shape(384, 10, 6, 576, 50368),
    "68m": shape(512, 19, 8, 768, 50368),
    "150m": shape(768, 22, 12, 1152, 50368),
    "400m": MODERNBERT_LARGE,
    "1b": shape(1792, 28, 28, 3840, 50368),
}
PYTHIA = {
    "160m": shape(768, 12, 12, 3072, 50304),
    "410m": shape(1024, 24, 16, 4096, 50304),
    "1b": shape(2048, 16, 8, 8192, 50304),
    "1.4b": shape(2048, 24, 16, 8192, 50304),
}
ROBERTA = {"max_position_embeddings": 514, "type_vocab_size": 1}
CONFIGURATIONS: dict[str, PreTrainedConfig] = {
    "allenai/OLMo-1B-hf": OlmoConfig(**OLMO_1B, tie_word_embeddings=True),
    "allenai/OLMo-1B-0724-hf": OlmoConfig(**OLMO_1B, max_position_embeddings=4096),
    "allenai/OLMo-7B-hf": OlmoConfig(**OLMO_7B),
    "allenai/OLMoE-1B-7B-0924": OlmoeConfig(**shape(2048, 16, 16, 1024, 50304)),
    "answerdotai/ModernBERT-base": ModernBertConfig(),
    "answerdotai/ModernBERT-large": ModernBertConfig(**MODERNBERT_LARGE),
    "openai-community/gpt2": GPT2Config(),
    "openai-community/gpt2-medium": GPT2Config(n_embd=1024, n_layer=24, n_head=16),
    "FacebookAI/roberta-base": RobertaConfig(**shape(768, 12, 12, 3072, 50265), **ROBERTA),
    "FacebookAI/roberta-large": RobertaConfig(**shape(1024, 24, 16, 4096, 50265), **ROBERTA),
    **{f"EleutherAI/pythia-{size}": GPTNeoXConfig(**numbers) for size, numbers in PYTHIA.items()},
    **{
        f"jhu-clsp/ettin-{role}-{size}": kind(**numbers, max_position_embeddings=7999)
        for size, numbers in ETTIN.items()
        for role, kind in (("decoder", ModernBertDecoderConfig), ("encoder", ModernBertConfig))
    },
}


@pytest.mark.parametrize("repository", BACKBONES)
def test_the_numbers_are_those_of_the_real_shape(repository: str) -> None:
    backbone, config = BACKBONES[repository], CONFIGURATIONS[repository]
    causal = any(pair.causal_lm is backbone for pair in PAIRS.values())
    factory = AutoModelForCausalLM if causal else AutoModelForMaskedLM
    with torch.device("meta"):
        model = factory.from_config(config)
    adapter = causal_adapter(model) if causal else masked_adapter(model)
    assert (backbone.model_type, backbone.layers) == (config.model_type, config.num_hidden_layers)
    assert backbone.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert backbone.hidden_size == adapter.decoder.in_features
    assert backbone.vocab_rows == adapter.decoder.out_features
    assert backbone.context_length == adapter.context_length
    tied = model.get_input_embeddings().weight is adapter.decoder.weight
    assert backbone.tied == tied
    linear = sum(
        module.weight.numel() for module in model.modules() if isinstance(module, torch.nn.Linear)
    )
    rows = backbone.hidden_size * backbone.vocab_rows
    assert backbone.quantizable == (linear - rows > 0.9 * (backbone.parameters - 2 * rows))


@pytest.mark.parametrize("repository", BACKBONES)
def test_a_shape_goes_by_its_own_registered_name_alone(repository: str) -> None:
    config = json.loads(CONFIGURATIONS[repository].to_json_string(use_diff=False))
    path = Path("brought/config.json")
    check_backbone(repository, config, path)
    check_backbone("someone/else", config, path)
    for other in BACKBONES.keys() - {repository}:
        with pytest.raises(CheckpointError, match=rf"^brought/config\.json has \w+=.*{other}"):
            check_backbone(other, config, path)


def test_the_papers_pairs_and_smaller_and_other_ones_have_names() -> None:
    assert {"olmo-1b", "olmo-1b-0724", "olmo-7b", "olmoe", "gpt2", "pythia-1b"} < set(PAIRS)
    assert {f"ettin-{size}" for size in ETTIN} < set(PAIRS)
    assert set(CONFIGURATIONS) == set(BACKBONES)


def test_names_and_revisions_are_well_formed() -> None:
    for pair in PAIRS.values():
        assert not is_repository(pair.name)
        for backbone in pair.backbones:
            assert is_repository(backbone.repository)
            assert backbone.revision is None or is_commit(backbone.revision)


@pytest.mark.parametrize("name", PAIRS)
def test_less_precision_never_asks_for_more_memory(name: str) -> None:
    memory = [find_pair(name).memory(precision) for precision in WEIGHT_BYTES]
    assert memory == sorted(memory, reverse=True)
    assert memory[0] > 4 * sum(backbone.parameters for backbone in find_pair(name).backbones)


def test_an_unknown_pair_is_told_the_known_ones() -> None:
    with pytest.raises(ModelNotFoundError, match=r"No pair named olmo-2b\. Pairs: olmo-1b"):
        find_pair("olmo-2b")
