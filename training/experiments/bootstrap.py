"""Paired bootstrap over windows: how sure a difference between two readers is.

Windows are resampled, not tokens: tokens of one window share their text and are not independent.
Knows nothing of models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maria_model.errors import ConfigurationError

RESAMPLES = 10_000
# Rows of the resampling matrix made at once: (rows, windows) float64 stays small.
_CHUNK = 500

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean and the bounds between which 95 % of the resampled means lie."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval is: for losses, a win."""
        return self.high < 0.0

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval is: for accuracies, a win."""
        return self.low > 0.0


def bootstrap_mean(
    sums: Floats, counts: Floats, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """Return sum(sums) / sum(counts) and its percentile interval over resampled windows.

    Args:
        sums: (W,) what is averaged, summed over each window; for a paired comparison the
            difference of two readers on the same tokens.
        counts: (W,) tokens of each window.
        resamples: how many resampled sets of W windows.
        seed: of the resampling.

    Raises:
        ConfigurationError: no tokens at all, or the shapes differ.
    """
    if sums.shape != counts.shape or sums.ndim != 1 or not counts.sum() > 0:
        raise ConfigurationError(
            f"bootstrap over {sums.shape} sums and {counts.shape} counts: one of each a window."
        )
    draw = np.random.default_rng(seed)
    share = np.full(len(sums), 1.0 / len(sums))
    means: list[Floats] = []
    for first in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - first)
        times = draw.multinomial(len(sums), share, size=rows).astype(np.float64)
        tokens = times @ counts
        # A resample may hold empty windows alone: it says nothing.
        means.append((times @ sums)[tokens > 0] / tokens[tokens > 0])
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(mean=float(sums.sum() / counts.sum()), low=float(low), high=float(high))
