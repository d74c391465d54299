"""Losses of every reader at the masks of one window, at many mask rates, in as few readings as do.

What `masked_states` gives mask by mask, stacked: the causal half is read once for a window; the
masked LM reads every mask, every diffusion state and every revealed prefix once, many in a batch.
Knows nothing of tables or intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from maria_model.gate import Gate, mask_density
from maria_model.modeling import MariaForMaskedInfilling
from training.evaluate import Window
from training.experiments.masked_states import NEUTRAL, causal_states, draw_window_mask

# The masked half is read again every so many fills.
REFRESHES = (16, 1)
# Tokens of one stacked reading, and rows of logits made at once: what stays in a core's cache.
_READING_TOKENS = 4096
_LOGIT_ROWS = 128

Losses = dict[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDraw:
    """What is asked of a window of T pieces at one mask rate.

    Attributes:
        mask: (T,) N masks.
        unmasking: (K, T) stages of a random order of unmasking them, at least one mask in each.
        asked: numbers of the masks, from the left, at which the masked LM reads again.
    """

    mask: Tensor
    unmasking: Tensor
    asked: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class RateReading:
    """Nats by reader.

    Attributes:
        every: (N,) at every mask.
        diffusion: (K,) means over the masks of each stage of unmasking.
        asked: (M,) at the masks that were asked for: "masked", "maria" and "gated" as in `every`,
            and " k=..." of them with the masked LM read again.
    """

    every: Losses
    diffusion: Tensor
    asked: Losses


def draw_rate(
    window: Window,
    mask_rate: float,
    *,
    seed: int,
    pieces: int,
    stages: int,
    orders: torch.Generator,
    unmaskings: torch.Generator,
) -> RateDraw:
    """Draw a mask, `pieces` of its masks, and `stages` of its unmasking."""
    mask = draw_window_mask(window, mask_rate, seed=seed)
    count = int(mask.sum())
    asked = torch.randperm(count, generator=orders)[:pieces].sort().values
    return RateDraw(mask=mask, unmasking=draw_unmasking(mask, stages, unmaskings), asked=asked)


def draw_unmasking(mask: Tensor, stages: int, generator: torch.Generator) -> Tensor:
    """Return (K, T) masks: the number left is uniform in 1..N, which ones is any of its subsets.

    Stratified: stage s of K draws its share of N from [s / K, (s + 1) / K), so that each number is
    as likely as before in the mean over the stages, and they spread over all of 1..N.
    """
    places = mask.nonzero().squeeze(1)
    shares = (torch.arange(stages) + torch.rand(stages, generator=generator)) / stages
    # float32 may round a share up to 1.
    left = (shares * len(places)).long().clamp(max=len(places) - 1) + 1
    stacked = torch.zeros(stages, len(mask), dtype=torch.bool)
    for stage, number in enumerate(left.tolist()):
        kept = torch.randperm(len(places), generator=generator)[:number]
        stacked[stage, places[kept]] = True
    return stacked


@torch.no_grad()
def read_window(
    model: MariaForMaskedInfilling, window: Window, draws: Sequence[RateDraw], *, gate: Gate
) -> list[RateReading]:
    """Return what every reader loses at the masks of a window, a reading for each rate."""
    reader = _WindowReader(model, window, gate)
    masks: list[Tensor] = []
    plans = [_plan(draw, masks) for draw in draws]
    states = reader.masked_states(torch.stack(masks))
    densities = mask_density(torch.stack(masks))
    return [
        _read_rate(reader, draw, plan, states, densities)
        for draw, plan in zip(draws, plans, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Rows of the stacked reading: the mask's, its unmasking's, and by k each asked piece's."""

    mask: int
    unmasking: range
    refreshed: dict[int, Tensor]


