"""Perplexity by mask rate of every reader of a blank, with paired intervals over windows.

Two samples of the same masks. All masked pieces: causal LM, masked LM, product start, MARIA, MARIA
with a gate. A few masked pieces of each window: the masked LM decoded left to right (every mask to
the left revealed), and MARIA whose masked half is read again every k fills, teacher-forced.

    python -m training.experiments.perplexity --data .build/embedded/data/test.jsonl \
        --gate .build/embedded/gate.json --output .build/embedded/perplexity.json
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from maria_model.configuration import InferenceConstants
from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from training.evaluate import MASK_RATES, Window, read_windows
from training.experiments.bootstrap import bootstrap_mean
from training.experiments.fitted_constants import read_fitted
from training.experiments.masked_states import (
    causal_states,
    draw_window_mask,
    evenly_spaced,
    masked_states,
    reader_losses,
    refreshed_states,
)

REFRESHES = (64, 16, 4, 1)
# What is compared with what: name of the difference, reader, its rival.
PLAIN_PAIRS = (
    ("maria", "causal"),
    ("maria", "masked"),
    ("maria", "product"),
    ("gated", "maria"),
    ("gated", "causal"),
    ("gated", "masked"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLosses:
    """Losses at one mask rate, summed over each window, on the same pieces for every reader.

    Attributes:
        tokens: (W,) masked pieces of each window.
        sizes: (W,) their bytes.
        nats: (W,) by reader.
    """

    mask_rate: float
    tokens: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    nats: dict[str, list[float]] = field(default_factory=dict)

    def add(self, losses: dict[str, Tensor], sizes: Tensor) -> None:
        """Add one window: nats (N,) by reader, bytes (N,)."""
        self.tokens.append(len(sizes))
        self.sizes.append(int(sizes.sum()))
        for name, nats in losses.items():
            self.nats.setdefault(name, []).append(float(nats.double().sum()))

    def summary(self, pairs: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        """Return means by reader and the intervals of differences, for JSON."""
        counts = np.asarray(self.tokens, dtype=np.float64)
        sums = {name: np.asarray(nats) for name, nats in self.nats.items()}
        return {
            "mask_rate": self.mask_rate,
            "tokens": sum(self.tokens),
            "nats_per_token": {name: float(s.sum() / counts.sum()) for name, s in sums.items()},
            "perplexity": {name: math.exp(s.sum() / counts.sum()) for name, s in sums.items()},
            "bits_per_byte": {
                name: float(s.sum() / math.log(2) / sum(self.sizes)) for name, s in sums.items()
            },
            "differences": {
                f"{one} - {other}": asdict(bootstrap_mean(sums[one] - sums[other], counts))
                for one, other in pairs
                if one in sums and other in sums
            },
        }


def measure_all_masks(
    model: MariaForMaskedInfilling, windows: list[Window], *, gate: Gate, seed: int
) -> list[RateLosses]:
    """Return the losses on all masked pieces, each mask rate's by itself."""
    rates = [RateLosses(mask_rate=rate) for rate in MASK_RATES]
    for number, window in enumerate(windows):
        causal = causal_states(model, window)
        for losses in rates:
            mask = draw_window_mask(window, losses.mask_rate, seed=seed + number)
            states = masked_states(model, window, mask, causal)
            losses.add(reader_losses(model, states, gate=gate), window.sizes[mask])
    return rates


def measure_refreshes(
    model: MariaForMaskedInfilling, windows: list[Window], *, pieces: int, gate: Gate, seed: int
) -> list[RateLosses]:
    """Return the losses on `pieces` masked pieces of each window, the masked half refreshed."""
    generator = torch.Generator().manual_seed(seed)
    rates = [RateLosses(mask_rate=rate) for rate in MASK_RATES]
    for number, window in enumerate(windows):
        causal = causal_states(model, window)
        for losses in rates:
            mask = draw_window_mask(window, losses.mask_rate, seed=seed + number)
            masks = int(mask.sum())
            order = torch.randperm(masks, generator=generator)[:pieces].sort().values.tolist()
            places = mask.nonzero().squeeze(1)[torch.tensor(order)]
            found: dict[str, Tensor] = {}
            for every in (masks, *REFRESHES):
                states = refreshed_states(model, window, mask, causal, order=order, every=every)
                suffix = "" if every == masks else f" k={every}"
                found |= _named(reader_losses(model, states, gate=gate), suffix)
            losses.add(found, window.sizes[places])
    return rates


