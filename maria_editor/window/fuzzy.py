"""Fuzzy matching of short labels: the letters typed, in order, wherever they stand.

Knows nothing of Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

_WORD_START, _CONSECUTIVE, _GAP = 8, 5, -1


@dataclass(frozen=True, slots=True)
class FuzzyMatch:
    """How well a label fits, and at which letters."""

    score: int
    letters: tuple[int, ...]


def fuzzy_match(typed: str, label: str) -> FuzzyMatch | None:
    """Return the best way to find the typed letters in a label; None if there is none.

    Beginnings of words and runs of letters count most.
    """
    typed, lower = typed.casefold().replace(" ", ""), label.casefold()
    if len(lower) != len(label):
        # Folding has made one letter two: positions would be off.
        lower = label.lower() if len(label.lower()) == len(label) else label
    best = {-1: FuzzyMatch(0, ())}
    for letter in typed:
        best = _extend(best, letter, lower)
        if not best:
            return None
    return max(best.values(), key=lambda match: match.score)


def _extend(best: dict[int, FuzzyMatch], letter: str, label: str) -> dict[int, FuzzyMatch]:
    """Return the best match for each place at which it can end, one letter further."""
    extended: dict[int, FuzzyMatch] = {}
    for place, other in enumerate(label):
        if other != letter:
            continue
        found = [
            FuzzyMatch(match.score + _worth(last, place, label), (*match.letters, place))
            for last, match in best.items()
            if last < place
        ]
        if found:
            extended[place] = max(found, key=lambda match: match.score)
    return extended


def _worth(last: int, place: int, label: str) -> int:
    if place == 0 or not label[place - 1].isalnum():
        worth = _WORD_START
    elif last == place - 1 and last >= 0:
        worth = _CONSECUTIVE
    else:
        worth = 0
    return worth + (_GAP * min(place - last - 1, 3) if last >= 0 else 0)
