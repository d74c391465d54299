"""Draws what `perplexity` measured: perplexity over the mask rate by reader, a panel a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.experiments.perplexity_tables import PAPER_READERS

# By the names of the paper's table; colours that differ in lightness too.
_STYLES = {
    "causal LM": ("#8c6d1f", "s"),
    "masked LM, left to right": ("#2a6f97", "v"),
    "masked diffusion": ("#9aa0a6", "D"),
    "product start": ("#7b5ea7", "^"),
    "MARIA": ("#d08c60", "o"),
    "MARIA with its gate": ("#a4243b", "o"),
    "the same, read again every 16": ("#1f1f1f", "x"),
}


def plot(files: Mapping[str, Sequence[Mapping[str, Any]]], path: Path) -> None:
    """Draw the figures of `perplexity`, by file, to an SVG or PNG file."""
    import matplotlib
    from matplotlib.figure import Figure

    # Text as text, and the same file from the same figures.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "maria"})
    figure = Figure(figsize=(2.2 + 2.2 * len(files), 3.6), layout="constrained")
    panels = figure.subplots(1, len(files), squeeze=False)[0]
    for axes, (name, rows) in zip(panels, files.items(), strict=True):
        for words, reader in PAPER_READERS:
            if words in _STYLES and reader in rows[0]["perplexity"]:
                colour, marker = _STYLES[words]
                axes.plot(
                    [row["mask_rate"] for row in rows],
                    [row["perplexity"][reader] for row in rows],
                    color=colour,
                    marker=marker,
                    markersize=4,
                    linewidth=2.2 if words == "MARIA with its gate" else 1.3,
                    label=words,
                )
        axes.set(title=name, xlabel="mask rate", yscale="log")
        axes.grid(alpha=0.25, which="both")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("perplexity per token")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