def _plan(draw: RateDraw, masks: list[Tensor]) -> _Plan:
    """Add to `masks` what a rate needs read, each revealed prefix once."""
    places = draw.mask.nonzero().squeeze(1)
    rows = {0: len(masks)}
    masks.append(draw.mask)
    refreshed = {}
    for every in REFRESHES:
        revealed = (draw.asked // every * every).tolist()
        for known in revealed:
            if known not in rows:
                rows[known] = len(masks)
                masks.append(draw.mask.index_fill(0, places[:known], False))
        refreshed[every] = torch.tensor([rows[known] for known in revealed])
    unmasking = range(len(masks), len(masks) + len(draw.unmasking))
    masks.extend(draw.unmasking)
    return _Plan(mask=rows[0], unmasking=unmasking, refreshed=refreshed)


def _read_rate(
    reader: _WindowReader, draw: RateDraw, plan: _Plan, states: Tensor, densities: Tensor
) -> RateReading:
    places = draw.mask.nonzero().squeeze(1)
    every = reader.losses(places, states[plan.mask, places], densities[plan.mask, places])
    # A model without a gate has no "gated".
    readers: list[str] = [name for name in ("masked", "maria", "gated") if name in every]
    asked = {name: every[name][draw.asked] for name in readers}
    there = places[draw.asked]
    for k, rows in plan.refreshed.items():
        again = reader.losses(there, states[rows, there], densities[rows, there])
        asked |= {f"{name} k={k}": again[name] for name in readers}
    stages = [
        reader.masked_nats(still.nonzero().squeeze(1), states[row, still]).double().mean()
        for row, still in zip(plan.unmasking, draw.unmasking, strict=True)
    ]
    return RateReading(every=every, diffusion=torch.stack(stages), asked=asked)


class _WindowReader:
    """Both backbones on one window; the causal half is read when it is made."""

    def __init__(self, model: MariaForMaskedInfilling, window: Window, gate: Gate) -> None:
        self.model = model
        self.pieces = window.pieces
        self.gate = gate
        states = causal_states(model, window)
        self.causal = model.causal_lm_logits(states)
        self.half = model.causal_half_logits(states)
        self.causal_nats = _nats(self.causal, self.pieces)

    def masked_states(self, masks: Tensor) -> Tensor:
        """Return h_MLM of every piece under each mask, (R, T) -> (R, T, d2)."""
        rows = max(1, _READING_TOKENS // masks.shape[1])
        parts = []
        for part in masks.split(rows):
            pieces = self.pieces[None].expand(len(part), -1)
            ids = self.model.vocabulary.masked_input(pieces, part)
            parts.append(self.model.model.masked_states(ids)[:, 1:-1])
        return torch.cat(parts)

    def losses(self, places: Tensor, states: Tensor, density: Tensor) -> Losses:
        """Return every reader's nats (N,) at places (N,), given h_MLM (N, d2) there."""
        parts = [
            self._losses(*part)
            for part in zip(
                places.split(_LOGIT_ROWS),
                states.split(_LOGIT_ROWS),
                density.split(_LOGIT_ROWS),
                strict=True,
            )
        ]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _losses(self, places: Tensor, states: Tensor, density: Tensor) -> Losses:
        labels, half = self.pieces[places], self.half[places]
        masked, masked_half = (
            self.model.masked_logits_of(states),
            self.model.head.masked_half(states),
        )
        losses = {
            "causal": self.causal_nats[places],
            "masked": _nats(masked, labels),
            "product": _nats((self.causal[places] + masked) / 2, labels),
            "maria": _nats(NEUTRAL.join(half, masked_half, density), labels),
        }
        if not self.gate.is_neutral:
            losses["gated"] = _nats(self.gate.join(half, masked_half, density), labels)
        return losses

    def masked_nats(self, places: Tensor, states: Tensor) -> Tensor:
        """Return the masked LM's nats (N,) at places (N,), given h_MLM (N, d2) there."""
        parts = zip(places.split(_LOGIT_ROWS), states.split(_LOGIT_ROWS), strict=True)
        return torch.cat(
            [_nats(self.model.masked_logits_of(part), self.pieces[at]) for at, part in parts]
        )


def _nats(logits: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(logits.float(), labels, reduction="none")
