"""Tiny random pairs: real architectures, real tokenizer files, a few thousand parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_pairs import save_tiny_pair
from transformers import ModernBertDecoderConfig, ModernBertDecoderForCausalLM

from maria_model.modeling import MariaForMaskedInfilling
from maria_model.vocabulary import load_tokenizer


@pytest.fixture(scope="session")
def tiny_backbone_dirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of a tiny OLMo and a tiny ModernBERT that share a byte-level BPE tokenizer."""
    return save_tiny_pair(tmp_path_factory.mktemp("pair"), seed=0)


@pytest.fixture(scope="session")
def tiny_model_dir(
    tiny_backbone_dirs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A self-contained MARIA folder of the tiny pair, its head moved off the product start."""
    model = MariaForMaskedInfilling.from_backbones_pretrained(*tiny_backbone_dirs, name="Tiny")
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.05)
    model.config.trained_head = True
    folder = tmp_path_factory.mktemp("tiny_model")
    model.save_pretrained(folder, self_contained=True)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_model_dir: Path) -> MariaForMaskedInfilling:
    """The tiny model, float32, eval mode, on the CPU."""
    return MariaForMaskedInfilling.from_pretrained(tiny_model_dir)


@pytest.fixture(scope="session")
def sliding_model(
    tiny_backbone_dirs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> MariaForMaskedInfilling:
    """The tiny pair with Ettin's kind of causal LM, whose layers see eight pieces at most."""
    causal_dir, masked_dir = tiny_backbone_dirs
    folder = tmp_path_factory.mktemp("decoder")
    tokenizer = load_tokenizer(causal_dir)
    torch.manual_seed(0)
    decoder = ModernBertDecoderForCausalLM(
        ModernBertDecoderConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=128,
            local_attention=16,
            layer_types=["sliding_attention", "full_attention"],
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.mul_(3.0)
    decoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return MariaForMaskedInfilling.from_backbones_pretrained(folder, masked_dir)
