"""The head and its loss: logits a chunk of rows at a time, gradients while a chunk is there.

The states are frozen, so the loss needs two products of N V D each, one for the logits and one
for the weight's gradient; autograd over whole logits would take memory N V. Weights and gradients
are float32, the products in the backbones' precision. Knows nothing of data or backbones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from maria_model.configuration import InferenceConstants
from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling, MariaHead
from training.head.costs import CHUNK_NUMBERS


class _ChunkedNll(torch.autograd.Function):
    """Negative log-likelihoods of labels under softmax(sum of states_k @ weight_k^T)."""

    @staticmethod
    def forward(
        ctx: Any, labels: Tensor, dtype: torch.dtype, scale: float, *pairs: Tensor
    ) -> tuple[Tensor, Tensor]:
        wanted = ctx.needs_input_grad[3:]
        states, weights = pairs[::2], [_cast(weight, dtype) for weight in pairs[1::2]]
        gradients = [
            torch.zeros_like(tensor, dtype=torch.float32) if want else None
            for tensor, want in zip(pairs, wanted, strict=True)
        ]
        # One product for all wide pairs: their logits need not be added up afterwards.
        joined = torch.cat([weight for weight in weights if _is_wide(weight)], dim=1)
        narrow = [weight for weight in weights if not _is_wide(weight)]
        losses = labels.new_zeros(len(labels), dtype=torch.float32)
        size = max(1, CHUNK_NUMBERS[labels.device.type] // len(joined))
        for start in range(0, len(labels), size):
            rows = slice(start, start + size)
            parts = [_cast(part[rows], dtype) for part in states]
            logits = _logits(parts, joined, narrow)
            losses[rows] = _losses(logits, labels[rows])
            if any(wanted):
                _add_gradients(gradients, rows, logits, parts, weights)
        ctx.gradients, ctx.scale = gradients, scale
        ctx.mark_non_differentiable(losses)
        return losses.sum() * scale, losses

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor | None, ...]:
        factor = upstream[0] * ctx.scale
        scaled = (part if part is None else part.mul_(factor) for part in ctx.gradients)
        return (None, None, None, *scaled)


def chunked_nll(
    labels: Tensor, pairs: list[tuple[Tensor, Tensor]], *, dtype: torch.dtype, scale: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Return `scale` times the summed loss in nats, and each row's without a gradient.

    Args:
        labels: (N,) pieces.
        pairs: (N, D_k) states and (V, D_k) weights whose products add up to the logits.
        dtype: of the products; pairs one number wide are always computed in float32.
        scale: of the sum.
    """
    flat = [tensor for pair in pairs for tensor in pair]
    total, losses = _ChunkedNll.apply(labels, dtype, scale, *flat)
    return total, losses


