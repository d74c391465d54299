"""States of both backbones at masked pieces of held-out windows, and what readers make of them.

The causal half reads the true left context; the masked half sees every mask of the window, or
every mask behind a revealed prefix, which is what a masked LM decoded left to right sees and what
MARIA sees whose masked half is refreshed. Knows nothing of tables or intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from maria_model.gate import Gate, mask_density
from maria_model.modeling import MariaForMaskedInfilling
from training.evaluate import Window
from training.masking import draw_mask

# Rows of logits made at once.
CHUNK = 512
NEUTRAL = Gate()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedStates:
    """What both backbones know of N masked pieces.

    Attributes:
        causal: (N, d1) h_AR.
        masked: (N, d2) h_MLM.
        density: (N, 2) of the masks that the masked LM saw.
        labels: (N,) the true pieces.
    """

    causal: Tensor
    masked: Tensor
    density: Tensor
    labels: Tensor

    def take(self, rows: Tensor) -> MaskedStates:
        """Return some of the rows."""
        return MaskedStates(
            causal=self.causal[rows],
            masked=self.masked[rows],
            density=self.density[rows],
            labels=self.labels[rows],
        )

    def chunks(self) -> Iterator[MaskedStates]:
        """Yield the rows, a few at a time."""
        for rows in torch.arange(len(self.labels)).split(CHUNK):
            yield self.take(rows)


def join(states: Sequence[MaskedStates]) -> MaskedStates:
    """Return the rows of all."""
    return MaskedStates(
        causal=torch.cat([s.causal for s in states]),
        masked=torch.cat([s.masked for s in states]),
        density=torch.cat([s.density for s in states]),
        labels=torch.cat([s.labels for s in states]),
    )


def evenly_spaced(windows: Sequence[Window], count: int) -> list[Window]:
    """Return `count` windows from all over a file: every source is in it."""
    step = max(1.0, len(windows) / count)
    return [windows[int(i * step)] for i in range(min(count, len(windows)))]


def draw_window_mask(window: Window, mask_rate: float, *, seed: int) -> Tensor:
    """Return (T,) a random mask of at least one piece."""
    generator = torch.Generator().manual_seed(seed)
    length = len(window.pieces)
    mask = draw_mask(torch.tensor([mask_rate]), length, generator=generator)[0]
    if not mask.any():
        mask[int(torch.randint(length, (1,), generator=generator))] = True
    return mask


@torch.no_grad()
def causal_states(model: MariaForMaskedInfilling, window: Window) -> Tensor:
    """Return h_AR of every piece of a window, (T, d1)."""
    pieces = window.pieces[None]
    return model.causal_states(model.vocabulary.causal_input(pieces))[0]


@torch.no_grad()
def masked_states(
    model: MariaForMaskedInfilling, window: Window, mask: Tensor, causal: Tensor
) -> MaskedStates:
    """Return the states at all masks of a window, `causal` (T, d1) being given."""
    pieces = window.pieces[None]
    states = model.model.masked_states(model.vocabulary.masked_input(pieces, mask[None]))
    return MaskedStates(
        causal=causal[mask],
        masked=states[0, 1:-1][mask],
        density=mask_density(mask)[mask],
        labels=window.pieces[mask],
    )


@torch.no_grad()
def refreshed_states(
    model: MariaForMaskedInfilling,
    window: Window,
    mask: Tensor,
    causal: Tensor,
    *,
    order: Sequence[int],
    every: int,
) -> MaskedStates:
    """Return the states at some masks where the masked LM re-reads the text every k fills.

    Args:
        model: in eval mode.
        window: its true pieces are what was filled.
        mask: (T,).
        causal: (T, d1) h_AR.
        order: which masks are asked for, counted from the left.
        every: k; at mask number j the last reading has seen the first j // k * k fills.
    """
    places = mask.nonzero().squeeze(1)
    revealed = [number // every * every for number in order]
    # One reading serves all masks that it is the last one for.
    masks = {}
    for known in sorted(set(revealed)):
        masks[known] = mask.clone()
        masks[known][places[:known]] = False
    stacked = torch.stack(list(masks.values()))
    rows = torch.tensor([list(masks).index(known) for known in revealed])
    asked = places[torch.tensor(order)]
    pieces = window.pieces[None].expand(len(stacked), -1)
    states = model.model.masked_states(model.vocabulary.masked_input(pieces, stacked))
    return MaskedStates(
        causal=causal[asked],
        masked=states[rows, asked + 1],
        density=mask_density(stacked)[rows, asked],
        labels=window.pieces[asked],
    )


@torch.no_grad()
def reader_losses(
    model: MariaForMaskedInfilling, states: MaskedStates, *, gate: Gate = NEUTRAL
) -> dict[str, Tensor]:
    """Return each reader's nats (N,) on the same pieces; "gated" only where the gate does much."""
    parts = [_chunk_losses(model, chunk, gate) for chunk in states.chunks()]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _chunk_losses(
    model: MariaForMaskedInfilling, states: MaskedStates, gate: Gate
) -> dict[str, Tensor]:
    causal = model.causal_lm_logits(states.causal)
    masked = model.model.masked_decoder(states.masked)[:, model.vocabulary.masked_ids]
    halves = model.causal_half_logits(states.causal), model.head.masked_half(states.masked)
    readers = {
        "causal": causal,
        "masked": masked,
        "product": (causal + masked) / 2,
        "maria": NEUTRAL.join(*halves, states.density),
    }
    if not gate.is_neutral:
        readers["gated"] = gate.join(*halves, states.density)
    return {
        name: F.cross_entropy(logits.float(), states.labels, reduction="none")
        for name, logits in readers.items()
    }
