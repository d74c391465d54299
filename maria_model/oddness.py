"""From which oddness on a word is called unusual or unlikely: the one home of these steps.

Plain numbers; knows nothing of models.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from enum import IntEnum

from maria_model.api import WordScore

# Bits at which each level begins, so that of the words of a novel or an encyclopedia at most 12 in
# a hundred stand out and about 1 is very unlikely, from both sides and from the left alone
# (training/experiments/odd_words.py).
STEPS = (7.0, 8.5, 10.5, 13.0)


class Level(IntEnum):
    """How much a word stands out."""

    EXPECTED = 0
    A_LITTLE_UNUSUAL = 1
    UNUSUAL = 2
    UNLIKELY = 3
    VERY_UNLIKELY = 4


def level_of(word: WordScore) -> Level:
    """Return a word's level; names, numbers and code are always as expected."""
    if word.kind != "word":
        return Level.EXPECTED
    return Level(bisect_right(STEPS, word.oddness / math.log(2)))
