"""Bits per byte of one backbone alone on held-out documents, whatever its vocabulary.

The causal LM's of all text; the masked LM's of what is masked, by how it is masked. Knows nothing
of MARIA's head.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor
from transformers import ModernBertForMaskedLM, OlmoForCausalLM

from training.masking import draw_mask, whole_words, word_starts
from training.train_tokenizer import (
    CLS_TOKEN,
    EOS_TOKEN,
    MASK_TOKEN,
    SEP_TOKEN,
    pieces_by_id,
    special_token_id,
)

# How held-out text is masked: rate, and whether words are masked whole.
MASKS = {"0.1": (0.1, False), "0.5": (0.5, False), "0.9": (0.9, False), "words": (0.1, True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Token windows from all over some documents.

    Attributes:
        windows: (T,) ids each.
        sizes: (V,) bytes of each id.
    """

    tokenizer: Tokenizer
    windows: list[Tensor]
    sizes: Tensor


def read_held_out(folder: Path, documents: Path, *, windows: int, length: int) -> HeldOut:
    """Cut the documents of a JSONL file by the tokenizer of a model's folder."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    texts = [json.loads(line)["text"] for line in documents.read_text().splitlines()]
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    parts = [part for found in encodings for part in torch.tensor(found.ids).split(length)]
    return HeldOut(
        tokenizer=tokenizer,
        windows=parts[:: max(1, len(parts) // windows)],
        sizes=torch.tensor([len(piece) for piece in pieces_by_id(tokenizer)]),
    )


@torch.inference_mode()
def causal_bits(folder: Path, documents: Path, *, windows: int) -> float:
    """Return the bits per byte of the causal LM in a folder; every window starts afresh."""
    model = OlmoForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    length = model.config.max_position_embeddings - 2
    text = read_held_out(folder, documents, windows=windows, length=length)
    start = torch.tensor([special_token_id(text.tokenizer, EOS_TOKEN)])
    nats, size = 0.0, 0
    for window in text.windows:
        logits = model(torch.cat([start, window[:-1]])[None]).logits[0]
        nats += float(F.cross_entropy(logits, window, reduction="sum"))
        size += int(text.sizes[window].sum())
    return nats / math.log(2) / size


@torch.inference_mode()
def masked_bits(folder: Path, documents: Path, *, windows: int, seed: int = 0) -> dict[str, float]:
    """Return the bits per byte of masked text of the masked LM in a folder, by `MASKS`."""
    model = ModernBertForMaskedLM.from_pretrained(folder, dtype=torch.float32).eval()
    length = model.config.max_position_embeddings - 2
    text = read_held_out(folder, documents, windows=windows, length=length)
    starts = word_starts(text.tokenizer)
    cls, sep, mask_id = (
        special_token_id(text.tokenizer, token) for token in (CLS_TOKEN, SEP_TOKEN, MASK_TOKEN)
    )
    found = {}
    for name, (rate, takes_words) in MASKS.items():
        generator = torch.Generator().manual_seed(seed)
        nats, size = 0.0, 0
        for window in text.windows:
            mask = draw_mask(torch.tensor([rate]), len(window), generator=generator)
            mask = whole_words(window[None], mask, starts)[0] if takes_words else mask[0]
            inputs = [torch.tensor([cls]), window.masked_fill(mask, mask_id), torch.tensor([sep])]
            logits = model(torch.cat(inputs)[None]).logits[0, 1:-1][mask]
            nats += float(F.cross_entropy(logits, window[mask], reduction="sum"))
            size += int(text.sizes[window[mask]].sum())
        found[name] = nats / math.log(2) / max(size, 1)
    return found
