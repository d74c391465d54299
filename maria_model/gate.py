"""A gate on the two halves of MARIA's logits, by how many masks stand around a slot.

    logits = a(density) * causal half + b(density) * masked half        (bias with the masked half)

W3 weighs the two readers once for all; but the masked LM knows little where its neighbours are
masks too, and much where hardly anything is. a and b are linear in the mask density to the left
and to the right, six numbers in all, fitted on held-out text by `training.experiments.fit_gate`.
Near masks count most: the share of the whole window adds nothing to that. The neutral gate
(a = b = 1) is the paper's distribution, exactly. Knows nothing of models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from maria_model.errors import ConfigurationError

DENSITIES = ("left", "right")
# Pieces on either side that are looked at; the k-th counts 2 ** -k.
_REACH = 16
_NEUTRAL = (1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Weights of both halves: a constant, then one factor for each of `DENSITIES`.

    Attributes:
        causal: what makes a(density).
        masked: what makes b(density).
    """

    causal: tuple[float, ...] = _NEUTRAL
    masked: tuple[float, ...] = _NEUTRAL

    def __post_init__(self) -> None:
        for name in ("causal", "masked"):
            values = getattr(self, name)
            if len(values) != len(_NEUTRAL) or not all(map(math.isfinite, values)):
                raise ConfigurationError(
                    f"gate: {name}={list(values)}: give {len(_NEUTRAL)} finite numbers, a constant "
                    f"and one for each of {', '.join(DENSITIES)}."
                )

    @property
    def is_neutral(self) -> bool:
        """Whether both halves count in full everywhere."""
        return self.causal == self.masked == _NEUTRAL

    def weights(self, density: Tensor) -> tuple[Tensor, Tensor]:
        """Return a and b, (...,) each, of (..., 2) densities."""
        return _linear(self.causal, density), _linear(self.masked, density)

    def join(self, causal_half: Tensor, masked_half: Tensor, density: Tensor) -> Tensor:
        """Return logits (..., V) of both halves (..., V) and the densities (..., 2) there."""
        if self.is_neutral:
            return causal_half + masked_half
        causal_weight, masked_weight = self.weights(density.to(causal_half))
        return causal_weight[..., None] * causal_half + masked_weight[..., None] * masked_half


def mask_density(mask: Tensor) -> Tensor:
    """Return the densities left and right of every piece, (..., T) bool -> (..., T, 2) float32.

    A density is 0 where no mask is near and all but 1 where there are masks only; the next piece
    counts half, the one behind it a quarter, and so on. Beyond the window's ends all is known.
    """
    length = mask.shape[-1]
    shares = 2.0 ** -torch.arange(1.0, _REACH + 1, device=mask.device)
    padded = F.pad(mask.float(), (_REACH, _REACH)).unfold(-1, _REACH, 1)
    # Sums of few powers of two: exact in any order.
    left = (padded * shares.flip(0)).sum(dim=-1)[..., :length]
    right = (padded * shares).sum(dim=-1)[..., -length:]
    return torch.stack([left, right], dim=-1)


def _linear(weights: tuple[float, ...], density: Tensor) -> Tensor:
    # Written out: a product of matrices may round otherwise in another batch, and a slot's weight
    # must not depend on its company.
    constant, left, right = weights
    return constant + left * density[..., 0] + right * density[..., 1]
