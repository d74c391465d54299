"""Which pieces of a segment are blank: rates from Beta(2.5, 2.5) (paper, section 4).

A mask depends on the run's seed, the document, the epoch and the place in it, and on nothing
else: not on the batch, the layout or the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.head.lanes import Segment

_BETA = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskDrawing:
    """How masks are drawn.

    Attributes:
        is_word_start: (V,) whether a piece begins a word.
        kind: tokens, spans or words.
        span_length: mean length of a run of masks where kind is spans.
        revealed_prefix_share: how often everything before some point is shown.
        seed: of the run.
    """

    is_word_start: np.ndarray
    kind: str = "tokens"
    span_length: float = 3.0
    revealed_prefix_share: float = 0.0
    seed: int = 0

    def draw(self, segment: Segment) -> tuple[np.ndarray, float]:
        """Return (n,) which pieces are masked, and the rate they were drawn at."""
        seed = (self.seed, segment.key, segment.epoch, segment.start)
        generator = np.random.default_rng(seed)
        rate = float(generator.beta(_BETA, _BETA))
        draws: dict[str, Callable[[], np.ndarray]] = {
            "tokens": lambda: generator.random(len(segment.pieces)) < rate,
            "spans": lambda: _spans(len(segment.pieces), rate, self.span_length, generator),
            "words": lambda: _words(self.is_word_start[segment.pieces], rate, generator),
        }
        mask = draws[self.kind]()
        if generator.random() < self.revealed_prefix_share:
            mask[: generator.integers(len(mask))] = False
        return mask, rate


def _words(is_word_start: np.ndarray, rate: float, generator: np.random.Generator) -> np.ndarray:
    word = np.cumsum(is_word_start)
    return (generator.random(len(word) + 1) < rate)[word]


def _spans(length: int, rate: float, mean: float, generator: np.random.Generator) -> np.ndarray:
    """Return runs of masks of `mean` pieces on average, `rate` of all pieces in the long run."""
    mask = np.zeros(length, dtype=bool)
    # At high rates a gap of one piece is the least, so the runs grow instead.
    mean = max(mean, rate / max(1.0 - rate, 1e-6))
    gap = mean * (1.0 - rate) / max(rate, 1e-6)
    is_masked, at = bool(generator.random() < rate), 0
    while at < length:
        size = int(generator.geometric(min(1.0, 1.0 / (mean if is_masked else gap))))
        mask[at : at + size] = is_masked
        is_masked, at = not is_masked, at + size
    return mask
