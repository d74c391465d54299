"""Chooses a piece from logits: constraints, temperature, top-k, top-p, and keyed Gumbel noise.

A draw is `argmax(log p / T + g)`, where g is Gumbel noise that depends on nothing but its key
(seed, blank, piece, candidate). So the same request gives the same words whatever the order in
which blanks are settled, and whatever the device. Knows nothing of text or models.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from maria_model.api import SamplingOptions
from maria_model.errors import CheckpointError, NotSupportedError

GREEDY = SamplingOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseKey:
    """What one noise vector belongs to: slot number `piece` of blank number `blank`.

    `candidate` numbers independent answers to the same request (sweeps, in annealing).
    """

    blank: int
    piece: int
    candidate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A chosen piece.

    Attributes:
        piece: index into the shared vocabulary.
        logprob: its natural log-probability under `logprobs`.
        logprobs: (V,) float64 log-probabilities at temperature 1 over the allowed pieces, before
            top-k and top-p; -inf for the others.
    """

    piece: int
    logprob: float
    logprobs: Tensor


def choose(
    logits: Tensor, *, options: SamplingOptions, key: NoiseKey, allowed: Tensor | None = None
) -> Choice:
    """Choose a piece from (V,) logits; `allowed` (V,) bool belongs to the target distribution.

    Raises:
        CheckpointError: the logits are not numbers.
        NotSupportedError: no piece is allowed.
    """
    logprobs = constrained_logprobs(logits, allowed)
    if options.temperature == 0.0:
        scores = logprobs
    else:
        tempered = torch.log_softmax(logprobs / options.temperature, dim=-1)
        scores = filter_logprobs(tempered, top_k=options.top_k, top_p=options.top_p)
        scores = scores + gumbel_noise(len(scores), seed=options.seed, key=key)
    piece = int(scores.argmax())
    return Choice(piece=piece, logprob=float(logprobs[piece]), logprobs=logprobs)


def constrained_logprobs(logits: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Return float64 log-probabilities on the CPU, renormalised over the allowed pieces.

    Raises:
        CheckpointError: the logits are not numbers.
        NotSupportedError: no piece is allowed.
    """
    # float64 on the CPU: ties and rounding must not depend on the device.
    logits = logits.detach().to("cpu", torch.float64)
    if not bool(torch.isfinite(logits).all()):
        raise CheckpointError(
            "The model answered with something that is not a number. Its files may be damaged: "
            "get the model again, or choose another with --model."
        )
    if allowed is not None:
        if not bool(allowed.any()):
            raise NotSupportedError("The model's vocabulary has no word that may stand there.")
        logits = logits.masked_fill(~allowed, -torch.inf)
    return torch.log_softmax(logits, dim=-1)


def filter_logprobs(logprobs: Tensor, *, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """Keep the k likeliest of (V,), then the fewest whose mass reaches p; the rest become -inf."""
    kept = logprobs
    if 0 < top_k < len(kept):
        kept = _keep(kept, kept.topk(top_k).indices)
    if top_p < 1.0:
        values, order = torch.log_softmax(kept, dim=-1).sort(descending=True, stable=True)
        mass_before = values.exp().cumsum(dim=-1) - values.exp()
        # The piece that crosses p is kept, so at least one is.
        kept = _keep(kept, order[mass_before < top_p])
    return kept


def gumbel_noise(vocab_size: int, *, seed: int, key: NoiseKey) -> Tensor:
    """Return (V,) float64 Gumbel noise that is a function of the seed and the key alone."""
    name = f"{seed}/{key.blank}/{key.piece}/{key.candidate}".encode()
    digest = int.from_bytes(hashlib.blake2b(name, digest_size=16).digest(), "little")
    uniform = np.random.Generator(np.random.Philox(key=digest)).random(vocab_size)
    draws = torch.from_numpy(uniform).clamp_min(torch.finfo(torch.float64).tiny)
    return -torch.log(-torch.log(draws))


def _keep(logprobs: Tensor, indices: Tensor) -> Tensor:
    filtered = torch.full_like(logprobs, -torch.inf)
    filtered[indices] = logprobs[indices]
    return filtered