class HeadObjective(nn.Module):
    """A MARIA head in training: all of it, or a low-rank change of it, with or without a gate.

    Args:
        head: float32, at the product start or where an earlier run left it.
        dtype: of the matrix products.
        rank: of the change; 0 trains W3 itself.
        train_gate: whether the weights of both halves by mask density are trained too.
        seed: of the low-rank start.
    """

    def __init__(
        self,
        head: MariaHead,
        *,
        dtype: torch.dtype = torch.float32,
        rank: int = 0,
        train_gate: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.head = head
        self.dtype = dtype
        self.change: LowRankChange | None = None
        if rank:
            head.causal.requires_grad_(False)
            head.masked.requires_grad_(False)
            self.change = LowRankChange(head, rank, seed=seed)
        neutral = torch.tensor([Gate().causal, Gate().masked], device=head.bias.device)
        self.gate = nn.Parameter(neutral) if train_gate else None

    def forward(
        self,
        causal_states: Tensor,
        masked_states: Tensor,
        labels: Tensor,
        densities: Tensor,
        scale: float = 1.0,
    ) -> tuple[Tensor, Tensor]:
        """Return `scale` times the summed loss and (N,) losses, in nats.

        Args:
            causal_states: (N, d1).
            masked_states: (N, d2).
            labels: (N,) pieces.
            densities: (N, 2) of the masks around each.
            scale: of the sum.
        """
        ones = masked_weight = torch.ones_like(densities[:, :1])
        if self.gate is not None:
            factors = torch.cat([ones, densities], dim=1) @ self.gate.T  # (N, 2)
            causal_weight, masked_weight = factors.split(1, dim=1)
            causal_states = causal_states.float() * causal_weight
            masked_states = masked_states.float() * masked_weight
        head = self.head
        pairs: list[tuple[Tensor, Tensor]] = [
            (causal_states, head.causal),
            (masked_states, head.masked),
            (masked_weight, head.bias[:, None]),
        ]
        if self.change is not None:
            pairs.append(self.change(causal_states, masked_states))
        return chunked_nll(labels, pairs, dtype=self.dtype, scale=scale)

    @contextmanager
    def merged(self) -> Iterator[None]:
        """Let the head hold W3 with the low-rank change in it, as a saved model does."""
        if self.change is None:
            yield
            return
        before = self.head.causal.data, self.head.masked.data
        causal, masked = self.change.deltas()
        self.head.causal.data, self.head.masked.data = before[0] + causal, before[1] + masked
        try:
            yield
        finally:
            self.head.causal.data, self.head.masked.data = before

    def trained_gate(self) -> Gate | None:
        """Return the gate as it stands, None where none is trained."""
        if self.gate is None:
            return None
        causal, masked = (tuple(row) for row in self.gate.detach().tolist())
        return Gate(causal=causal, masked=masked)


class LowRankChange(nn.Module):
    """U V^T beside W3: U (V, r) random, V (d1 + d2, r) zero, so that it begins at no change."""

    def __init__(self, head: MariaHead, rank: int, *, seed: int) -> None:
        super().__init__()
        vocabulary, device = len(head.bias), head.bias.device
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randn(vocabulary, rank, generator=generator) / math.sqrt(rank)
        self.rows = nn.Parameter(rows.to(device))
        self.causal = nn.Parameter(torch.zeros(head.causal.shape[1], rank, device=device))
        self.masked = nn.Parameter(torch.zeros(head.masked.shape[1], rank, device=device))

    def forward(self, causal_states: Tensor, masked_states: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N, r) projected states and the weight (V, r) they meet."""
        projected = causal_states.float() @ self.causal + masked_states.float() @ self.masked
        return projected, self.rows

    @torch.no_grad()
    def deltas(self) -> tuple[Tensor, Tensor]:
        """Return what is added to both halves of W3, (V, d1) and (V, d2)."""
        return self.rows @ self.causal.T, self.rows @ self.masked.T


@torch.no_grad()
def distance_from_start(maria: MariaForMaskedInfilling) -> float:
    """Return how far W3 is from the product of experts, relative to its size."""
    moved = size = 0.0
    vocabulary, model = maria.vocabulary, maria.model
    halves = (
        (model.causal_decoder, vocabulary.causal_ids, maria.head.causal),
        (model.masked_decoder, vocabulary.masked_ids, maria.head.masked),
    )
    for decoder, ids, weight in halves:
        start = decoder.weight[ids.to(weight.device)].float() / 2
        moved += float((weight - start).square().sum())
        size += float(start.square().sum())
    return math.sqrt(moved / size)


def gate_constants(gate: Gate) -> dict[str, Any]:
    """Return a model's `inference` mapping with this gate and nothing else fitted."""
    return InferenceConstants(gate=gate).to_dict()


def _is_wide(tensor: Tensor) -> bool:
    return tensor.shape[1] > 1


def _cast(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype if _is_wide(tensor) else torch.float32)


def _logits(states: list[Tensor], joined: Tensor, narrow: list[Tensor]) -> Tensor:
    """Return (n, V) float32 logits of a chunk's states and all weights."""
    wide = torch.cat([part for part in states if _is_wide(part)], dim=1)
    logits = (wide @ joined.T).float()
    thin = [part for part in states if not _is_wide(part)]
    for part, weight in zip(thin, narrow, strict=True):
        logits.addmm_(part, weight.T)
    return logits


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return (n,) losses; the logits become what the gradient of their sum is."""
    right = logits.gather(1, labels[:, None])
    top = logits.amax(dim=1, keepdim=True)
    logits.sub_(top).exp_()
    sums = logits.sum(dim=1, keepdim=True)
    logits.div_(sums).scatter_add_(1, labels[:, None], -torch.ones_like(right))
    return (sums.log() + top - right).squeeze(1)


def _add_gradients(
    gradients: list[Tensor | None],
    rows: slice,
    logits: Tensor,
    states: list[Tensor],
    weights: list[Tensor],
) -> None:
    """Add what a chunk's (n, V) gradient of the logits says to every pair that wants it."""
    cast = {part.dtype: logits.to(part.dtype) for part in states}
    for index, (part, weight) in enumerate(zip(states, weights, strict=True)):
        upstream = cast[part.dtype]
        of_states, of_weight = gradients[2 * index], gradients[2 * index + 1]
        if of_states is not None:
            of_states[rows] = (upstream @ weight).float()
        if of_weight is not None:
            of_weight += upstream.T @ part
