"""How long a writer waits for a refined paragraph, and for a stop; where the time goes.

A paragraph of 150 words is refined as the button does it: as it stands, and with every tenth word
misplaced, which gives the sweeps more to do. Nothing fails because a machine is slow.

    python -m benchmarks.refining
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import pstats
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from benchmarks.texts import PROSE
from maria_model.api import Progress, RefineRequest
from maria_model.engine import MariaEngine

WORDS = 150
# Steps of an edit whose share of the time is shown.
STEPS = ("survey", "halves_alone", "judge", "complete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What one refining took, in seconds.

    Attributes:
        longest_gap: the longest time in which nobody asked whether to stop.
    """

    first_sweep: float
    total: float
    longest_gap: float
    changes: int


def draw_request(*, is_misplaced: bool) -> RefineRequest:
    """Return the request for the middle of the prose, the rest of it as context."""
    before, passage, after = _cut(PROSE.read_text(encoding="utf-8").split(" "))
    if is_misplaced:
        passage = [
            word if number % 10 or not word.isalpha() else passage[(number + 53) % len(passage)]
            for number, word in enumerate(passage)
        ]
    left, middle = " ".join(before) + " ", " ".join(passage)
    text = f"{left}{middle} {' '.join(after)}"
    return RefineRequest(text=text, start=len(left), end=len(left) + len(middle))


def _cut(words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    first = len(words) // 3
    return list(words[:first]), list(words[first : first + WORDS]), list(words[first + WORDS :])


def measure(engine: MariaEngine, request: RefineRequest) -> Wait:
    """Refine once."""
    polls: list[float] = []
    sweeps: list[float] = []

    def on_progress(progress: Progress) -> None:
        if progress.reading is not None:
            sweeps.append(time.perf_counter())

    def is_stopped() -> bool:
        polls.append(time.perf_counter())
        return False

    started = time.perf_counter()
    result = engine.refine(request, on_progress=on_progress, cancelled=is_stopped)
    ended = time.perf_counter()
    times = [started, *polls, ended]
    return Wait(
        first_sweep=sweeps[0] - started,
        total=ended - started,
        longest_gap=max(b - a for a, b in itertools.pairwise(times)),
        changes=len(result.changes),
    )


def profile(engine: MariaEngine, request: RefineRequest) -> dict[str, float]:
    """Return the seconds spent in each of `STEPS`, and in all."""
    profiler = cProfile.Profile()
    started = time.perf_counter()
    profiler.runcall(engine.refine, request)
    seconds = dict.fromkeys(STEPS, 0.0) | {"all": time.perf_counter() - started}
    for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        if name in STEPS and file.endswith("scoring.py"):
            seconds[name] = cumulative
    return seconds


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, help="PyTorch's own number by default")
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    engine = MariaEngine.load(arguments.model)
    result: dict[str, object] = {"threads": torch.get_num_threads()}
    for name, is_misplaced in (("as it stands", False), ("words misplaced", True)):
        request = draw_request(is_misplaced=is_misplaced)
        measure(engine, request)
        waits = [measure(engine, request) for _ in range(arguments.runs)]
        steps = profile(engine, request)
        result[name] = {"runs": [asdict(wait) for wait in waits], "profile": steps}
        print(f"{name}, {waits[0].changes} changes; median and longest of {arguments.runs}:")
        for label in ("first_sweep", "total", "longest_gap"):
            values = [getattr(wait, label) for wait in waits]
            print(f"  {label:12} {statistics.median(values):6.2f} s {max(values):6.2f} s")
        shares = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in steps.items())
        print(f"  under the profiler: {shares}")
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
