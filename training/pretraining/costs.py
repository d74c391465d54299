"""What a step of pretraining costs in floating-point operations.

Counts the useful products of matrices, forward and backward; the optimiser's own are left out. The
device's ceiling is measured where the head's is, in `training.head.costs`.
"""

from __future__ import annotations

from dataclasses import dataclass

from transformers import ModernBertForMaskedLM, OlmoForCausalLM

from training.batches import DECODED_SHARE
from training.head.costs import BackboneCost

# Forward once, backward for the weights and for what went in.
_PASSES = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainingCost:
    """A backbone in training.

    Attributes:
        backbone: its matrices.
        decoded_share: of the tokens, whose logits are computed.
    """

    backbone: BackboneCost
    decoded_share: float

    @classmethod
    def of(cls, model: OlmoForCausalLM | ModernBertForMaskedLM) -> PretrainingCost:
        """Count a model."""
        is_causal = isinstance(model, OlmoForCausalLM)
        return cls(
            backbone=BackboneCost.of(model, is_causal=is_causal),
            decoded_share=1.0 if is_causal else DECODED_SHARE,
        )

    def flop_per_token(self, sequence_length: int) -> float:
        """Return operations per token of a sequence."""
        decoder = 2.0 * self.backbone.vocabulary * self.backbone.hidden_size
        forward = self.backbone.flop_per_slot(sequence_length) + self.decoded_share * decoder
        return _PASSES * forward
