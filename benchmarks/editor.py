"""Whether the editor is as fast as a writer may expect: a table, the wanted figures beside it.

Runs the real window and the real worker with the embedded model, each measurement several times in
a process of its own. Prints medians and the worst; nothing fails because a machine is slow. Needs
no display; with one, set QT_QPA_PLATFORM=xcb.

    python -m benchmarks.editor [--only NAME ...] [--runs 3] [--json FILE] [--into PAGE.md]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import qVersion

from benchmarks.speed import start_windows
from benchmarks.surroundings import load_in_words, processor, put_into
from maria_editor.paths import HOME_VARIABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A figure that a probe finds under `name`, and what it should be at most."""

    name: str
    probe: str
    words: str
    unit: str
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure as it was found: median and worst of the runs.

    `computed` is the median of what the window's own thread computed; the rest it waited.
    """

    wanted: Wanted
    median: float
    worst: float
    computed: float | None
    runs: int

    @property
    def verdict(self) -> str:
        """Whether the median is as it should be, and if not, whether the window is to blame."""
        limit = self.wanted.limit
        if self.median <= limit:
            return "kept"
        return "missed" if self.computed is None or self.computed > limit else "missed, waiting"


_GAPS = {
    "loading": "the model loads",
    "filling": "blanks are filled",
    "accepting": "fills are accepted",
    "refining": "a paragraph is refined",
    "scoring": "the page is scored",
    "saving": "the file is saved",
}
WANTED = (
    Wanted(
        name="window",
        probe="window",
        words="Window shown, beyond the interpreter's start",
        unit="s",
        limit=0.5,
    ),
    Wanted(
        name="typing_idle",
        probe="typing",
        words="Key to letter at 200,000 words, 99th percentile, model at rest",
        unit="ms",
        limit=16,
    ),
    Wanted(
        name="typing_busy",
        probe="typing",
        words="Key to letter at 200,000 words, 99th percentile, model filling",
        unit="ms",
        limit=16,
    ),
    *(
        Wanted(
            name=f"gap_{name}",
            probe="gaps",
            words=f"Longest gap of the event loop while {words}",
            unit="ms",
            limit=50,
        )
        for name, words in _GAPS.items()
    ),
    Wanted(
        name="opening", probe="opening", words="Opening a document of 5 MB", unit="s", limit=1.0
    ),
    Wanted(
        name="replacing",
        probe="replacing",
        words="Replacing 3,000 matches as one undo step",
        unit="s",
        limit=0.2,
    ),
    Wanted(
        name="growth",
        probe="soak",
        words="Growth of memory over 20,000 edits",
        unit="%",
        limit=20,
    ),
)
PROBES = tuple(dict.fromkeys(wanted.probe for wanted in WANTED))

Figures = dict[str, float]


def run_probes(name: str, runs: int) -> Iterator[Figures]:
    """Run one probe several times, each in a fresh process."""
    if name == "window":
        for start in start_windows(runs):
            yield {
                "window": start.window_s,
                "window_cpu": start.computed_s,
                "interpreter": start.interpreter_s,
            }
    else:
        # All of the edits are one long run by themselves.
        for _ in range(1 if name == "soak" else runs):
            yield _run_probe(name)


def _run_probe(name: str) -> Figures:
    """Run one probe; end the program with a line when it fails."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.editor_probes", name],
            env={"QT_QPA_PLATFORM": "offscreen"} | os.environ | {HOME_VARIABLE: home},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"The probe {name} ended with code {done.returncode}.")
    found = json.loads(done.stdout.splitlines()[-1])
    return {str(key): float(value) for key, value in found.items()}


def rows(found: Sequence[Figures]) -> list[Row]:
    """Return a row for each wanted figure that was measured."""
    made = []
    for wanted in WANTED:
        values = _values(found, wanted.name)
        if values:
            computed = _values(found, f"{wanted.name}_cpu")
            made.append(
                Row(
                    wanted=wanted,
                    median=statistics.median(values),
                    worst=max(values),
                    computed=statistics.median(computed) if computed else None,
                    runs=len(values),
                )
            )
    return made


def _values(found: Sequence[Figures], name: str) -> list[float]:
    return [figures[name] for figures in found if name in figures]


def table(measured: Iterable[Row]) -> str:
    """Return Markdown: a line for each row."""
    lines = [
        "| what | median | worst | of it computed | wanted | |",
        "|---|---|---|---|---|---|",
    ]
    for row in measured:
        wanted = row.wanted
        cells = (
            wanted.words,
            f"{row.median:.3g} {wanted.unit}",
            f"{row.worst:.3g} {wanted.unit}",
            "" if row.computed is None else f"{row.computed:.3g} {wanted.unit}",
            f"under {wanted.limit:g} {wanted.unit}",
            row.verdict,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def describe(runs: int) -> str:
    """Return what the figures depend on: cores, versions, platform, load."""
    return (
        f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}, "
        f"Qt {qVersion()} {os.environ.get('QT_QPA_PLATFORM', 'offscreen')}, {runs} runs, "
        f"load at the start {load_in_words()}."
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PROBES, default=PROBES, metavar="NAME")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="every figure of every run")
    parser.add_argument("--into", type=Path, help="a page whose table is put anew")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    arguments = build_parser().parse_args(argv)
    about = describe(arguments.runs)
    print(about, flush=True)
    found: list[Figures] = []
    for name in arguments.only:
        for figures in run_probes(name, arguments.runs):
            found.append(figures)
            print(json.dumps(figures), file=sys.stderr, flush=True)
    measured = rows(found)
    print(f"\n{table(measured)}")
    if arguments.into is not None:
        put_into(arguments.into, f"{about}\n\n{table(measured)}")
    if arguments.json is not None:
        report = {"about": about, "rows": [asdict(row) for row in measured], "runs": found}
        arguments.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
