"""Algorithm 1 (paper, section 3) as printed: the reference for every faster way.

One pass of the masked LM gives its half of the logits at every mask. Then, left to right, the
causal LM reads the slice from the last filled position up to the next mask; both halves together
choose the piece. Nothing after the last mask to fill is fed. Knows nothing of words' lengths or of
the text around a window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.api import CancelCheck, Cancelled, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.gate import mask_density
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import GREEDY, Choice, NoiseKey, choose
from maria_model.tokenization import Slot, Window
from maria_model.vocabulary import SharedVocabulary
from maria_model.word_pieces import WordPieces, last_word, next_word

# Pieces decoded on each side of a slot to see the neighbouring words.
_NEIGHBOUR_PIECES = 8


@dataclass(frozen=True, slots=True)
class SettledSlot:
    """A slot and the piece chosen for it."""

    slot: Slot
    choice: Choice


def infill(
    model: MariaForMaskedInfilling,
    window: Window,
    *,
    options: SamplingOptions = GREEDY,
    slots: int | None = None,
    candidate: int = 0,
    counts: PassCounts | None = None,
    cancelled: CancelCheck | None = None,
) -> Iterator[SettledSlot]:
    """Fill a window's slots by Algorithm 1, yielding each as it is settled.

    Args:
        model: in eval mode.
        window: its slots in reading order.
        options: greedy by default.
        slots: how many of the first slots to fill; the rest stay masks. None fills all.
        candidate: number of this answer in the noise's key.
        counts: passes are added here.
        cancelled: polled before each pass.

    Raises:
        Cancelled: `cancelled` said so.
    """
    counts = PassCounts() if counts is None else counts
    check(cancelled)
    halves, densities = masked_halves(model, window, counts), slot_densities(window)
    reader = CausalReader(model, counts)
    filled = list(window.pieces)
    for number, slot in list(enumerate(window.slots))[:slots]:
        check(cancelled)
        state = reader.read_to(filled, slot.position)
        logits = joint_logits(model, state, halves[number], densities[number])
        yield settle(model, window, filled, slot, logits, options=options, candidate=candidate)


@torch.inference_mode()
def masked_halves(model: MariaForMaskedInfilling, window: Window, counts: PassCounts) -> Tensor:
    """Return the masked LM's half of the logits at every slot, (S, V), in one pass."""
    pieces = torch.tensor([window.pieces], device=model.device)
    positions = torch.tensor([slot.position for slot in window.slots], device=model.device)
    mask = torch.zeros_like(pieces, dtype=torch.bool)
    mask[0, positions] = True
    states = model.model.masked_states(model.vocabulary.masked_input(pieces, mask))
    counts.mlm += 1
    # [CLS] moves every position by one. Only the slots' rows meet the large projection.
    return model.head.masked_half(states[0, positions + 1])


def slot_densities(window: Window) -> Tensor:
    """Return the mask density that a gate weighs at every slot, (S, 2) float32."""
    positions = torch.tensor([slot.position for slot in window.slots], dtype=torch.long)
    mask = torch.zeros(len(window.pieces), dtype=torch.bool)
    mask[positions] = True
    return mask_density(mask)[positions]


@torch.inference_mode()
def joint_logits(
    model: MariaForMaskedInfilling, states: Tensor, halves: Tensor, densities: Tensor
) -> Tensor:
    """Return MARIA's logits (..., V) of h_AR (..., d1), the masked halves and the densities."""
    return model.join_halves(model.causal_half_logits(states), halves, densities.to(halves.device))


def settle(
    model: MariaForMaskedInfilling,
    window: Window,
    filled: list[int],
    slot: Slot,
    logits: Tensor,
    *,
    options: SamplingOptions,
    candidate: int = 0,
) -> SettledSlot:
    """Choose the piece of one slot from its logits (V,), all before it known; write it down."""
    choice = choose(
        logits,
        options=options,
        key=noise_key(slot, candidate),
        allowed=allowed_pieces(model.vocabulary, window, filled, slot),
    )
    filled[slot.position] = choice.piece
    return SettledSlot(slot, choice)


def noise_key(slot: Slot, candidate: int) -> NoiseKey:
    """Return the name of a slot's noise."""
    return NoiseKey(blank=slot.blank, piece=slot.piece, candidate=candidate)


def allowed_pieces(
    vocabulary: SharedVocabulary, window: Window, filled: Sequence[int], slot: Slot
) -> Tensor:
    """Return (V,) the pieces that a slot may take, given the pieces before it."""
    masks = WordPieces.of(vocabulary)
    rules = None
    if slot.blank in window.rules:
        before = filled[slot.position - slot.piece : slot.position]
        rules = window.rules[slot.blank].allowed(before)
    if slot.kind != "word":
        return masks.allowed(slot, rules=rules)
    begin, end = slot.position, slot.position + slot.parts
    left = vocabulary.decode(filled[max(0, begin - _NEIGHBOUR_PIECES) : begin])
    stop = next((s.position for s in window.slots if s.position >= end), len(window.pieces))
    right = vocabulary.decode(window.pieces[end : min(stop, end + _NEIGHBOUR_PIECES)])
    left = last_word(left) if slot.spaced else ""
    return masks.allowed(slot, left=left, right=next_word(right), rules=rules)


def check(cancelled: CancelCheck | None) -> None:
    """Raise `Cancelled` where the caller asked to stop."""
    if cancelled is not None and cancelled():
        raise Cancelled
