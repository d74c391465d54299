"""Makes a tiny pair and text for it, so that a head training can be tried anywhere in a minute.

    python -m training.head.toy_pair .build/debug

leaves `causal/`, `masked/` and `text.jsonl` in the folder. The backbones learn a little first: from
random weights no head would have anything to say.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

from training.backbones import build_causal_lm, build_masked_lm
from training.corpus import iter_documents
from training.tokenizer_files import save_tokenizer_files
from training.toy_corpus import write_toy_corpus
from training.train_tokenizer import EOS_TOKEN, special_token_id, train_tokenizer

_LENGTH = 64


def make_toy_pair(folder: Path, *, documents: int = 400, steps: int = 200, seed: int = 0) -> None:
    """Write `causal/`, `masked/` and `text.jsonl` into `folder`."""
    torch.manual_seed(seed)
    corpus = write_toy_corpus(folder / "corpus", documents=documents, seed=seed)
    texts = [document.text for document in iter_documents(corpus.parent)]
    tokenizer = train_tokenizer(iter(texts), vocab_size=600)
    causal_lm = build_causal_lm(
        tokenizer,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=128,
    )
    _teach(causal_lm, _windows(texts, tokenizer), steps=steps)
    masked_lm = build_masked_lm(tokenizer, causal_lm)
    for name, model in (("causal", causal_lm), ("masked", masked_lm)):
        model.save_pretrained(folder / name)
        save_tokenizer_files(tokenizer, name, folder / name)
    rows = (json.dumps({"text": text}) + "\n" for text in texts)
    (folder / "text.jsonl").write_text("".join(rows), encoding="utf-8")


def _windows(texts: list[str], tokenizer: Tokenizer) -> torch.Tensor:
    end = special_token_id(tokenizer, EOS_TOKEN)
    ids = [token for text in texts for token in (*tokenizer.encode(text).ids, end)]
    return torch.tensor(ids[: len(ids) // _LENGTH * _LENGTH]).view(-1, _LENGTH)


def _teach(model: torch.nn.Module, windows: torch.Tensor, *, steps: int) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(steps):
        rows = windows[torch.arange(step * 8, step * 8 + 8) % len(windows)]
        model(input_ids=rows, labels=rows).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def main() -> None:
    """Make the pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    make_toy_pair(arguments.folder)
    print(arguments.folder)


if __name__ == "__main__":
    main()
