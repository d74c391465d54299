"""Which tokens of a training sequence are masked (paper, section 4: rates from Beta(2.5, 2.5))."""

from __future__ import annotations

import torch
from torch import Tensor

IGNORE_INDEX = -100


def draw_mask_rates(count: int, *, generator: torch.Generator) -> Tensor:
    """Return `count` mask rates from Beta(2.5, 2.5), shape (count,)."""
    # Beta from two gammas: torch.distributions takes no generator.
    concentration = torch.full((2, count), 2.5, device=generator.device)
    first, second = torch._standard_gamma(concentration, generator=generator)
    return first / (first + second)


def draw_mask(rates: Tensor, length: int, *, generator: torch.Generator) -> Tensor:
    """Return a boolean mask (B, length): token i of row b is masked with probability rates[b]."""
    noise = torch.rand(len(rates), length, generator=generator, device=generator.device)
    return noise < rates[:, None]


def apply_mask(content: Tensor, mask: Tensor, mask_token_id: int) -> tuple[Tensor, Tensor]:
    """Return `content` (B, T) with masks in it, and labels that ignore the rest."""
    return content.masked_fill(mask, mask_token_id), content.masked_fill(~mask, IGNORE_INDEX)
