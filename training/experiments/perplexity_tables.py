"""Markdown tables of what `perplexity` measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The paper's rows and ours: name, reader.
PAPER_READERS = (
    ("causal LM", "causal"),
    ("masked LM, one pass", "masked"),
    ("masked LM, left to right", "masked k=1"),
    ("masked diffusion", "diffusion"),
    ("product start", "product"),
    ("MARIA", "maria"),
    ("MARIA with its gate", "gated"),
    ("the same, read again every 16", "gated k=16"),
    ("the same, read again every piece", "gated k=1"),
)


def table(rows: Sequence[Mapping[str, Any]], *, readers: Sequence[str]) -> str:
    """Return a Markdown table: nats per masked piece, perplexity in brackets."""
    lines = [
        f"| mask rate | pieces | {' | '.join(readers)} |",
        "|---" * (len(readers) + 2) + "|",
    ]
    for row in rows:
        cells = [f"{row['nats_per_token'][r]:.3f} ({row['perplexity'][r]:.1f})" for r in readers]
        lines.append(f"| {row['mask_rate']} | {row['tokens']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def paper_table(files: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return a Markdown table of perplexities, in brackets bits per byte: files by mask rates."""
    rates = [row["mask_rate"] for row in next(iter(files.values()))]
    lines = [
        f"| text | reader | {' | '.join(map(str, rates))} |",
        "|---" * (len(rates) + 2) + "|",
    ]
    for name, rows in files.items():
        for words, reader in PAPER_READERS:
            if reader in rows[0]["perplexity"]:
                cells = [
                    f"{row['perplexity'][reader]:.1f} ({row['bits_per_byte'][reader]:.2f})"
                    for row in rows
                ]
                lines.append(f"| {name} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)
