"""Bits per byte against tokens over runs that continue one another, and what a goal would take.

Each finished run's causal LM is measured on the same held-out documents: a run ends with its
learning rate decayed, so ends compare with ends. Through them a power law with a floor is laid,
floor + factor * tokens ** -exponent, by least squares over a grid. A few ends determine little:
every law that misses them by no more than runs differ anyhow is as good as the best one, and what a
goal takes is told of all these.

    python -m training.experiments.scaling --into training/README.md --plot training/scaling.svg
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from maria_model.errors import ConfigurationError
from training.experiments.held_out_bits import causal_bits

# Bits per byte by which runs of one recipe may differ: laws that miss by less are all plausible.
NOISE = 0.003
_FLOORS = np.arange(0.0, 3.0, 0.005)
_EXPONENTS = np.arange(0.02, 1.5, 0.005)
_BEGIN, _END = "<!-- scaling -->", "<!-- end of scaling -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run, its tokens counted on from the runs before it.

    Attributes:
        name: of its folder.
        tokens: read when it ended, in all.
        bits_per_byte: of its causal LM on held-out documents.
        validated: tokens in all, and validation loss in nats a token, in the course of it; the
            learning rate is high meanwhile, and each run draws its own validation windows.
    """

    name: str
    tokens: int
    bits_per_byte: float
    validated: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """floor + factor * tokens ** -exponent, tokens in millions; `error` is the rms it misses by."""

    floor: float
    factor: float
    exponent: float
    error: float

    def bits(self, tokens: float) -> float:
        """Return the bits per byte after so many tokens."""
        return self.floor + self.factor * (tokens / 1e6) ** -self.exponent

    def tokens_for(self, bits: float) -> float:
        """Return how many tokens lead there; infinite at and below the floor."""
        if bits <= self.floor:
            return math.inf
        return 1e6 * float((self.factor / (bits - self.floor)) ** (1.0 / self.exponent))


def fit_laws(
    tokens: Sequence[float], bits: Sequence[float], *, noise: float = NOISE
) -> list[PowerLaw]:
    """Return the law of least squares, then every other that misses by at most `noise`.

    Raises:
        ConfigurationError: fewer than three ends, through which any law goes.
    """
    if len(tokens) < 3:
        raise ConfigurationError(f"{len(tokens)} finished runs: a law needs three. Train on.")
    ends = np.asarray(bits)
    floors = _FLOORS[ends.min() - 1e-3 > _FLOORS][:, None, None]
    powers = (np.asarray(tokens) / 1e6) ** -_EXPONENTS[None, :, None]  # (1, exponents, runs)
    # The best factor is linear algebra once floor and exponent are given.
    factors = ((ends - floors) * powers).sum(-1) / (powers**2).sum(-1)
    errors = np.sqrt(((floors + factors[..., None] * powers - ends) ** 2).mean(-1))
    best = float(errors.min())
    chosen = np.argwhere(errors <= max(best, noise))
    laws = [
        PowerLaw(
            floor=float(_FLOORS[i]),
            factor=float(factors[i, j]),
            exponent=float(_EXPONENTS[j]),
            error=float(errors[i, j]),
        )
        for i, j in chosen
    ]
    return sorted(laws, key=lambda law: law.error)


def read_runs(build: Path, documents: Path, *, windows: int) -> list[Run]:
    """Return the finished runs under `build`, in the order in which they continue one another."""
    runs: list[Run] = []
    before, source = 0, None
    while (folder := _continuing(build, source)) is not None:
        rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        validated = tuple(
            (before + row["tokens"], row["validation_loss"])
            for row in rows
            if "validation_loss" in row
        )
        before += rows[-1]["tokens"]
        bits = causal_bits(folder / "model", documents, windows=windows)
        print(f"{folder.name}: {before / 1e6:.1f} M tokens, {bits:.4f} bits per byte", flush=True)
        runs.append(Run(name=folder.name, tokens=before, bits_per_byte=bits, validated=validated))
        source = folder / "model"
    return runs


def _continuing(build: Path, source: Path | None) -> Path | None:
    """Return the finished run of a causal LM that started from `source`; None if there is none."""
    for path in sorted(build.glob("*/config.yaml")):
        config = yaml.safe_load(path.read_text())
        if config.get("objective") != "causal" or not (path.parent / "model").is_dir():
            continue
        started = config.get("init_from")
        if (started is None) == (source is None) and (
            source is None or Path(started).resolve() == source.resolve()
        ):
            return path.parent
    return None


