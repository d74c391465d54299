"""Several continuations of one text in one pass: where each token stands, and what it sees."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def positions(past: int, lengths: Sequence[int]) -> Tensor:
    """Return (T,) positions: each continuation begins right after the past.

    Args:
        past: tokens that all of them continue.
        lengths: of each continuation; they stand one after the other.
    """
    return torch.cat([past + torch.arange(length) for length in lengths])


def seen(past: int, lengths: Sequence[int]) -> Tensor:
    """Return (T, past + T) bool: each sees the past, itself backwards, and no other."""
    rows = [torch.ones(length, length, dtype=torch.bool).tril() for length in lengths]
    own = rows[0] if len(rows) == 1 else torch.block_diag(*rows).bool()
    return F.pad(own, (past, 0), value=True)
