"""Batches out of a token stream: deterministic in the step, so that a resumed run repeats none.

Causal batches are (inputs, next tokens). Masked batches are (inputs with masks, labels, rows):
a fixed number of decoded positions keeps shapes static for the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from maria_model.errors import ConfigurationError
from training.masking import (
    IGNORE_INDEX,
    apply_mask,
    draw_mask,
    draw_mask_rates,
    whole_words,
)

# Share of a batch's positions that the masked LM decodes; masks beyond it go unscored.
DECODED_SHARE = 3 / 8
# While training is young, mask rates stay in this range: at Beta(2.5, 2.5) a masked LM sits on
# the unigram plateau for long.
EASY_RATES = (0.15, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialIds:
    """Ids that frame a masked sequence."""

    cls_token_id: int
    sep_token_id: int
    mask_token_id: int


class TokenStream:
    """A uint16 token file read in windows, each once per epoch in a seeded order.

    Args:
        path: of the file.
        window: tokens of one.
        windows_per_batch: windows of a step.
        seed: of the order.
        device: where all tokens are kept, four bytes each; None reads them from the file.

    Raises:
        ConfigurationError: the file is missing, cut short, or holds less than one batch.
    """

    def __init__(
        self,
        path: Path,
        *,
        window: int,
        windows_per_batch: int,
        seed: int,
        device: torch.device | None = None,
    ) -> None:
        if not path.is_file():
            raise ConfigurationError(f"No token file at {path}. Run training.build_data first.")
        if path.stat().st_size % 2:
            raise ConfigurationError(f"{path} is cut short. Run training.build_data again.")
        if not path.stat().st_size:
            raise ConfigurationError(f"{path} is empty. Give training.build_data more text.")
        self._tokens = np.memmap(path, dtype=np.uint16, mode="r")
        self._resident: Tensor | None = None
        if device is not None:
            self._resident = torch.from_numpy(self._tokens.astype(np.int32)).to(device)
        self._window = window
        self._windows_per_batch = windows_per_batch
        self._seed = seed
        self._order: tuple[int, np.ndarray] | None = None
        # One token more than the window: the last target.
        self._windows_per_epoch = (len(self._tokens) - 1) // window
        if self._windows_per_epoch < windows_per_batch:
            raise ConfigurationError(f"{path} holds less than one batch. Give it more text.")

    def batch(self, step: int) -> Tensor:
        """Return the windows of one step, (windows_per_batch, window + 1) int64."""
        steps_per_epoch = self._windows_per_epoch // self._windows_per_batch
        epoch, index = divmod(step, steps_per_epoch)
        if self._order is None or self._order[0] != epoch:
            order = np.random.default_rng((self._seed, epoch)).permutation(self._windows_per_epoch)
            self._order = (epoch, order)
        first = index * self._windows_per_batch
        starts = self._order[1][first : first + self._windows_per_batch] * self._window
        if self._resident is not None:
            places = torch.from_numpy(starts[:, None] + np.arange(self._window + 1))
            return self._resident[places.to(self._resident.device)].long()
        rows = [self._tokens[start : start + self._window + 1] for start in starts]
        return torch.from_numpy(np.stack(rows).astype(np.int64))


def causal_batch(windows: Tensor, sequence_length: int) -> tuple[Tensor, Tensor]:
    """Cut (N, W + 1) windows into inputs and labels of `sequence_length`, each (B, T)."""
    inputs = windows[:, :-1].reshape(-1, sequence_length)
    return inputs.contiguous(), windows[:, 1:].reshape(-1, sequence_length).contiguous()


def masked_batch(
    windows: Tensor,
    sequence_length: int,
    special: SpecialIds,
    *,
    curriculum: float,
    seed: int,
    word_starts: Tensor | None = None,
    word_share: float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Cut windows into [CLS] ... [SEP] rows and mask them.

    Args:
        windows: (N, W + 1) token ids; the masks are drawn on their device.
        sequence_length: T, the two frame tokens included.
        special: the frame's and the mask's ids.
        curriculum: 0 draws rates from EASY_RATES, 1 from Beta(2.5, 2.5), between is a mixture.
        seed: of this batch's masks.
        word_starts: (V,) which ids begin a word.
        word_share: of the sequences, whose masks take whole words.

    Returns:
        Inputs (B, T), the flat indices of the decoded positions (K,), their labels (K,).
    """
    device = windows.device
    generator = torch.Generator(device).manual_seed(seed)
    content = windows[:, :-1].reshape(-1, sequence_length)[:, :-2]
    rows = len(content)
    rates = draw_mask_rates(rows, generator=generator)
    low, high = EASY_RATES
    easy = low + (high - low) * torch.rand(rows, generator=generator, device=device)
    is_hard = torch.rand(rows, generator=generator, device=device) < curriculum
    rates = torch.where(is_hard, rates, easy)
    mask = draw_mask(rates, content.shape[1], generator=generator)
    if word_starts is not None and word_share:
        takes_words = torch.rand(rows, 1, generator=generator, device=device) < word_share
        mask = torch.where(takes_words, whole_words(content, mask, word_starts), mask)
    masked, labels = apply_mask(content, mask, special.mask_token_id)
    start = windows.new_full((rows, 1), special.cls_token_id)
    end = windows.new_full((rows, 1), special.sep_token_id)
    inputs = torch.cat([start, masked, end], dim=1)
    ignored = windows.new_full((rows, 1), IGNORE_INDEX)
    labels = torch.cat([ignored, labels, ignored], dim=1).flatten()
    positions = labels.ne(IGNORE_INDEX).nonzero().squeeze(1)
    order = torch.randperm(len(positions), generator=generator, device=device)
    positions = positions[order]
    decoded = int(inputs.numel() * DECODED_SHARE)
    # Too few masks: position 0 is a frame token, its label is ignored.
    positions = torch.nn.functional.pad(positions[:decoded], (0, max(0, decoded - len(positions))))
    return inputs, positions, labels[positions]
