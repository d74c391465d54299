"""Whether MARIA is better than what it is compared with: paired differences, and two conditions.

In the middle (mask rates 0.3, 0.5 and 0.7) MARIA is to be better than every rival; at the ends (0.1
and 0.9), where one of its parts alone knows nearly all there is, not worse than the better part by
more than half a percent of perplexity. Reads figures of `perplexity`; knows nothing of models.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Mapping[str, Any]]
Files = Mapping[str, Rows]

# By their names in figures and in words.
READERS = {
    "maria": "MARIA",
    "gated": "MARIA with its gate",
    "gated k=16": "the same, read again every 16",
    "gated k=1": "the same, read again every piece",
}
RIVALS = {
    "product": "product start",
    "diffusion": "masked diffusion",
    "causal": "causal LM",
    "masked": "masked LM, one pass",
    "masked k=1": "masked LM, left to right",
}
PARTS = ("causal", "masked", "masked k=1")
MIDDLE, ENDS = (0.3, 0.5, 0.7), (0.1, 0.9)
# Of the better part's perplexity.
TOLERANCE = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A paired difference in nats a masked piece: below zero MARIA's reader is better."""

    text: str
    mask_rate: float
    rival: str
    mean: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """Whether the whole interval says so."""
        return self.high < 0.0

    @property
    def is_tolerable(self) -> bool:
        """Whether the upper bound is within the tolerance."""
        return math.expm1(self.high) <= TOLERANCE

    def __str__(self) -> str:
        percents = (f"{math.expm1(value):+.1%}" for value in (self.mean, self.low, self.high))
        told = "{} [{}, {}]".format(*percents)
        return f"{self.text} at {self.mask_rate}, {RIVALS[self.rival]}: {told}"


def middle(files: Files, reader: str) -> list[Comparison]:
    """Return the comparisons of the first condition: with every rival, at every middle rate."""
    return [
        _comparison(name, row, reader, rival)
        for name, row in _rows(files, MIDDLE)
        for rival in RIVALS
        if f"{reader} - {rival}" in row["differences"]
    ]


def ends(files: Files, reader: str) -> list[Comparison]:
    """Return the comparisons of the second condition: with the better part, at either end."""
    return [
        _comparison(name, row, reader, min(PARTS, key=row["nats_per_token"].__getitem__))
        for name, row in _rows(files, ENDS)
    ]


def _rows(files: Files, rates: Sequence[float]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return (
        (name, row) for name, rows in files.items() for row in rows if row["mask_rate"] in rates
    )


def _comparison(text: str, row: Mapping[str, Any], reader: str, rival: str) -> Comparison:
    found = row["differences"][f"{reader} - {rival}"]
    return Comparison(text=text, mask_rate=row["mask_rate"], rival=rival, **found)


def verdicts(files: Files) -> str:
    """Return Markdown: each reader's two conditions in words, then every difference in a table."""
    # A model without a gate is judged as it is.
    readers = [reader for reader in READERS if _is_measured(files, reader)]
    readers = readers[1:] or readers
    said = "\n".join(f"- {_in_words(files, reader)}" for reader in readers)
    return f"{said}\n\n{differences_table(files, readers)}"


def _is_measured(files: Files, reader: str) -> bool:
    return all(reader in row["nats_per_token"] for rows in files.values() for row in rows)


def _in_words(files: Files, reader: str) -> str:
    inside, outside = middle(files, reader), ends(files, reader)
    not_better = [comparison for comparison in inside if not comparison.is_better]
    too_bad = [comparison for comparison in outside if not comparison.is_tolerable]
    return (
        f"**{READERS[reader]}.** At 0.3, 0.5 and 0.7 better than each rival: "
        f"{_count(inside, not_better)}. At 0.1 and 0.9 the upper bound of its perplexity is at "
        f"most {TOLERANCE:.1%} above the better part's: {_count(outside, too_bad)}."
    )


def _count(comparisons: Sequence[Comparison], failed: Sequence[Comparison]) -> str:
    met = f"{len(comparisons) - len(failed)} of {len(comparisons)}"
    return met if not failed else f"{met}; not {'; '.join(map(str, failed))}"


def differences_table(files: Files, readers: Sequence[str]) -> str:
    """Return a Markdown table of all differences, bold where MARIA is not surely better."""
    rates = [row["mask_rate"] for row in next(iter(files.values()))]
    lines = [
        f"| text | reader | minus | {' | '.join(map(str, rates))} |",
        "|---" * (len(rates) + 3) + "|",
    ]
    for name, rows in files.items():
        for reader in readers:
            for rival, words in RIVALS.items():
                cells = [_cell(_comparison(name, row, reader, rival)) for row in rows]
                lines.append(f"| {name} | {READERS[reader]} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(found: Comparison) -> str:
    told = f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return told if found.is_better else f"**{told}**"
