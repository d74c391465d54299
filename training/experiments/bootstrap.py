"""Paired bootstrap over windows: how sure a difference between two readers is.

Windows are resampled, not tokens: tokens of one window share their text and are not independent.
Knows nothing of models.
"""

from __future__ import annotations

import functools
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
    return bootstrap_means(sums[None], counts, resamples=resamples, seed=seed)[0]


def bootstrap_means(
    sums: Floats, counts: Floats, *, resamples: int = RESAMPLES, seed: int = 0
) -> list[Interval]:
    """Return the intervals of many comparisons (R, W) over the same windows, resampled alike.

    Raises:
        ConfigurationError: no tokens at all, or the shapes differ.
    """
    if sums.shape[1:] != counts.shape or counts.ndim != 1 or not counts.sum() > 0:
        raise ConfigurationError(
            f"bootstrap over {sums.shape[1:]} sums and {counts.shape} counts: one of each a window."
        )
    means: list[Floats] = []
    for drawn in np.split(_draws(len(counts), resamples, seed), range(_CHUNK, resamples, _CHUNK)):
        times = drawn.astype(np.float64)
        tokens = times @ counts
        # A resample may hold empty windows alone: it says nothing.
        means.append((times @ sums.T)[tokens > 0] / tokens[tokens > 0, None])
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5], axis=0)
    return [
        Interval(mean=float(total / counts.sum()), low=float(lowest), high=float(highest))
        for total, lowest, highest in zip(sums.sum(axis=1), low, high, strict=True)
    ]


@functools.lru_cache(maxsize=2)
def _draws(windows: int, resamples: int, seed: int) -> NDArray[np.uint32]:
    """Return how often each window is in each resample; drawn once for many comparisons."""
    draw = np.random.default_rng(seed)
    share = np.full(windows, 1.0 / windows)
    return np.concatenate(
        [
            draw.multinomial(windows, share, size=min(_CHUNK, resamples - first)).astype(np.uint32)
            for first in range(0, resamples, _CHUNK)
        ]
    )
