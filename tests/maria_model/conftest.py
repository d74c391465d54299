"""Tiny random pairs: real architectures, real tokenizer files, a few thousand parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_pairs import save_tiny_pair

from maria_model.modeling import MariaForMaskedInfilling


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
