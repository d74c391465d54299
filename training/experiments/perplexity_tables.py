"""Markdown tables of what `perplexity` measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The paper's rows and two of ours: name, sample, reader.
PAPER_READERS = (
    ("causal LM", "all_masks", "causal"),
    ("masked LM, left to right", "sampled_masks", "masked k=1"),
    ("masked diffusion", "all_masks", "diffusion"),
    ("product start", "all_masks", "product"),
    ("MARIA", "all_masks", "maria"),
    ("MARIA with its gate", "all_masks", "gated"),
    ("the same, read again every 16", "sampled_masks", "gated k=16"),
)


def table(rows: list[dict[str, Any]], *, readers: list[str]) -> str:
    """Return a Markdown table: nats per masked piece, perplexity in brackets."""
    lines = [
        f"| mask rate | pieces | {' | '.join(readers)} |",
        "|---" * (len(readers) + 2) + "|",
    ]
    for row in rows:
        cells = [f"{row['nats_per_token'][r]:.3f} ({row['perplexity'][r]:.1f})" for r in readers]
        lines.append(f"| {row['mask_rate']} | {row['tokens']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences_table(rows: list[dict[str, Any]]) -> str:
    """Return a Markdown table of paired differences in nats, 95 % intervals in brackets."""
    names = list(rows[0]["differences"])
    lines = [
        f"| difference | {' | '.join(str(row['mask_rate']) for row in rows)} |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name in names:
        found = [row["differences"][name] for row in rows]
        cells = [f"{d['mean']:+.3f} [{d['low']:+.3f}, {d['high']:+.3f}]" for d in found]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def paper_table(
    files: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]], *, with_sampled: bool = True
) -> str:
    """Return a Markdown table of perplexities, in brackets bits per byte: files by mask rates.

    `with_sampled` takes those readers in that are estimated on a few masks of each window.
    """
    rates = [row["mask_rate"] for row in next(iter(files.values()))["all_masks"]]
    lines = [
        f"| text | reader | {' | '.join(map(str, rates))} |",
        "|---" * (len(rates) + 2) + "|",
    ]
    for name, samples in files.items():
        for words, sample, reader in PAPER_READERS:
            rows = samples[sample]
            is_shown = with_sampled or sample == "all_masks"
            if is_shown and reader in rows[0]["perplexity"]:
                cells = [
                    f"{row['perplexity'][reader]:.1f} ({row['bits_per_byte'][reader]:.2f})"
                    for row in rows
                ]
                lines.append(f"| {name} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)