def _named(losses: dict[str, Tensor], suffix: str) -> dict[str, Tensor]:
    """Keep the readers that a refresh changes, under the refresh's name."""
    return {
        f"{name}{suffix}": nats
        for name, nats in losses.items()
        if not suffix or name in ("maria", "gated") or (name, suffix) == ("masked", " k=1")
    }


def refresh_pairs(best: str) -> tuple[tuple[str, str], ...]:
    """Return what is compared on the sampled pieces; `best` is "gated" or "maria"."""
    refreshed = [(f"{name} k={k}", name) for name in {"maria", best} for k in REFRESHES]
    rivals = [(one, "masked k=1") for one in ("maria", best, f"{best} k=1", f"{best} k=16")]
    return tuple(dict.fromkeys([*sorted(refreshed), *rivals, (f"{best} k=1", "causal")]))


def table(rows: list[dict[str, Any]], *, readers: list[str]) -> str:
    """Return a Markdown table: nats per masked piece, perplexity in brackets."""
    lines = [
        f"| mask rate | pieces | {' | '.join(readers)} |",
        "|---" * (len(readers) + 2) + "|",
    ]
    for row in rows:
        cells = [f"{row['nats_per_token'][r]:.3f} ({row['perplexity'][r]:.1f})" for r in readers]
        lines.append(f"| {row['mask_rate']} | {row['tokens']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences_table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table of paired differences in nats, 95 % intervals in brackets."""
    names = list(rows[0]["differences"])
    lines = [
        f"| difference | {' | '.join(str(row['mask_rate']) for row in rows)} |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name in names:
        found = [row["differences"][name] for row in rows]
        cells = [f"{d['mean']:+.3f} [{d['low']:+.3f}, {d['high']:+.3f}]" for d in found]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print both samples' tables; write them and every window's losses as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--gate", type=Path, help="JSON of fit_gate; the model's own by default")
    parser.add_argument("--windows", type=int, default=120)
    parser.add_argument("--refresh-windows", type=int, default=30)
    parser.add_argument("--refresh-pieces", type=int, default=4, help="of each window and rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    constants = model.config.inference_constants
    if arguments.gate:
        constants = InferenceConstants.from_dict(read_fitted([arguments.gate]))
    gate = constants.gate
    best = "maria" if gate.is_neutral else "gated"
    windows = read_windows(arguments.data, model.vocabulary, length=model.context_length - 2)
    chosen = evenly_spaced(windows, arguments.windows)
    plain = measure_all_masks(model, chosen, gate=gate, seed=arguments.seed)
    chosen = evenly_spaced(windows, arguments.refresh_windows)
    refreshed = measure_refreshes(
        model, chosen, pieces=arguments.refresh_pieces, gate=gate, seed=arguments.seed
    )
    report: dict[str, Any] = {"data": str(arguments.data), "gate": asdict(gate)}
    for name, losses, pairs in (
        ("all_masks", plain, PLAIN_PAIRS),
        ("sampled_masks", refreshed, refresh_pairs(best)),
    ):
        rows = [rate.summary(pairs) for rate in losses]
        report[name] = [
            row | {"windows": asdict(rate)} for row, rate in zip(rows, losses, strict=True)
        ]
        print(f"\n{name}: nats (perplexity)\n{table(rows, readers=list(losses[0].nats))}")
        print(f"\n{differences_table(rows)}", flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
