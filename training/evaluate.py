"""Measures a model on held-out documents: the causal LM's bits per byte, and losses by mask rate.

All four readers of a blank (causal LM, masked LM, product of experts, MARIA) are scored on the same
masked tokens of the same windows. Losses are teacher-forced: the causal half reads the true left
context; the masked half sees every mask of the window at once.

    python -m training.evaluate --model resources/model
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.vocabulary import SharedVocabulary
from training.masking import draw_mask
from training.told_options import command_line

MASK_RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
READERS = ("causal", "masked", "product", "maria")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Pieces of one stretch of a document, and the bytes each stands for."""

    pieces: Tensor
    sizes: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedLosses:
    """Mean losses over masked tokens at one mask rate."""

    mask_rate: float
    tokens: int
    nats_per_token: dict[str, float]
    bits_per_byte: dict[str, float]


def read_windows(path: Path, vocabulary: SharedVocabulary, *, length: int) -> list[Window]:
    """Cut the documents of a held-out JSONL file into windows of at most `length` pieces."""
    if not path.is_file():
        raise ConfigurationError(f"No held-out text at {path}. Run training.build_data first.")
    sizes = torch.tensor([len(piece) for piece in vocabulary.pieces])
    windows = []
    for line in path.read_text().splitlines():
        pieces = torch.tensor(vocabulary.encode(json.loads(line)["text"]))
        for part in pieces.split(length):
            if len(part) >= 8:
                windows.append(Window(pieces=part, sizes=sizes[part]))
    return windows


@torch.inference_mode()
def causal_bits_per_byte(model: MariaForMaskedInfilling, windows: list[Window]) -> float:
    """Return the causal LM's bits per byte; every window starts from the start token."""
    nats, size = 0.0, 0
    for window in windows:
        pieces = window.pieces[None]
        states = model.causal_states(model.vocabulary.causal_input(pieces))
        logits = model.causal_lm_logits(states)[0]
        nats += float(F.cross_entropy(logits, window.pieces, reduction="sum"))
        size += int(window.sizes.sum())
    return nats / math.log(2) / size


@torch.inference_mode()
def masked_losses(
    model: MariaForMaskedInfilling, windows: list[Window], *, mask_rate: float, seed: int
) -> MaskedLosses:
    """Return each reader's losses on the same random masks."""
    generator = torch.Generator().manual_seed(seed)
    nats = dict.fromkeys(READERS, 0.0)
    tokens = size = 0
    for window in windows:
        mask = draw_mask(torch.tensor([mask_rate]), len(window.pieces), generator=generator)[0]
        if not mask.any():
            continue
        labels = window.pieces[mask]
        for reader, logits in _logits(model, window.pieces, mask):
            nats[reader] += float(F.cross_entropy(logits, labels, reduction="sum"))
        tokens += len(labels)
        size += int(window.sizes[mask].sum())
    return MaskedLosses(
        mask_rate=mask_rate,
        tokens=tokens,
        nats_per_token={reader: value / tokens for reader, value in nats.items()},
        bits_per_byte={reader: value / math.log(2) / size for reader, value in nats.items()},
    )


def _logits(
    model: MariaForMaskedInfilling, pieces: Tensor, mask: Tensor
) -> Iterator[tuple[str, Tensor]]:
    """Yield each reader's logits (N, V) at the masked pieces."""
    vocabulary = model.vocabulary
    states = model.model(
        vocabulary.causal_input(pieces[None]), vocabulary.masked_input(pieces[None], mask[None])
    )
    causal_states, masked_states = states.causal_states[0, mask], states.masked_states[0, mask]
    causal = model.causal_lm_logits(causal_states)
    masked = model.model.masked_decoder(masked_states)[:, vocabulary.masked_ids]
    yield "causal", causal
    yield "masked", masked
    yield "product", (causal + masked) / 2
    yield "maria", model.head(causal_states, masked_states)


def loss_table(rows: list[MaskedLosses]) -> str:
    """Return a Markdown table: nats per masked token, bits per byte in brackets."""
    lines = [
        "| mask rate | masked tokens | causal LM | masked LM | product start | MARIA |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = " | ".join(
            f"{row.nats_per_token[r]:.3f} ({row.bits_per_byte[r]:.3f})" for r in READERS
        )
        lines.append(f"| {row.mask_rate} | {row.tokens:,} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Print the figures; write them as JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--windows", type=int, default=200, help="windows for the losses by rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    model = load_model(arguments.model, device="auto")
    windows = read_windows(arguments.data, model.vocabulary, length=model.context_length - 2)
    bits = causal_bits_per_byte(model, windows)
    print(f"causal LM: {bits:.4f} bits per byte on {len(windows)} windows of {arguments.data}")
    # Evenly spaced over the file: every source is in it.
    step = max(1, len(windows) // arguments.windows)
    rows = [
        masked_losses(model, windows[::step], mask_rate=rate, seed=arguments.seed)
        for rate in MASK_RATES
    ]
    print(loss_table(rows))
    if arguments.output:
        report = {
            "command": command_line("training.evaluate", arguments),
            "causal_bits_per_byte": bits,
            "windows": len(windows),
            "rate_windows": arguments.windows,
            "rows": [asdict(row) for row in rows],
        }
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
