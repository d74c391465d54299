"""Tables, JSON and the plot of what `benchmarks.infilling` measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measuring import Divergence, Row
from benchmarks.methods import METHODS, REFERENCE

COLUMNS = (
    "mask rate",
    "way",
    "tokens/s",
    "times Algorithm 1",
    "AR passes/token",
    "MLM passes",
    "accepted",
    "first ms",
    "last ms",
    "memory MB",
    "exact tokens",
    "first divergence",
)
# The engine's own, then what it is compared with; told apart without colour, too.
PLOTTED = {
    "engine": ("#0b6e4f", "o"),
    REFERENCE: ("#444444", "s"),
    "generation": ("#7f7f7f", "^"),
    "diffusion-16": ("#c05a00", "D"),
    "diffusion-256": ("#d99a5b", "v"),
    "masked-lm": ("#5b6dbb", "x"),
}
PLOTTED_RATE = 0.5


def table_head(length: int) -> str:
    """Return Markdown: the title and the head of the table of one length."""
    return "\n".join(
        [
            f"### {length} tokens",
            "",
            f"| {' | '.join(COLUMNS)} |",
            "|---" * len(COLUMNS) + "|",
        ]
    )


def table_lines(rows: Sequence[Row]) -> str:
    """Return Markdown: a line for each row."""
    return "\n".join(f"| {' | '.join(_cells(row))} |" for row in rows)


def cost_table(costs: Mapping[int, float]) -> str:
    """Return Markdown: the price of a causal pass by its width."""
    narrow = costs[1]
    lines = [
        "| width of a causal pass | ms | times one token's | ms a token |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {width} | {ms:.2f} | {ms / narrow:.2f} | {ms / width:.2f} |"
        for width, ms in costs.items()
    ]
    return "\n".join(lines)


def write_json(
    path: Path, *, setting: Mapping[str, object], costs: Mapping[int, float], rows: Sequence[Row]
) -> None:
    """Write everything that was measured."""
    report = {
        "setting": setting,
        "pass_costs_ms": {str(width): ms for width, ms in costs.items()},
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(report, indent=1) + "\n")


def plot(path: Path, rows: Sequence[Row], *, title: str) -> None:
    """Draw throughput over length and over mask rate, after the paper's Figure 3."""
    import matplotlib
    from matplotlib.figure import Figure

    # Text as text, and the same file from the same figures.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "maria"})
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    by_length, by_rate = figure.subplots(1, 2, sharey=True)
    rate = min({row.mask_rate for row in rows}, key=lambda rate: abs(rate - PLOTTED_RATE))
    length = max(row.length for row in rows)
    measured = {row.method for row in rows}
    for method, (colour, marker) in PLOTTED.items():
        if method not in measured:
            continue
        own = [row for row in rows if row.method == method]
        across = [(row.length, row.tokens_per_second) for row in own if row.mask_rate == rate]
        along = [(row.mask_rate, row.tokens_per_second) for row in own if row.length == length]
        for axes, points in ((by_length, across), (by_rate, along)):
            axes.plot(
                *zip(*points, strict=True),
                color=colour,
                marker=marker,
                markersize=5,
                linewidth=2.2 if method == "engine" else 1.3,
                label=METHODS[method].title,
            )
    by_length.set(xlabel=f"length in tokens, mask rate {rate}", ylabel="filled tokens per second")
    by_length.set(xscale="log", yscale="log")
    lengths = sorted({row.length for row in rows})
    by_length.set_xticks(lengths, [str(length) for length in lengths], minor=False)
    by_length.minorticks_off()
    by_rate.set(xlabel=f"mask rate, {length} tokens")
    for axes in (by_length, by_rate):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=11)
    handles, labels = by_length.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.mask_rate}",
        METHODS[row.method].title,
        f"{row.tokens_per_second:.0f}",
        f"{row.speedup:.2f} ({min(row.speedups):.2f}-{max(row.speedups):.2f})",
        f"{row.ar_passes_per_token:.3f}",
        f"{row.mlm_passes:.0f}",
        _percent(row.acceptance),
        f"{row.first_ms:.0f}",
        f"{row.last_ms:.0f}",
        "" if row.peak_memory_mb is None else f"{row.peak_memory_mb:.0f}",
        _percent(row.exact_tokens),
        _divergence(row.divergences),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _divergence(divergences: Sequence[Divergence] | None) -> str:
    if divergences is None:
        return ""
    if not divergences:
        return "none"
    first = min(divergences, key=lambda found: found.slot / found.slots)
    text = f"slot {first.slot + 1} of {first.slots}, {first.gap:.1g} nats"
    return text if len(divergences) == 1 else f"{text}, and {len(divergences) - 1} more"