def report(runs: Sequence[Run], laws: Sequence[PowerLaw], goals: Sequence[float]) -> str:
    """Return Markdown: the ends beside the best law, and what goals would take."""
    best = laws[0]
    lines = ["| run | tokens in all | bits per byte | the law |", "|---|---|---|---|"]
    lines += [
        f"| {run.name} | {run.tokens / 1e6:.1f} M | {run.bits_per_byte:.4f} "
        f"| {best.bits(run.tokens):.4f} |"
        for run in runs
    ]
    floors = [law.floor for law in laws]
    lines += [
        "",
        f"Least squares: {best.floor:.3f} + {best.factor:.3f} * (tokens / 1 M) ^ "
        f"-{best.exponent:.3f}, which misses the ends by {best.error:.4f} bits (rms). Laws that "
        f"miss by at most {NOISE} have floors from {min(floors):.2f} to {max(floors):.2f}.",
        "",
        "| goal, bits per byte | best law | all such laws |",
        "|---|---|---|",
    ]
    for goal in goals:
        needed = sorted(law.tokens_for(goal) for law in laws)
        bounds = dict.fromkeys(map(_millions, (needed[0], needed[-1])))
        lines.append(f"| {goal} | {_millions(best.tokens_for(goal))} | {' to '.join(bounds)} |")
    return "\n".join(lines)


def _millions(tokens: float) -> str:
    return f"{tokens / 1e6:,.0f} M tokens" if tokens < 1e12 else "out of reach"


def plot(runs: Sequence[Run], laws: Sequence[PowerLaw], goals: Sequence[float], path: Path) -> None:
    """Draw ends, the best law, the spread of the others and the goals, to an SVG or PNG file."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "maria"})
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    tokens = np.geomspace(runs[0].tokens / 2, 10 * runs[-1].tokens, 80)
    curves = np.array([[law.bits(count) for count in tokens] for law in laws])
    axes.fill_between(
        tokens / 1e6, curves.min(0), curves.max(0), color="#2a6f97", alpha=0.15, linewidth=0
    )
    axes.plot(tokens / 1e6, curves[0], color="#2a6f97", label="power law with a floor")
    for run in runs:
        # Brought to bits on held-out documents by the run's own end.
        scale = run.bits_per_byte / run.validated[-1][1]
        counts, losses = zip(*run.validated, strict=True)
        axes.plot(
            np.array(counts) / 1e6, scale * np.array(losses), ".", color="#9aa0a6", markersize=4
        )
    ends = [(run.tokens / 1e6, run.bits_per_byte) for run in runs]
    axes.plot(*zip(*ends, strict=True), "o", color="#a4243b", label="ends of runs")
    axes.plot([], [], ".", color="#9aa0a6", label="on the way, learning rate high")
    for goal in goals:
        axes.axhline(goal, color="black", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="tokens, millions", ylabel="bits per byte")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def put_into(page: Path, text: str) -> None:
    """Put `text` where a page keeps the scaling curve.

    Raises:
        ConfigurationError: the page has no place for it.
    """
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ConfigurationError(f"{page} has no {_BEGIN} ... {_END}: add both where it belongs.")
    page.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}")


def main() -> None:
    """Measure, fit, print; put it into a page and draw it when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path(".build/embedded"))
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--windows", type=int, default=600, help="of the documents")
    parser.add_argument("--goals", type=float, nargs="+", default=[1.35, 1.18])
    parser.add_argument(
        "--into", type=Path, metavar="PAGE.md", help="a page to put the tables into"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it (SVG or PNG)")
    arguments = parser.parse_args()
    runs = read_runs(arguments.build, arguments.data, windows=arguments.windows)
    ends = [run.tokens for run in runs], [run.bits_per_byte for run in runs]
    laws = fit_laws(*ends)
    told = report(runs, laws, arguments.goals)
    print(told)
    if arguments.into:
        put_into(arguments.into, told)
    if arguments.plot:
        plot(runs, laws, arguments.goals, arguments.plot)


if __name__ == "__main__":
    main()
