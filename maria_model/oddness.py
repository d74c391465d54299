"""From which oddness on a word is called unusual or unlikely: the one home of these steps.

Plain numbers; knows nothing of models.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from enum import IntEnum

from maria_model.api import Sides, WordScore

# Bits at which each level begins. Of the words of a novel or an encyclopedia about 12, 6, 2.5 and
# 1 in a hundred reach them (training/experiments/odd_words.py).
STEPS: dict[Sides, tuple[float, float, float, float]] = {
    "both": (6.5, 8.5, 10.5, 13.0),
    "left": (6.5, 8.5, 10.5, 13.0),
}


class Level(IntEnum):
    """How much a word stands out."""

    EXPECTED = 0
    A_LITTLE_UNUSUAL = 1
    UNUSUAL = 2
    UNLIKELY = 3
    VERY_UNLIKELY = 4


def level_of(word: WordScore, sides: Sides = "both") -> Level:
    """Return a word's level; names, numbers and code are always as expected."""
    if word.kind != "word":
        return Level.EXPECTED
    return Level(bisect_right(STEPS[sides], word.oddness / math.log(2)))
