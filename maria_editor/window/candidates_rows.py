"""Suggestions as rows: merged where they differ by case or space, narrowed by what is typed.

Plain data. Knows nothing of Qt, of pages or of engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maria_model.api import Candidate


@dataclass(frozen=True, slots=True)
class Row:
    """Words for a blank, as they would be put there, and their share of all fills, 0 to 1."""

    fill: str
    share: float

    @property
    def words(self) -> str:
        """The words as a writer sees them."""
        return " ".join(self.fill.split())


def key_of(words: str) -> str:
    """Return what words have in common that differ only by case or space."""
    return " ".join(words.split()).casefold()


def rows_of(candidates: Iterable[Candidate]) -> list[Row]:
    """Return a row for each word, in order; those that differ by case or space share one."""
    rows: dict[str, Row] = {}
    for candidate in candidates:
        key = key_of(candidate.text)
        if key and key not in rows:
            rows[key] = Row(candidate.text, candidate.probability)
        elif key:
            share = min(1.0, rows[key].share + candidate.probability)
            rows[key] = replace(rows[key], share=share)
    return list(rows.values())


def by_share(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, likeliest first."""
    return sorted(rows, key=lambda row: -row.share)


def merged(rows: Sequence[Row], more: Iterable[Row]) -> list[Row]:
    """Return the rows with others below them; those that stand there stay where they are."""
    by_key = {key_of(row.fill): row for row in rows}
    for row in more:
        by_key.setdefault(key_of(row.fill), row)
    return list(by_key.values())


def reshared(rows: Sequence[Row], ranked: Iterable[Row], *, keep_order: bool = False) -> list[Row]:
    """Return the rows as a new ranking of some of them has it, likeliest first.

    The ranked ones share out anew what they held together. `keep_order` changes shares alone.
    """
    shares = {key_of(row.fill): row.share for row in ranked}
    among = [row for row in rows if key_of(row.fill) in shares]
    held = sum(row.share for row in among)
    fresh = [replace(row, share=held * shares[key_of(row.fill)]) for row in among]
    by_key = {key_of(row.fill): row for row in fresh}
    together = [by_key.get(key_of(row.fill), row) for row in rows]
    return together if keep_order else by_share(together)


def unseen_first(rows: Sequence[Row], seen: Iterable[str]) -> list[Row]:
    """Return the rows with those last whose keys were seen before."""
    known = set(seen)
    return sorted(rows, key=lambda row: key_of(row.fill) in known)


def beginning_with(rows: Iterable[Row], typed: str) -> list[Row]:
    """Return the rows whose words begin so, whatever the case."""
    return [row for row in rows if row.words.casefold().startswith(typed.casefold())]


def percent(share: float) -> str:
    """Return a share as the list shows it: `21 %`, or `<1 %`."""
    return "<1 %" if share < 0.01 else f"{round(100 * share)} %"
