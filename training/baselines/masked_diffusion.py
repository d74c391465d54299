"""The masked LM decoded as a masked diffusion model: a schedule of steps, many masks in each.

Each step reads the whole window and unmasks its share of what is left, every piece drawn from its
own distribution, blind to the others of its step. `random` unmasks in a random order, as MDLM's
ancestral sampler does (Sahoo et al., 2024) but with even steps instead of a coin per mask;
`confidence` unmasks the likeliest choices first (MaskGIT, Chang et al., 2022). Like MDLM's, the
sampler skips the steps that unmask nothing: the masked LM is told no time, so they would repeat
the last answer.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor

from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import GREEDY
from maria_model.windows import Slot, Window
from training.baselines.decoding import FilledSlot, MaskedReader, choose_pieces, restrict

Order = Literal["random", "confidence"]


def decode_masked_diffusion(
    model: MariaForMaskedInfilling,
    window: Window,
    *,
    steps: int,
    order: Order = "confidence",
    options: SamplingOptions = GREEDY,
    counts: PassCounts | None = None,
) -> Iterator[FilledSlot]:
    """Fill a window's slots in at most `steps` passes of the masked LM, in the order of unmasking.

    Args:
        model: only its masked LM is read.
        window: its known pieces are never masked.
        steps: of the schedule, at least 1; the linear one.
        order: which masks a step unmasks.
        options: greedy by default; its seed also draws the random order.
        counts: passes are added here.

    Raises:
        ValueError: `steps` is below 1.
    """
    if steps < 1:
        raise ValueError(f"steps={steps}: take at least 1.")
    reader = MaskedReader(model, window, counts)
    masked = list(window.slots)
    if order == "random":
        random.Random(options.seed).shuffle(masked)
    for count in unmasking_schedule(len(masked), steps):
        # In a random order only the slots to unmask meet the large projection.
        read = masked[:count] if order == "random" else masked
        logits = restrict(reader.logits(read), read, model.vocabulary)
        chosen = list(zip(read, choose_pieces(logits, read, options), strict=True))
        unmasked = _most_confident(logits, [piece for _, piece in chosen], count)
        for number in unmasked:
            slot, piece = chosen[number]
            reader.fill(slot, piece)
            yield FilledSlot(slot, piece)
        masked = _without(masked, unmasked)


def unmasking_schedule(masks: int, steps: int) -> list[int]:
    """Return how many masks each step unmasks, as evenly as whole numbers allow, zeros left out."""
    totals = [masks * step // steps for step in range(steps + 1)]
    counts = [after - before for before, after in itertools.pairwise(totals)]
    return [count for count in counts if count]


def _most_confident(logits: Tensor, pieces: list[int], count: int) -> list[int]:
    """Return the rows of the `count` likeliest choices, in reading order."""
    if count == len(pieces):
        return list(range(count))
    chosen = logits.gather(1, torch.tensor(pieces, device=logits.device)[:, None])[:, 0]
    confidence = chosen - logits.logsumexp(dim=-1)
    return sorted(int(row) for row in confidence.topk(count).indices.tolist())


def _without(slots: list[Slot], rows: list[int]) -> list[Slot]:
    gone = set(rows)
    return [slot for row, slot in enumerate(slots) if row not in gone]
