"""What a head training costs: floating-point operations by piece, and what a device can do.

A product of (m, k) and (k, n) counts 2 m k n. The backbones run forward only; attention counts
the slots that are seen. The head reads masked pieces only: logits and the weight's gradient, no
gradient of the states.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from maria_model.modeling import MariaForMaskedInfilling

# Logits that exist at a time, as numbers: 16 MB, what a CPU's caches like, and 1 GB on a GPU.
CHUNK_NUMBERS = {"cpu": 1 << 22, "cuda": 1 << 28}
# Beta(2.5, 2.5) has mean 1/2.
MASKED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneCost:
    """One backbone, read forward up to the states its decoder multiplies.

    Attributes:
        parameters: all of them, as memory counts.
        weights: numbers in its matrices, decoder and embeddings left out.
        vocabulary: rows of its decoder.
        hidden_size: of the states.
        windows: for each layer the slots a slot sees at most; None is all of them.
        is_causal: whether it sees one side only.
    """

    parameters: int
    weights: int
    vocabulary: int
    hidden_size: int
    windows: tuple[int | None, ...]
    is_causal: bool

    @classmethod
    def of(cls, model: PreTrainedModel, *, is_causal: bool) -> BackboneCost:
        """Count a model, on the meta device or a real one."""
        decoder = model.get_output_embeddings()
        matrices = [part for part in model.modules() if isinstance(part, nn.Linear)]
        return cls(
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            weights=sum(part.weight.numel() for part in matrices if part is not decoder),
            vocabulary=decoder.out_features,
            hidden_size=decoder.in_features,
            windows=_windows(model.config, is_causal=is_causal),
            is_causal=is_causal,
        )

    def flop_per_slot(self, slots: float) -> float:
        """Return operations per slot of a row of `slots`."""
        whole = slots / 2 if self.is_causal else slots
        seen = sum(whole if window is None else min(window, whole) for window in self.windows)
        return 2.0 * self.weights + 4.0 * self.hidden_size * seen


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCost:
    """Two backbones and the head over them."""

    causal: BackboneCost
    masked: BackboneCost
    vocabulary: int
    head_rank: int = 0

    @classmethod
    def of(cls, maria: MariaForMaskedInfilling, *, head_rank: int = 0) -> PairCost:
        """Count a loaded model."""
        return cls(
            causal=BackboneCost.of(maria.model.causal_lm, is_causal=True),
            masked=BackboneCost.of(maria.model.masked_lm, is_causal=False),
            vocabulary=len(maria.vocabulary),
            head_rank=head_rank,
        )

    @property
    def head_parameters(self) -> int:
        """Numbers in W3."""
        return self.vocabulary * (self.causal.hidden_size + self.masked.hidden_size)

    @property
    def trained_parameters(self) -> int:
        """Numbers that have a gradient, the bias left out."""
        rank = self.head_rank
        states = self.causal.hidden_size + self.masked.hidden_size
        return rank * (self.vocabulary + states) if rank else self.head_parameters

    def frozen_flop(self, slots: float) -> float:
        """Return operations per slot of both backbones, in rows of `slots`."""
        return self.causal.flop_per_slot(slots) + self.masked.flop_per_slot(slots)

    def head_flop(self) -> float:
        """Return operations per masked piece."""
        if not self.head_rank:
            return 4.0 * self.head_parameters
        return 2.0 * self.head_parameters + 6.0 * self.vocabulary * self.head_rank

    def flop(self, *, slots: float, masked: float, row: float) -> float:
        """Return operations of `slots` slots in rows of `row`, `masked` of their pieces masked."""
        return slots * self.frozen_flop(row) + masked * self.head_flop()

    def frozen_bound(self, row: float) -> float:
        """Return frozen / (frozen + head): the speed of training to that of the backbones alone."""
        frozen = self.frozen_flop(row)
        return frozen / (frozen + MASKED_SHARE * self.head_flop())

    def memory(self, *, weight_bytes: int, pass_slots: int, chunk_numbers: int) -> int:
        """Return about how many bytes one device needs.

        Args:
            weight_bytes: of a backbone's number.
            pass_slots: slots of one pass.
            chunk_numbers: logits that exist at a time.
        """
        backbones = (self.causal.parameters + self.masked.parameters) * weight_bytes
        # float32 weight, the bf16 copy of the products, and for what is trained gradient,
        # the pass's own gradient and two moments.
        head = self.head_parameters * (4 + weight_bytes) + self.trained_parameters * 16
        width = max(self.causal.hidden_size, self.masked.hidden_size)
        activations = pass_slots * width * 12 * weight_bytes
        return backbones + head + activations + chunk_numbers * (4 + weight_bytes)


def measured_ceiling(device: torch.device, dtype: torch.dtype) -> float:
    """Return the operations per second of a large product of matrices, the best of a few."""
    size = 8192 if device.type == "cuda" else 1024
    one, other = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = min(_seconds(lambda: one @ other, device) for _ in range(6))
    return 2.0 * size**3 / best


def _seconds(call: Callable[[], Any], device: torch.device) -> float:
    start = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _windows(config: PreTrainedConfig, *, is_causal: bool) -> tuple[int | None, ...]:
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    reach = getattr(config, "sliding_window", None)
    window = None if reach is None else (reach if is_causal else 2 * reach + 1)
    return tuple(window if kind == "sliding_attention" else None for kind in kinds)
