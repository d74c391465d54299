"""Watches the losses of a head training: one that is no number, and those that are far off.

Knows numbers alone.
"""

from __future__ import annotations

import math
from pathlib import Path

from maria_model.errors import MariaError

# Losses in a row that must be far off, the later half of them no lower than the earlier.
STEPS = 100


class LossWatch:
    """Stops a training whose loss has gone astray; no honest one gets there.

    A run begins at the product of experts, and W3 = 0, a blind guess of ln V nats, is always in
    its reach. Astray is a loss of more than twice the worse of the two: such a head is worse than
    none, whatever the text. The mean over a step's few pieces may be so by chance, but not `STEPS`
    times in a row; and a large learning rate that shoots over and comes back is left alone, because
    its losses fall.

    Args:
        pieces: V, the size of the shared vocabulary.
        output_dir: where the checkpoints are, for messages.
    """

    def __init__(self, *, pieces: int, output_dir: Path) -> None:
        self._blind = math.log(pieces)
        self._kept = f"the checkpoints in {output_dir} are intact"
        self._astray: list[float] = []

    @property
    def is_astray(self) -> bool:
        """Whether the last loss was: no checkpoint of it may take the place of a good one."""
        return bool(self._astray)

    def see(self, loss: float, *, start: float, step: int) -> None:
        """Judge a step's loss by that of the run's first step.

        Raises:
            MariaError: it is not finite, or astray for long.
        """
        remedy = f"lower learning_rate and start anew in another output_dir; {self._kept}."
        if not math.isfinite(loss):
            raise MariaError(f"Loss is {loss} at step {step}: {remedy}")
        limit = 2.0 * max(start, self._blind)
        self._astray = [*self._astray, loss] if loss > limit else []
        if len(self._astray) < STEPS:
            return
        earlier, later = self._astray[: STEPS // 2], self._astray[STEPS // 2 :]
        if sum(later) >= sum(earlier):
            raise MariaError(
                f"Loss is {loss:.3g} at step {step}, above {limit:.3g} for {STEPS} steps, where "
                f"{start:.3g} was the start and {self._blind:.3g} a blind guess: {remedy}"
            )
        self._astray = later
