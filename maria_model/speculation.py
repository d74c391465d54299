"""Algorithm 1's words in a fraction of its passes: guess many pieces, verify them in one.

The masked LM's pass already holds a draft for every slot. One causal pass over known text plus
drafts gives MARIA's true distribution at every slot whose left side is right. Walking left to
right, a slot is settled by Algorithm 1's own rule; as long as the draft was that very piece, the
next slot's distribution counts too; at the first other piece the cache is rolled back. The open
slots of the round are drafted anew from the round's own distributions. Draft and target share the
slot's noise, so the output is Algorithm 1's, greedy or sampled (docs/infilling.md). Each round
settles at least one slot, so passes never exceed Algorithm 1's. Knows nothing of lengths or text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from maria_model.api import CancelCheck, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import (
    MaskedReading,
    SettledSlot,
    allowed_pieces,
    check,
    joint_logits,
    noise_key,
    read_masked,
    settle,
)
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.pass_costs import PassCosts
from maria_model.sampling import GREEDY, gumbel_noise
from maria_model.windows import Slot, Window
from maria_model.word_pieces import WordPieces

# So many slots weighs what is expected of drafts before the text has shown how good they are.
EXPECTATION_WEIGHT = 8.0
# Where fewer drafts than this are right, making them costs more than they save.
WORTH_DRAFTING = 0.35


def infill_speculatively(
    model: MariaForMaskedInfilling,
    window: Window,
    *,
    options: SamplingOptions = GREEDY,
    slots: int | None = None,
    candidate: int = 0,
    counts: PassCounts | None = None,
    cancelled: CancelCheck | None = None,
    block: int | None = None,
) -> Iterator[SettledSlot]:
    """Fill a window's slots with the pieces that `infill` chooses, yielding each as it is settled.

    Args:
        model, window, options, slots, candidate, counts, cancelled: as for `infill`.
        block: most pieces that one causal pass reads; None takes what the measured cost of wide
            passes makes worth while.

    Raises:
        Cancelled: `cancelled` said so between two passes.
    """
    counts = PassCounts() if counts is None else counts
    check(cancelled)
    reading = read_masked(model, window, counts)
    reader = CausalReader(model, counts)
    drafting = Speculation(
        model, reader, reading, options=options, candidate=candidate, block=block
    )
    yield from drafting.settle(slots, cancelled)


class Speculation:
    """One window being filled by drafts and verification.

    `filled` are the window's pieces where some slots are settled already, `first` the first one
    that is not.
    """

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        reader: CausalReader,
        reading: MaskedReading,
        *,
        options: SamplingOptions,
        candidate: int = 0,
        block: int | None = None,
        filled: Sequence[int] | None = None,
        first: int = 0,
    ) -> None:
        self._model = model
        self._reader = reader
        self._window = reading.window
        self._halves = reading.halves
        self._densities = reading.densities
        self._options = options
        self._candidate = candidate
        self._block = block
        self._first = first
        expected = expected_acceptance(reading.densities[first:])
        is_open = block is None and len(self._window.slots) > first + 1
        self._costs = PassCosts.of(model) if is_open and expected >= WORTH_DRAFTING else None
        self._noise: dict[int, Tensor] = {}
        self._filled = list(self._window.pieces if filled is None else filled)
        self._tried, self._right = EXPECTATION_WEIGHT, EXPECTATION_WEIGHT * expected
        if self._reads_ahead:
            # The masked LM's own logits guess better than its half of the head, which was trained
            # to leave much to the other half.
            self._draft(first, model.masked_logits_of(reading.states[first:]))

    @property
    def _reads_ahead(self) -> bool:
        """Whether a pass may read guesses; nobody needs them where it is one slot a pass."""
        return self._costs is not None or (self._block is not None and self._block > 1)

    @torch.inference_mode()
    def settle(
        self, slots: int | None = None, cancelled: CancelCheck | None = None
    ) -> Iterator[SettledSlot]:
        """Yield the slots up to number `slots` in reading order, each settled for good."""
        total = len(self._window.slots[:slots])
        first = self._first
        while first < total:
            check(cancelled)
            # What was read stays as far as it is what would be read now, drafts included.
            self._reader.follow(self._filled)
            stop = self._block_end(first, total)
            logits = self._read_block(first, stop)
            settled = []
            for number in range(first, stop):
                slot = self._window.slots[number]
                draft = self._filled[slot.position]
                settled.append(self._settle(slot, logits[number - first]))
                is_right = settled[-1].choice.piece == draft
                self._count(is_right)
                if not is_right:
                    break
            begin, first = first, first + len(settled)
            # Later slots read a wrong guess; their distributions are better guesses all the same.
            self._draft(first, logits[first - begin :])
            yield from settled

    def _read_block(self, first: int, stop: int) -> Tensor:
        """Return MARIA's logits at slots `first` to `stop`, (n, V), given the drafts among them."""
        slots = self._window.slots[first:stop]
        self._reader.read_to(self._filled, slots[-1].position)
        states = torch.stack([self._reader.state(slot.position) for slot in slots])
        return joint_logits(
            self._model, states, self._halves[first:stop], self._densities[first:stop]
        )

    def _settle(self, slot: Slot, logits: Tensor) -> SettledSlot:
        return settle(
            self._model,
            self._window,
            self._filled,
            slot,
            logits,
            options=self._options,
            candidate=self._candidate,
        )

    def _draft(self, first: int, logits: Tensor) -> None:
        """Guess the pieces of the slots from `first` on that (n, V) logits are given for."""
        slots = self._window.slots[first : first + len(logits)]
        if not slots or not self._reads_ahead:
            return
        allowed = torch.stack([self._draftable(slot) for slot in slots]).to(logits.device)
        logits = logits.masked_fill(~allowed, -torch.inf)
        if self._options.temperature > 0.0:
            noise = torch.stack([self._noise_of(slot) for slot in slots])
            logits = logits / self._options.temperature + noise.to(logits)
        for slot, piece in zip(slots, logits.argmax(dim=-1).tolist(), strict=True):
            self._filled[slot.position] = piece

    def _draftable(self, slot: Slot) -> Tensor:
        """Return (V,) what a draft may be: the neighbours, guesses themselves, have no say."""
        if slot.blank in self._window.rules:
            return allowed_pieces(self._model.vocabulary, self._window, self._filled, slot)
        return WordPieces.of(self._model.vocabulary).allowed(slot)

    def _noise_of(self, slot: Slot) -> Tensor:
        if slot.position not in self._noise:
            size, seed = len(self._model.vocabulary), self._options.seed
            key = noise_key(slot, self._candidate)
            self._noise[slot.position] = gumbel_noise(size, seed=seed, key=key)
        return self._noise[slot.position]

    def _count(self, is_right: bool) -> None:
        if not self._reads_ahead:
            return
        counts = self._reader.counts
        counts.drafted += 1
        counts.accepted += is_right
        self._tried += 1.0
        self._right += is_right

    def _block_end(self, first: int, total: int) -> int:
        """Return the slot behind the last one that the next pass is to verify."""
        slots, read = self._window.slots, self._reader.length
        most = self._reader.widest_pass
        if most is not None:
            # A second pass would be one that Algorithm 1 may not need.
            total = first + max(1, sum(slot.position - read <= most for slot in slots[first:total]))
        if self._costs is not None:
            widths = [max(0, slot.position - read) for slot in slots[first:total]]
            return first + self._costs.best_count(widths, self._right / self._tried)
        widest = max(self._block or 1, slots[first].position - read)
        stop = first
        while stop < total and slots[stop].position - read <= widest:
            stop += 1
        return stop


def expected_acceptance(densities: Tensor) -> float:
    """Return how often drafts are right, 0 to 1, judged by the (n, 2) mask densities of the slots.

    A rule of thumb for what was seen (docs/infilling-speed.md): nearly always where few masks are
    near, hardly ever among masks only.
    """
    return 1.0 - float(densities.mean()) ** 2 if len(densities) else 1.0
