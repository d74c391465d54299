"""A random toy pair and held-out text in a folder, and scripts run as from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from tokenizers import Tokenizer

from maria_model.modeling import MariaForMaskedInfilling
from training.backbones import build_causal_lm, build_masked_lm
from training.build_data import build_data
from training.tokenizer_files import save_tokenizer_files
from training.toy_corpus import write_toy_corpus
from training.train_tokenizer import train_tokenizer


def make_toy_folder(folder: Path) -> Path:
    """Make a random pair in `folder`/model and held-out text in `folder`/data."""
    corpus = write_toy_corpus(folder / "corpus", documents=900)
    tokenizer = train_tokenizer(iter([corpus.read_text()]), vocab_size=380)
    build_data(corpus.parent, tokenizer=tokenizer, output_dir=folder / "data")
    _save_model(tokenizer, folder)
    return folder


def _save_model(tokenizer: Tokenizer, folder: Path) -> None:
    torch.manual_seed(0)
    causal_lm = build_causal_lm(
        tokenizer,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=96,
    )
    with torch.no_grad():
        for parameter in causal_lm.parameters():
            if parameter.ndim == 2:
                parameter.mul_(4.0)
    for role, model in (
        ("causal", causal_lm),
        ("masked", build_masked_lm(tokenizer, causal_lm)),
    ):
        model.save_pretrained(folder / role)
        save_tokenizer_files(tokenizer, role, folder / role)
    pair = MariaForMaskedInfilling.from_backbones_pretrained(folder / "causal", folder / "masked")
    pair.save_pretrained(folder / "model", self_contained=True)


def run(monkeypatch: pytest.MonkeyPatch, script: ModuleType, *arguments: object) -> None:
    """Run a script's main."""
    monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
    script.main()
