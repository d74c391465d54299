"""Perplexity by mask rate of every reader of a blank (paper, Table 2), with paired intervals.

Two samples of the same masks. All masked pieces: causal LM, masked LM, masked diffusion, product
start, MARIA, MARIA with a gate. A few masked pieces of each window, standing for all of them: the
masked LM decoded left to right (every mask to the left revealed), and MARIA whose masked half is
read again every k fills. All teacher-forced. Masked diffusion is the same masked LM read as a
diffusion model: its bound (NELBO) over the given masks, sampled once a window.

    python -m training.experiments.perplexity --data ../shared/data/eval/*.jsonl \
        --windows 500 --refresh-windows 500 --refresh-pieces 8 --output perplexity.json
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
from training.experiments.perplexity_plot import plot
from training.experiments.perplexity_tables import differences_table, paper_table, table

REFRESHES = (64, 16, 4, 1)
# What is compared with what: name of the difference, reader, its rival.
PLAIN_PAIRS = (
    ("maria", "causal"),
    ("maria", "masked"),
    ("maria", "product"),
    ("gated", "maria"),
    ("gated", "causal"),
    ("gated", "masked"),
    ("gated", "product"),
    ("gated", "diffusion"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLosses:
    """Losses at one mask rate, summed over each window's masks; estimated where few were read.

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
        """Add one window: nats by reader, (N,) or of a sample of its masks; bytes (N,)."""
        self.tokens.append(len(sizes))
        self.sizes.append(int(sizes.sum()))
        for name, nats in losses.items():
            total = float(nats.double().mean()) * len(sizes)
            self.nats.setdefault(name, []).append(total)

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
    generator = torch.Generator().manual_seed(seed)
    rates = [RateLosses(mask_rate=rate) for rate in MASK_RATES]
    for number, window in enumerate(windows):
        causal = causal_states(model, window)
        for losses in rates:
            mask = draw_window_mask(window, losses.mask_rate, seed=seed + number)
            states = masked_states(model, window, mask, causal)
            found = reader_losses(model, states, gate=gate)
            found["diffusion"] = diffusion_losses(model, window, mask, causal, generator)
            losses.add(found, window.sizes[mask])
    return rates


def diffusion_losses(
    model: MariaForMaskedInfilling,
    window: Window,
    mask: Tensor,
    causal: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Return nats (k,) whose mean, times the masks, is a sample of masked diffusion's bound.

    A random order unmasks n masks one by one. With k of them left, uniform in 1..n, the next one is
    any of the k: -log p averaged over them, once for each of the n steps (Sahoo et al., 2024).
    """
    places = mask.nonzero().squeeze(1)
    left = int(torch.randint(len(places), (1,), generator=generator)) + 1
    kept = torch.randperm(len(places), generator=generator)[:left]
    still = torch.zeros_like(mask)
    still[places[kept]] = True
    return reader_losses(model, masked_states(model, window, still, causal))["masked"]


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
            found: dict[str, Tensor] = {}
            for suffix, every in (("", masks), *((f" k={k}", k) for k in REFRESHES)):
                states = refreshed_states(model, window, mask, causal, order=order, every=every)
                found |= _named(reader_losses(model, states, gate=gate), suffix)
            losses.add(found, window.sizes[mask])
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


def measure_file(
    model: MariaForMaskedInfilling, path: Path, gate: Gate, arguments: argparse.Namespace
) -> dict[str, list[dict[str, Any]]]:
    """Return the figures of one file's windows, by sample: a row for each mask rate."""
    windows = read_windows(path, model.vocabulary, length=model.context_length - 2)
    chosen = evenly_spaced(windows, arguments.windows)
    plain = measure_all_masks(model, chosen, gate=gate, seed=arguments.seed)
    chosen = evenly_spaced(windows, arguments.refresh_windows)
    refreshed = measure_refreshes(
        model, chosen, pieces=arguments.refresh_pieces, gate=gate, seed=arguments.seed
    )
    best = "maria" if gate.is_neutral else "gated"
    return {
        name: [rate.summary(pairs) | {"windows": asdict(rate)} for rate in losses]
        for name, losses, pairs in (
            ("all_masks", plain, PLAIN_PAIRS),
            ("sampled_masks", refreshed, refresh_pairs(best)),
        )
    }


def main() -> None:
    """Print both samples' tables; write them and every window's losses as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[Path(".build/embedded/data/test.jsonl")],
        help="JSONL files with a text in each line",
    )
    parser.add_argument("--gate", type=Path, help="JSON of fit_gate; the model's own by default")
    parser.add_argument("--windows", type=int, default=120)
    parser.add_argument("--refresh-windows", type=int, default=30)
    parser.add_argument("--refresh-pieces", type=int, default=4, help="of each window and rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it (SVG or PNG)")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    constants = model.config.inference_constants
    if arguments.gate:
        constants = InferenceConstants.from_dict(read_fitted([arguments.gate]))
    gate = constants.gate
    report: dict[str, Any] = {"gate": asdict(gate), "files": {}}
    for path in arguments.data:
        samples = measure_file(model, path, gate, arguments)
        report["files"][path.stem] = samples
        print(f"\n## {path.stem}")
        for name, rows in samples.items():
            readers = list(rows[0]["nats_per_token"])
            print(f"\n{name}: nats (perplexity)\n{table(rows, readers=readers)}")
            print(f"\n{differences_table(rows)}", flush=True)
    print(f"\n## All\n\n{paper_table(report['files'])}")
    if arguments.output:
        arguments.output.write_text(json.dumps(report) + "\n")
    if arguments.plot:
        plot(report["files"], arguments.plot)


if __name__ == "__main__":
    main()
