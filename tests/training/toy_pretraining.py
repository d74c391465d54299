"""A toy tokenizer with its token files, and a training over them that takes a second."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from training.build_data import build_data
from training.pretrain import PretrainConfig
from training.toy_corpus import write_toy_corpus
from training.train_tokenizer import train_tokenizer


def write_toy_data(folder: Path) -> Path:
    """Write `tokenizer.json` and `data/` into `folder`."""
    corpus = write_toy_corpus(folder / "corpus", documents=700)
    tokenizer = train_tokenizer(iter([corpus.read_text()]), vocab_size=400)
    tokenizer.save(str(folder / "tokenizer.json"))
    build_data(corpus.parent, tokenizer=tokenizer, output_dir=folder / "data")
    return folder


def tiny_config(toy: Path, output: Path, **changes: object) -> PretrainConfig:
    config = PretrainConfig(
        objective="causal",
        data_dir=toy / "data",
        tokenizer=toy / "tokenizer.json",
        output_dir=output,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        sequence_length=64,
        initial_sequence_length=32,
        tokens_per_step=256,
        max_steps=12,
        max_minutes=1e6,
        compile=False,
    )
    return dataclasses.replace(config, **changes)  # type: ignore[arg-type]
