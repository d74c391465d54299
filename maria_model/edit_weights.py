"""What an edit must gain: the weights of its scores, and the least gain at a strength.

    gain = flow * (flow gained) + fit * (fit gained)
           - new_commonness * (commonness of the new word) + old_commonness * (of the old)
           + kinship * (of the new word with the old)
           + shortening * (whether the new word has fewer pieces) + constant

In nats: where the weights were fitted, the log-odds that the new word is right and the old is not.
Likelihood alone prefers the commoner word nearly always; commonness says how much more such a word
has to gain (docs/adr/0011); kinship, that a slip is often near the right word. Fitted on held-out
text by `training.experiments.refining`. Knows nothing of models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from maria_model.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWeights:
    """Weights of an edit's gain.

    Attributes:
        flow, fit: of what the causal LM and MARIA gain by it.
        new_commonness, old_commonness: of how common the new word and the old word are.
        kinship: of how near the new word is to the old one, as `kinship.nearness` has it.
        shortening: of a word of fewer pieces: fits at different lengths are not comparable.
        constant: of every change; below 0 where most words are right.
        cautious, bold: the least gain of a change at strength 0 and at strength 1.
    """

    flow: float = 0.5
    fit: float = 0.5
    new_commonness: float = 0.75
    old_commonness: float = 0.75
    kinship: float = 0.0
    shortening: float = 0.0
    constant: float = 0.0
    cautious: float = 9.0
    bold: float = 5.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not math.isfinite(value):
                raise ConfigurationError(f"edit: {field.name}={value}: give a finite number.")
        if not self.flow + self.fit > 0.0:
            raise ConfigurationError(f"edit: flow={self.flow}, fit={self.fit}: together above 0.")

    def gain(
        self,
        *,
        flow: float,
        fit: float,
        new: float,
        old: float,
        kinship: float = 0.0,
        is_shorter: bool = False,
    ) -> float:
        """Return the gain of a change in nats.

        Args:
            flow: by how much the flow rises.
            fit: by how much the fit rises.
            new: commonness of the new word, a log-probability.
            old: commonness of the old word.
            kinship: how near both words are, 0 to 1 (`kinship.nearness`).
            is_shorter: whether the new word has fewer pieces.
        """
        return (
            self.flow * flow
            + self.fit * fit
            - self.new_commonness * new
            + self.old_commonness * old
            + self.kinship * kinship
            + self.shortening * is_shorter
            + self.constant
        )

    def least_gain(self, strength: float) -> float:
        """Return what a change must gain more than, at a strength from 0 to 1."""
        return self.cautious + (self.bold - self.cautious) * strength
