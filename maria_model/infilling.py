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
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Slot, Window
from maria_model.word_pieces import WordPieces

# Pieces decoded on each side of a slot to see the neighbouring words.
_NEIGHBOUR_PIECES = 8


@dataclass(frozen=True, slots=True)
class SettledSlot:
    """A slot and the piece chosen for it."""

    slot: Slot
    choice: Choice


@dataclass(frozen=True, slots=True)
class MaskedReading:
    """A window as the masked LM read it.

    Attributes:
        states: (S, d2) h_MLM at every slot.
        halves: (S, V) its half of the logits there.
        densities: (S, 2) the mask densities there, which a gate weighs.
    """

    window: Window
    states: Tensor
    halves: Tensor
    densities: Tensor

    def number_of(self, blank: int, piece: int = 0) -> int:
        """Return the number of a slot."""
        slots = self.window.slots
        return next(n for n, s in enumerate(slots) if (s.blank, s.piece) == (blank, piece))

    def known_after(self, position: int, most: int) -> tuple[int, ...]:
        """Return the known pieces from a position up to the next mask, at most so many."""
        stop = next((s.position for s in self.window.slots if s.position >= position), None)
        end = len(self.window.pieces) if stop is None else stop
        return self.window.pieces[position : min(position + most, end)]


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
    reading = read_masked(model, window, counts)
    reader = CausalReader(model, counts)
    filled = list(window.pieces)
    for number, slot in list(enumerate(window.slots))[:slots]:
        check(cancelled)
        state = reader.read_to(filled, slot.position)
        logits = joint_logits(model, state, reading.halves[number], reading.densities[number])
        yield settle(model, window, filled, slot, logits, options=options, candidate=candidate)


@torch.inference_mode()
def read_masked(
    model: MariaForMaskedInfilling,
    window: Window,
    counts: PassCounts,
    *,
    known: Sequence[int] = (),
) -> MaskedReading:
    """Let the masked LM read a window, in one pass.

    `known` are the window's first pieces where slots among them are settled and to be read: not
    the paper's way, in which every slot stays a mask to the end.
    """
    pieces = torch.tensor([[*known, *window.pieces[len(known) :]]], device=model.device)
    positions = torch.tensor([slot.position for slot in window.slots], dtype=torch.long)
    mask = _slot_mask(window, len(known))
    inputs = model.vocabulary.masked_input(pieces, mask[None].to(model.device))
    # [CLS] moves every position by one. Only the slots' rows meet the large projection.
    states = model.model.masked_states(inputs)[0, positions.to(model.device) + 1]
    counts.mlm += 1
    return MaskedReading(
        window, states, model.head.masked_half(states), mask_density(mask)[positions]
    )


def _slot_mask(window: Window, known: int) -> Tensor:
    """Return (T,) whether a piece is a mask to the masked LM."""
    mask = torch.zeros(len(window.pieces), dtype=torch.bool)
    mask[[slot.position for slot in window.slots if slot.position >= known]] = True
    return mask


@torch.inference_mode()
def masked_logprobs(
    model: MariaForMaskedInfilling, reading: MaskedReading, first: int, count: int
) -> Tensor:
    """Return the masked LM's own log-probabilities (count, V) at slots from number `first` on."""
    logits = model.masked_logits_of(reading.states[first : first + count])
    return torch.log_softmax(logits.double(), dim=-1).cpu()


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
    return masks.allowed(slot, left=left, right=right, rules=rules)


def check(cancelled: CancelCheck | None) -> None:
    """Raise `Cancelled` where the caller asked to stop."""
    if cancelled is not None and cancelled():
        raise Cancelled
