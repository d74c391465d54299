"""What a causal pass costs by the number of pieces it reads, measured on this machine.

A pass has a fixed price (calls, reading the weights) and a price per piece. How many guesses are
worth reading at once follows from both and from how often guesses are right. Knows nothing of
what is read.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from maria_model.cache_kinds import is_padded, kind_of
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.device import CacheKind
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.static_passes import pass_widths

# Pieces of the two passes that are timed, and the text they follow.
_NARROW, _WIDE, _PREFIX = 1, 64, 64
_RUNS = 5
# A block reaches over so many mismatches, as far as they can be expected: slots that were read once
# with a wrong word before them are drafted much better the next time, which prices per settled slot
# leave out of account.
_MISMATCHES = 6.0
# Below this acceptance even the second drafts are mostly wrong, and reading ahead is a waste.
_HOPELESS = 0.55
# Outside of these a measurement says more about a busy machine than about the model.
_LEAST_FREE_WIDTH, _MOST_FREE_WIDTH = 8, 512


@dataclass(frozen=True, slots=True)
class PassCosts:
    """The price of a pass, in units of its fixed part: 1 + width / free_width.

    Attributes:
        free_width: pieces that cost as much as the pass itself; a power of two, so that one
            machine plans alike every time.
        is_padded: passes are of a few fixed widths (`static_passes`), which is what is paid for.
    """

    free_width: int
    is_padded: bool = False

    @staticmethod
    def of(model: MariaForMaskedInfilling) -> PassCosts:
        """Return the costs of a model where it runs and on its cache, measured on first use."""
        return _measured(model, kind_of(model))

    @classmethod
    def measure(cls, model: MariaForMaskedInfilling) -> PassCosts:
        """Time a narrow and a wide pass, the best of a few."""
        room = model.context_length - 2
        wide = min(_WIDE, room // 2)
        reader = CausalReader(model, PassCounts())
        prefix = min(_PREFIX, room - wide)
        reader.read([0] * prefix)
        narrow_s, wide_s = _best_times(reader, prefix, (_NARROW, wide))
        per_piece = (wide_s - narrow_s) / max(wide - _NARROW, 1)
        free_width = _free_width(narrow_s - per_piece, per_piece)
        return cls(free_width, is_padded(kind_of(model)))

    def of_width(self, width: int) -> float:
        """Return the price of reading `width` pieces at once."""
        widths = pass_widths(width) if self.is_padded else [width]
        return sum(1.0 + width / self.free_width for width in widths)

    def best_count(self, widths: Sequence[int], acceptance: float) -> int:
        """Return how many slots to verify in one pass: all of them, where they are few.

        Args:
            widths: pieces to read until the first slot's distribution is known, the second's, ...
            acceptance: how often a draft is right, 0 to 1.
        """
        # A slot is reached when every draft before it was right.
        reached = itertools.accumulate(acceptance**n for n in range(len(widths)))
        # What one settled slot costs; equal prices go to the wider block.
        prices = [
            (self.of_width(width) / settled, -count)
            for count, (width, settled) in enumerate(zip(widths, reached, strict=True), 1)
        ]
        cheapest = -min(prices)[1]
        if acceptance < _HOPELESS:
            return cheapest
        return min(max(cheapest, round(_MISMATCHES / max(1.0 - acceptance, 1e-9))), len(widths))


@lru_cache(maxsize=4)
def _measured(model: MariaForMaskedInfilling, kind: CacheKind) -> PassCosts:
    return PassCosts.measure(model)


def _free_width(fixed: float, per_piece: float) -> int:
    """Return the pieces that cost as much as a pass itself, of its two prices in seconds."""
    if per_piece * _MOST_FREE_WIDTH <= fixed:
        return _MOST_FREE_WIDTH
    if per_piece * _LEAST_FREE_WIDTH >= fixed:
        return _LEAST_FREE_WIDTH
    return 2 ** round(math.log2(fixed / per_piece))


def _best_times(reader: CausalReader, prefix: int, widths: Sequence[int]) -> list[float]:
    """Return the shortest time of each width in seconds; the widths take turns."""
    best = [math.inf] * len(widths)
    for _ in range(_RUNS):
        for number, width in enumerate(widths):
            started = time.perf_counter()
            reader.read([0] * width)
            _wait(reader.state(prefix + width))
            best[number] = min(best[number], time.perf_counter() - started)
            reader.rewind_to(prefix)
    return best


def _wait(state: torch.Tensor) -> None:
    """Wait for the device: a graphics card answers before it is done."""
    if state.is_cuda:
        torch.cuda.synchronize(state.device)
