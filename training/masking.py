"""Which tokens of a training sequence are masked (paper, section 4: rates from Beta(2.5, 2.5))."""

from __future__ import annotations

import torch
from tokenizers import Tokenizer
from torch import Tensor

from training.train_tokenizer import pieces_by_id

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


def word_starts(tokenizer: Tokenizer) -> Tensor:
    """Return (V,) whether a piece begins a word: with a space or a line's end before it."""
    return torch.tensor([piece[0] in "ĠĊ" for piece in pieces_by_id(tokenizer)])


def whole_words(content: Tensor, mask: Tensor, starts: Tensor) -> Tensor:
    """Return a mask (B, T) of whole words: a word is masked where its first token was.

    Args:
        content: (B, T) ids.
        mask: (B, T).
        starts: (V,) `word_starts`.
    """
    places = torch.arange(content.shape[1], device=content.device).expand_as(content)
    first = places.masked_fill(~starts[content], 0).cummax(dim=1).values
    return mask.gather(1, first)


def apply_mask(content: Tensor, mask: Tensor, mask_token_id: int) -> tuple[Tensor, Tensor]:
    """Return `content` (B, T) with masks in it, and labels that ignore the rest."""
    return content.masked_fill(mask, mask_token_id), content.masked_fill(~mask, IGNORE_INDEX)
