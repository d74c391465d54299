"""A passage under review as text: the words of both versions, and which are which.

Offsets are code points of the text that is shown. Knows nothing of Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from maria_model.api import Change

ReviewView = Literal["inline", "side_by_side", "result"]
# Keeps old and new words on one line where both fit.
BETWEEN = "\u00a0"


class Decision(Enum):
    """What the writer said of a change."""

    PROPOSED = "proposed"
    KEPT = "kept"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of one version at `[start, end)`; `number` counts the changes."""

    start: int
    end: int
    number: int
    is_new: bool
    decision: Decision


@dataclass(frozen=True, slots=True)
class ShownText:
    """What is shown in the place of a passage. `gaps` hold `BETWEEN` of two versions.

    `runs` are what stays as it is: its offset in the writer's text, its offset here, its length.
    """

    text: str
    marks: tuple[Mark, ...]
    gaps: tuple[int, ...] = ()
    runs: tuple[tuple[int, int, int], ...] = ()

    def places(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return where spans of the writer's text stand here, those that stay as they are."""
        return [
            (here + start - there, here + end - there)
            for start, end in spans
            for there, here, length in self.runs
            if there <= start and end <= there + length
        ]


@dataclass(frozen=True, slots=True)
class PassageChanges:
    """A passage that begins at offset `start`, and its changes with what was decided."""

    text: str
    start: int
    changes: Sequence[Change]
    decisions: Sequence[Decision]

    def inline(self) -> ShownText:
        """Show old and new words beside each other."""

        def versions(change: Change, decision: Decision) -> list[tuple[str, bool | None]]:
            both = bool(change.before) and bool(change.after)
            between: list[tuple[str, bool | None]] = [(BETWEEN, None)] if both else []
            return [(change.before, False), *between, (change.after, True)]

        return self._show(versions)

    def original(self) -> ShownText:
        """Show the writer's words, those that would go marked."""
        return self._show(lambda change, decision: [(change.before, False)])

    def result(self) -> ShownText:
        """Show the words that would stand, the new ones marked."""

        def version(change: Change, decision: Decision) -> list[tuple[str, bool | None]]:
            is_new = decision is not Decision.LEFT_OUT
            return [(change.after if is_new else change.before, is_new)]

        return self._show(version)

    def _show(
        self, versions: Callable[[Change, Decision], list[tuple[str, bool | None]]]
    ) -> ShownText:
        parts, marks, gaps, runs = [""], [], [], []
        position, length = self.start, 0
        for number, (change, decision) in enumerate(zip(self.changes, self.decisions, strict=True)):
            parts.append(self.text[position - self.start : change.start - self.start])
            runs.append((position, length, len(parts[-1])))
            length += len(parts[-1])
            for words, is_new in versions(change, decision):
                if is_new is None:
                    gaps.append(length)
                elif words:
                    marks.append(Mark(length, length + len(words), number, is_new, decision))
                parts.append(words)
                length += len(words)
            position = change.end
        parts.append(self.text[position - self.start :])
        runs.append((position, length, len(parts[-1])))
        return ShownText("".join(parts), tuple(marks), tuple(gaps), tuple(runs))
