"""How a review reckons with changes: which gain the most, and how two rounds make one.

Offsets are code points of the writer's own text. Knows nothing of Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maria_model.api import Change, Reading


def words_in(change: Change) -> int:
    """Return how many of the writer's words a change takes; a mere insertion counts as one."""
    return max(1, len(change.before.split()))


def most_valuable(
    changes: Sequence[Change], budget: int | None, *, first: Iterable[str] = ()
) -> tuple[Change, ...]:
    """Return those that gain the most within a budget of words, in reading order.

    `first` are the identities of those that come before all others.
    """
    if budget is None:
        return tuple(changes)
    preferred = set(first)
    chosen, left = set(), budget
    for change in sorted(changes, key=lambda c: (c.identity not in preferred, -(c.gain or 0.0))):
        if words_in(change) <= left:
            chosen.add(change.identity)
            left -= words_in(change)
    return tuple(change for change in changes if change.identity in chosen)


def with_changes(text: str, changes: Sequence[Change], *, start: int = 0) -> str:
    """Return a text that begins at offset `start` with changes made; they are in reading order."""
    parts, position = [], start
    for change in changes:
        parts += [text[position - start : change.start - start], change.after]
        position = change.end
    return "".join([*parts, text[position - start :]])


@dataclass(frozen=True, slots=True)
class Base:
    """Where a round of refining begins: the writer's text with some changes made already."""

    text: str
    changes: tuple[Change, ...] = ()

    @property
    def reading(self) -> str:
        """The text that the round reads."""
        return with_changes(self.text, self.changes)

    def offset(self, position: int) -> int:
        """Return where a position of the writer's text, outside the changes, stands in it."""
        return position + sum(_growth(c) for c in self.changes if c.end <= position)

    def compose(self, later: Sequence[Change]) -> tuple[Change, ...]:
        """Return the changes of the writer's text that these and `later` ones make together.

        `later` are changes of `reading`. Those that meet or adjoin are one.
        """
        reading, composed = self.reading, []
        for start, end, gain, round_two in self._clusters(reading, later):
            first, last = self._own(start), self._own(end)
            change = Change(
                start=first,
                end=last,
                before=self.text[first:last],
                after=with_changes(reading[start:end], round_two, start=start),
                gain=gain,
            )
            if change.before != change.after:
                composed.append(change)
        return tuple(composed)

    def graft(self, reading: Reading, *, sweeps: int) -> Reading:
        """Return a later reading as one of the writer's text, `sweeps` further on."""
        changes = self.compose(reading.changes)
        text = with_changes(self.text, changes)
        return replace(reading, sweep=reading.sweep + sweeps, text=text, changes=changes)

    def _clusters(
        self, reading: str, later: Sequence[Change]
    ) -> list[tuple[int, int, float | None, list[Change]]]:
        """Return runs (start, end in the reading, gain, later changes) that change together."""
        moved = 0
        places: list[tuple[int, int, Change, bool]] = [(c.start, c.end, c, True) for c in later]
        for change in self.changes:
            start = change.start + moved
            places.append((start, start + len(change.after), change, False))
            moved += _growth(change)
        clusters: list[tuple[int, int, float | None, list[Change]]] = []
        for start, end, change, is_later in sorted(places, key=lambda place: place[:2]):
            gain, inside = change.gain, [change] if is_later else []
            if clusters and _adjoin(reading, clusters[-1][1], start):
                first, last, earlier, before = clusters.pop()
                start, end = first, max(last, end)
                gain, inside = _sum(earlier, gain), before + inside
            clusters.append((start, end, gain, inside))
        return clusters

    def _own(self, position: int) -> int:
        """Return the offset in the writer's text of one in the reading, not inside a change."""
        moved = 0
        for change in self.changes:
            if change.end + moved + _growth(change) > position:
                break
            moved += _growth(change)
        return position - moved


def _growth(change: Change) -> int:
    return len(change.after) - (change.end - change.start)


def _adjoin(text: str, end: int, start: int) -> bool:
    return start <= end or not text[end:start].strip(" ")


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second
