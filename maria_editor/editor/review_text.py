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
    """What is shown in the place of a passage.

    `gaps` hold `BETWEEN` of two versions, `ends` that of new words and the sign behind them.
    `runs` are what stays as it is: its offset in the writer's text, its offset here, its length.
    """

    text: str
    marks: tuple[Mark, ...]
    gaps: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
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

        return self._show(versions, with_ends=True)

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
        self,
        versions: Callable[[Change, Decision], list[tuple[str, bool | None]]],
        *,
        with_ends: bool = False,
    ) -> ShownText:
        shown, position = _Builder(), self.start
        for number, (change, decision) in enumerate(zip(self.changes, self.decisions, strict=True)):
            shown.add_run(self.text[position - self.start : change.start - self.start], position)
            for words, is_new in versions(change, decision):
                if is_new is None:
                    shown.add_gap(shown.gaps)
                elif words:
                    shown.marks.append(
                        Mark(shown.length, shown.length + len(words), number, is_new, decision)
                    )
                    shown.add(words)
            position = change.end
            following = self.text[position - self.start :][:1]
            if with_ends and following.strip() and not shown.ends_in_space():
                shown.add_gap(shown.ends)
        shown.add_run(self.text[position - self.start :], position)
        return shown.build()


class _Builder:
    def __init__(self) -> None:
        self.parts = [""]
        self.length = 0
        self.marks: list[Mark] = []
        self.gaps: list[int] = []
        self.ends: list[int] = []
        self.runs: list[tuple[int, int, int]] = []

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def add_run(self, text: str, position: int) -> None:
        self.runs.append((position, self.length, len(text)))
        if text:
            self.add(text)

    def add_gap(self, gaps: list[int]) -> None:
        gaps.append(self.length)
        self.add(BETWEEN)

    def ends_in_space(self) -> bool:
        return self.parts[-1][-1:].isspace()

    def build(self) -> ShownText:
        return ShownText(
            "".join(self.parts),
            tuple(self.marks),
            gaps=tuple(self.gaps),
            ends=tuple(self.ends),
            runs=tuple(self.runs),
        )
