"""Reading, forgetting and branching at random on one kind of cache, for all families."""

from __future__ import annotations

import random
from pathlib import Path

from test_adapters import save_pair
from torch import Tensor

from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.device import CacheKind
from maria_model.modeling import MariaForMaskedInfilling

FULL_ATTENTION = ("olmo clipped", "neox serial", "olmoe untied", "gpt2 tied, roberta tied")
FAMILIES = (*FULL_ATTENTION, "ettin tied")


def save_families(folder: Path) -> dict[str, MariaForMaskedInfilling]:
    """Write a tiny pair of every family; return their models, float32."""
    return {
        name: MariaForMaskedInfilling.from_backbones_pretrained(
            *save_pair(folder / str(number), name)
        )
        for number, name in enumerate(FAMILIES)
    }


def play(model: MariaForMaskedInfilling, seed: int, kind: CacheKind) -> list[Tensor]:
    """Read, rewind, branch and follow at random; return every state that was given."""
    model.cache_kind = kind
    draw = random.Random(seed)
    reader, states = CausalReader(model, PassCounts()), []

    def pieces(most: int) -> list[int]:
        return [draw.randrange(len(model.vocabulary)) for _ in range(draw.randint(1, most))]

    read: list[int] = []
    for _ in range(draw.randint(2, 14)):
        action = draw.choice(["read", "read", "rewind", "branch", "follow"])
        if action == "read" and len(read) < 60:
            new = pieces(draw.choice([1, 5, 40]))
            states.append(reader.read(new))
            read += new
        elif action == "rewind":
            del read[draw.randint(0, len(read)) :]
            reader.rewind_to(len(read))
        elif action == "branch":
            states += reader.branch([pieces(4) for _ in range(draw.randint(1, 6))])
        elif action == "follow" and read:
            del read[draw.randrange(len(read)) :]
            reader.follow([*read, -1])
    model.cache_kind = "dynamic"
    return states
