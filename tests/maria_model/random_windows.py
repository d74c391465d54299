"""Random windows and sampling options for the tests of infilling."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from maria_model.api import SamplingOptions
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Slot, SlotKind, Window


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


class RandomRules:
    """Rules of one blank: after each beginning of the fill, other pieces are ruled out."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed

    def allowed(self, pieces: Sequence[int]) -> Tensor:
        draw = torch.Generator().manual_seed(hash((self._seed, *pieces)) % 2**31)
        mask = torch.rand(self._size, generator=draw) < 0.5
        # Something fits every slot.
        mask[::5] = True
        return mask


def ruled_window(model: MariaForMaskedInfilling, seed: int) -> Window:
    """A window whose blanks are runs of one to three slots; most of them have rules."""
    draw = random.Random(seed)
    pieces = tuple(draw.randrange(len(model.vocabulary)) for _ in range(draw.randint(8, 32)))
    slots: list[Slot] = []
    position = blank = 0
    while position < len(pieces):
        if draw.random() < 0.3 or not slots:
            kind: SlotKind = draw.choice(["word", "token"])
            for piece in range(min(draw.randint(1, 3), len(pieces) - position)):
                slots.append(Slot(position=position, blank=blank, piece=piece, kind=kind))
                kind, position = "token", position + 1
            blank += 1
        position += 1
    size = len(model.vocabulary)
    rules = {n: RandomRules(size, 1000 * seed + n) for n in range(blank) if draw.random() < 0.7}
    return Window(pieces, tuple(slots), rules)


def random_options(seed: int) -> SamplingOptions:
    draw = random.Random(seed)
    return SamplingOptions(
        temperature=draw.choice([0.0, 0.5, 1.0, 1.5]),
        top_k=draw.choice([0, 0, 20]),
        top_p=draw.choice([1.0, 0.9]),
        seed=seed,
    )
