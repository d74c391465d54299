"""Perplexity by mask rate of every reader of a blank (paper, Table 2), with paired intervals.

At all masked pieces: causal LM, masked LM, product start, MARIA, MARIA with a gate. Masked
diffusion is the same masked LM read as a diffusion model: its bound (NELBO) over the given masks,
at a few stages of unmasking drawn for each window. The masked LM decoded left to right (every mask
to the left revealed), and MARIA whose masked half is read again every k fills, are read at a few
masked pieces of each window, which stand for all of them: what reading again changes there is added
to what the same reader loses at all of them, unbiased. All teacher-forced.

    python -m training.experiments.perplexity --data ../shared/data/eval/{wikitext,lm1b,lambada,\
ag_news,arxiv_abstracts}.jsonl --windows 500 --output perplexity.json
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
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
from training.experiments.bootstrap import bootstrap_means
from training.experiments.fitted_constants import read_fitted
from training.experiments.masked_states import evenly_spaced
from training.experiments.perplexity_plot import plot
from training.experiments.perplexity_tables import paper_table, table
from training.experiments.perplexity_verdicts import READERS, RIVALS, verdicts
from training.experiments.window_losses import RateReading, draw_rate, read_window
from training.told_options import command_line

# What is compared beside every reader of MARIA's with every rival: what gate and reading again do.
_OWN_PAIRS = (
    ("gated", "maria"),
    ("maria k=16", "maria"),
    ("maria k=1", "maria"),
    ("gated k=16", "gated"),
    ("gated k=1", "gated"),
)
PAIRS = (*((one, rival) for one in READERS for rival in RIVALS), *_OWN_PAIRS)


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

    def add(self, reading: RateReading, sizes: Tensor) -> None:
        """Add one window: what was read, and the bytes (N,) of its masked pieces."""
        masks = len(sizes)
        self.tokens.append(masks)
        self.sizes.append(int(sizes.sum()))
        sums = {name: float(nats.double().sum()) for name, nats in reading.every.items()}
        # Each of N steps of unmasking costs the mean over the masks left, N and the stage drawn.
        sums["diffusion"] = masks * float(reading.diffusion.mean())
        for name, nats in reading.asked.items():
            reader = name.split(" k=")[0]
            if name != reader:
                change = (nats - reading.asked[reader]).double().mean()
                sums[name] = sums[reader] + masks * float(change)
        for name, total in sums.items():
            self.nats.setdefault(name, []).append(total)

    def summary(self, pairs: Sequence[tuple[str, str]] = PAIRS) -> dict[str, Any]:
        """Return means by reader and the intervals of differences, for JSON."""
        counts = np.asarray(self.tokens, dtype=np.float64)
        sums = {name: np.asarray(nats) for name, nats in self.nats.items()}
        compared = [(one, other) for one, other in pairs if one in sums and other in sums]
        differences = np.stack([sums[one] - sums[other] for one, other in compared])
        intervals = bootstrap_means(differences, counts)
        return {
            "mask_rate": self.mask_rate,
            "tokens": sum(self.tokens),
            "nats_per_token": {name: float(s.sum() / counts.sum()) for name, s in sums.items()},
            "perplexity": {name: math.exp(s.sum() / counts.sum()) for name, s in sums.items()},
            "bits_per_byte": {
                name: float(s.sum() / math.log(2) / sum(self.sizes)) for name, s in sums.items()
            },
            "differences": {
                f"{one} - {other}": asdict(interval)
                for (one, other), interval in zip(compared, intervals, strict=True)
            },
        }


def measure(
    model: MariaForMaskedInfilling,
    windows: Sequence[Window],
    *,
    gate: Gate,
    pieces: int,
    stages: int,
    seed: int,
) -> list[RateLosses]:
    """Return every reader's losses on the same windows, each mask rate's by itself.

    Args:
        model: in eval mode.
        windows: of held-out text.
        gate: on MARIA's two halves.
        pieces: masks of each window and rate at which the masked LM reads again.
        stages: of unmasking, for masked diffusion's bound.
        seed: of all that is drawn.
    """
    orders, unmaskings = (torch.Generator().manual_seed(seed + stream) for stream in (0, 1))
    rates = [RateLosses(mask_rate=rate) for rate in MASK_RATES]
    for number, window in enumerate(windows):
        draws = [
            draw_rate(
                window,
                rate,
                seed=seed + number,
                pieces=pieces,
                stages=stages,
                orders=orders,
                unmaskings=unmaskings,
            )
            for rate in MASK_RATES
        ]
        readings = read_window(model, window, draws, gate=gate)
        for losses, draw, reading in zip(rates, draws, readings, strict=True):
            losses.add(reading, window.sizes[draw.mask])
    return rates


def measure_file(
    model: MariaForMaskedInfilling, path: Path, gate: Gate, arguments: argparse.Namespace
) -> list[dict[str, Any]]:
    """Return the figures of one file's windows, a row for each mask rate."""
    windows = read_windows(path, model.vocabulary, length=model.context_length - 2)
    rates = measure(
        model,
        evenly_spaced(windows, arguments.windows),
        gate=gate,
        pieces=arguments.refresh_pieces,
        stages=arguments.diffusion_stages,
        seed=arguments.seed,
    )
    return [rate.summary() | {"windows": asdict(rate)} for rate in rates]


def main() -> None:
    """Print the tables; write them and every window's losses as JSON."""
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
    parser.add_argument("--windows", type=int, default=40, help="of each file; 500 is the whole")
    parser.add_argument("--refresh-pieces", type=int, default=8, help="of each window and rate")
    parser.add_argument("--diffusion-stages", type=int, default=4, help="of each window and rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it (SVG or PNG)")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    constants = model.config.inference_constants
    if arguments.gate:
        constants = InferenceConstants.from_dict(read_fitted([arguments.gate]))
    files: dict[str, list[dict[str, Any]]] = {}
    for path in arguments.data:
        started = time.perf_counter()
        files[path.stem] = rows = measure_file(model, path, constants.gate, arguments)
        print(f"\n## {path.stem}, {time.perf_counter() - started:.0f} s\n")
        print(table(rows, readers=list(rows[0]["nats_per_token"])), flush=True)
    print(f"\n## All\n\n{paper_table(files)}\n\n{verdicts(files)}")
    if arguments.output:
        command = command_line("training.experiments.perplexity", arguments)
        report = {"command": command, "gate": asdict(constants.gate), "files": files}
        arguments.output.write_text(json.dumps(report) + "\n")
    if arguments.plot:
        plot(files, arguments.plot)


if __name__ == "__main__":
    main()
