"""What ten new tokens cost after 512 that are cached, and what the process held in memory.

MARIA's own step: a pass of the causal LM over one piece, its half of the logits, the masked half
that is there already, the likeliest piece. Told beside it: all ten in one pass, as a draft is
verified that turns out right. Nothing fails because a machine is slow.

    python -m benchmarks.new_tokens --threads 2
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.surroundings import load, processor
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.gate import mask_density
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model

CLOCKS: dict[str, Callable[[], float]] = {
    "wall": time.perf_counter,
    "processor": time.process_time,
}


@torch.inference_mode()
def time_new_tokens(
    model: MariaForMaskedInfilling,
    *,
    cached: int,
    tokens: int,
    per_pass: int,
    repeats: int,
    clock: Callable[[], float],
) -> list[float]:
    """Return the milliseconds that `tokens` new pieces take after `cached` ones, each time."""
    generator = torch.Generator().manual_seed(0)
    pieces = torch.randint(len(model.vocabulary), (cached + tokens,), generator=generator).tolist()
    states = torch.randn(tokens, model.head.masked.shape[1], generator=generator)
    masked_half = model.head.masked_half(states.to(model.head.masked))
    density = mask_density(torch.ones(tokens, dtype=torch.bool))
    reader = CausalReader(model, PassCounts())
    reader.read(pieces[:cached])
    taken = []
    # The first time warms up.
    for _ in range(repeats + 1):
        started = clock()
        for first in range(0, tokens, per_pass):
            rows = slice(first, first + per_pass)
            states = reader.read(pieces[cached:][rows])
            causal_half = model.causal_half_logits(states)
            logits = model.join_halves(causal_half, masked_half[rows], density[rows])
            logits.argmax(dim=-1).tolist()
        taken.append(1e3 * (clock() - started))
        reader.rewind_to(cached)
    return taken[1:]


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or folder; the embedded one by default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cached", type=int, default=512, help="tokens read before")
    parser.add_argument("--tokens", type=int, default=10, help="new ones")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = load_model(arguments.model, device="cpu")
    report: dict[str, object] = vars(arguments) | {
        "model": model.config.name,
        "processor": processor(),
        "load_at_start": load(),
    }
    for name, per_pass in (("one_by_one", 1), ("in_one_pass", arguments.tokens)):
        taken = time_new_tokens(
            model,
            cached=arguments.cached,
            tokens=arguments.tokens,
            per_pass=per_pass,
            repeats=arguments.repeats,
            clock=CLOCKS[arguments.clock],
        )
        report[name] = {
            "median_ms": round(statistics.median(taken), 2),
            "fastest_ms": round(min(taken), 2),
            "slowest_ms": round(max(taken), 2),
        }
    report["peak_gigabytes"] = peak_gigabytes()
    print(json.dumps(report, indent=2))


def peak_gigabytes() -> float | None:
    """Return the most memory that this process held, where the system tells it."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    return round(int(status.read_text().split("VmHWM:")[1].split()[0]) / 1e6, 2)


if __name__ == "__main__":
    main()
