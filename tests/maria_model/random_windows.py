"""Random windows and sampling options for the tests of infilling."""

from __future__ import annotations

import random

from maria_model.api import SamplingOptions
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Slot, Window


def random_window(model: MariaForMaskedInfilling, seed: int) -> Window:
    """A window of 3 to 40 pieces with 1 to all of them masked; words, continuations and tokens."""
    draw = random.Random(seed)
    length = draw.randint(3, 40)
    pieces = tuple(draw.randrange(len(model.vocabulary)) for _ in range(length))
    positions = sorted(draw.sample(range(length), draw.randint(1, min(length, 8))))
    slots = tuple(
        Slot(
            position=position,
            blank=number // 2,
            piece=number % 2,
            kind=draw.choice(["word", "continuation", "token"]),
            spaced=draw.random() < 0.7,
            case=draw.choice(["any", "upper", "lower"]),
        )
        for number, position in enumerate(positions)
    )
    return Window(pieces, slots)


def random_options(seed: int) -> SamplingOptions:
    draw = random.Random(seed)
    return SamplingOptions(
        temperature=draw.choice([0.0, 0.5, 1.0, 1.5]),
        top_k=draw.choice([0, 0, 20]),
        top_p=draw.choice([1.0, 0.9]),
        seed=seed,
    )
