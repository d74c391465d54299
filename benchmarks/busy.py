"""How long fills take where other programs want the processor, by threads and by how they wait.

Each setting runs in a process of its own: on an idle machine, beside a loop that wants one core,
and beside products of matrices that want all. Prints medians; nothing fails because a machine is
slow.

    python -m benchmarks.busy
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.surroundings import load_in_words, processor
from benchmarks.texts import PROSE

WORDS = 200
PATIENCE_S = 120
OTHERS = {
    "idle": "",
    "one core wanted": "while True: pass",
    "all cores wanted": (
        "import torch\n"
        "a, b, c = torch.randn(64, 256), torch.randn(256, 704), torch.randn(704, 256)\n"
        "while True: (a @ b).relu() @ c"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """So many threads fewer than there are cores, and the environment of their process."""

    words: str
    spared: int = 0
    environment: dict[str, str] = field(default_factory=dict)


SETTINGS = (
    Setting(words="one thread fewer", spared=1),
    Setting(words="all, waiting in a spin"),
    Setting(words="all, spinning briefly", environment={"GOMP_SPINCOUNT": "10000"}),
    Setting(words="all, asleep while they wait", environment={"OMP_WAIT_POLICY": "PASSIVE"}),
)


def measure(spared: int) -> str:
    """Return a table row's figures: one blank, forty blanks, one refining, seconds each."""
    import torch

    from benchmarks.refining import draw_request
    from maria_model.api import FillRequest
    from maria_model.engine import MariaEngine

    torch.set_num_threads(max(1, torch.get_num_threads() - spared))
    engine = MariaEngine.load()
    words = PROSE.read_text(encoding="utf-8").split(" ")[:WORDS]
    one, forty = (
        " ".join("[MASK]" if number % every == every // 2 else word for number, word in told)
        for every in (WORDS, WORDS // 40)
        for told in [list(enumerate(words))]
    )
    refining = draw_request(is_misplaced=True)
    pages = iter(range(10**6))

    def fill(text: str) -> None:
        # Another beginning: nothing of it has been read.
        engine.fill(FillRequest(text=f"Page {next(pages)}. {text}", num_candidates=9))

    fill(one)
    return " | ".join(
        _median(act, times)
        for act, times in (
            (lambda: fill(one), 9),
            (lambda: fill(forty), 5),
            (lambda: engine.refine(refining), 2),
        )
    )


def _median(act: Callable[[], object], times: int) -> str:
    waits: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        waits.append(time.perf_counter() - started)
        if sum(waits) > PATIENCE_S / 8:
            break
    return f"{statistics.median(waits):.2f}"


@contextmanager
def beside(program: str) -> Iterator[None]:
    """Run a Python program meanwhile."""
    if not program:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", program]) as other:
        try:
            yield
        finally:
            other.kill()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=int, metavar="SPARED", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        print(measure(arguments.measure))
        return
    print(f"{os.cpu_count()} cores, {processor()}; load at the start {load_in_words()}\n")
    print("| others | threads | one blank, s | forty blanks, s | a paragraph refined, s |")
    print("|---" * 5 + "|")
    for others, program in OTHERS.items():
        for setting in SETTINGS:
            with beside(program):
                print(f"| {others} | {setting.words} | {_measured(setting)} |", flush=True)


def _measured(setting: Setting) -> str:
    command = [sys.executable, "-m", "benchmarks.busy", "--measure", str(setting.spared)]
    environment = os.environ | setting.environment
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
    except subprocess.TimeoutExpired:
        return f"over {PATIENCE_S} s in all |  | "
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
