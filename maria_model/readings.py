"""What a sweep made of a passage, as text and as changes of the writer's words.

Offsets are code points of the original text. Changes are whole words in both texts, do not
overlap, and each can be made without the others. Knows nothing of models or scores' making.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from maria_model.api import Change, PassageScore, Reading
from maria_model.passages import PassageText, Unit


@dataclass(frozen=True, slots=True)
class Readings:
    """Turns units' pieces into readings of the whole text."""

    source: PassageText
    units: Sequence[Unit]

    def reading(
        self,
        sweep: int,
        pieces: Sequence[tuple[int, ...]],
        *,
        gains: Mapping[int, float] | None = None,
        score: PassageScore | None = None,
    ) -> Reading:
        """Return the reading of the text in which each unit has these pieces.

        Args:
            sweep: which sweep left it, from 1 on.
            pieces: of each unit.
            gains: what each changed unit gains, by its number; None where that was not weighed.
            score: of the passage.
        """
        text = self.source.text
        new_texts = self.source.rewritten(self.units, pieces)
        changes = find_changes(text, self.units, new_texts, end=self.source.end)
        if gains is not None:
            changes = tuple(replace(c, gain=self._gain(c, gains)) for c in changes)
        return Reading(sweep=sweep, text=with_changes(text, changes), changes=changes, score=score)

    def _gain(self, change: Change, gains: Mapping[int, float]) -> float:
        """Return what the units within a change gain together."""
        return sum(
            gain
            for number, gain in gains.items()
            if change.start <= self.units[number].start and self.units[number].end <= change.end
        )


def with_changes(text: str, changes: Sequence[Change]) -> str:
    """Return a text with changes made; they are in reading order and do not overlap."""
    parts, position = [], 0
    for change in changes:
        parts += [text[position : change.start], change.after]
        position = change.end
    return "".join([*parts, text[position:]])


def find_changes(
    text: str, units: Sequence[Unit], new_texts: Sequence[str], *, end: int
) -> tuple[Change, ...]:
    """Return the replaced runs of whole words; adjoining ones are one change."""
    changes: list[Change] = []
    for start, stop, after in _whole_words(text, units, new_texts, end):
        before = text[start:stop]
        if before == after:
            continue
        if changes and not text[changes[-1].end : start].strip(" "):
            last = changes.pop()
            gap = text[last.end : start]
            start, before = last.start, last.before + gap + before
            after = last.after + gap + after
        changes.append(Change(start=start, end=stop, before=before, after=after))
    return tuple(changes)


def _whole_words(
    text: str, units: Sequence[Unit], new_texts: Sequence[str], end: int
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, new text) of runs cut at words in both texts, outer spaces left out."""
    start, after = (units[0].start if units else end), ""
    for number, unit in enumerate(units):
        # What lies between two units (a word's space) belongs to neither.
        following = units[number + 1].start if number + 1 < len(units) else end
        after += new_texts[number] + text[unit.end : following]
        is_last = number + 1 == len(units)
        if not is_last and not _is_cut(text, unit, units[number + 1], new_texts[number + 1]):
            continue
        lead, tail = _shared_spaces(text[start:following], after)
        yield start + lead, following - tail, after[lead : len(after) - tail]
        start, after = following, ""


def _shared_spaces(old: str, new: str) -> tuple[int, int]:
    """Return how many spaces both strings begin with, and end with."""
    lead = _shared_lead(old, new)
    return lead, _shared_lead(old[lead:][::-1], new[lead:][::-1])


def _shared_lead(old: str, new: str) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    shortest = min(len(old), len(new))
    return next((n for n, (a, b) in pairs if a != b or not a.isspace()), shortest)


def _is_cut(text: str, unit: Unit, following: Unit, new_text: str) -> bool:
    """Whether one word ends with `unit`, in the old text and in the new."""
    if unit.is_word or following.is_word:
        return True
    gap = text[unit.end : following.start]
    old_next = gap + text[following.start : following.end]
    return old_next[:1].isspace() and (gap + new_text)[:1].isspace()
