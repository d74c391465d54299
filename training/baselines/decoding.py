"""What the baselines share: a filled slot, the masked LM over a window that fills up, the choice.

Choosing is greedy in one product where it can be, so that no baseline pays for probabilities that
nobody asked it for. Knows nothing of the order in which slots are filled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.api import SamplingOptions
from maria_model.causal_reader import PassCounts
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import NoiseKey, choose
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Slot, Window
from maria_model.word_pieces import WordPieces


@dataclass(frozen=True, slots=True)
class FilledSlot:
    """A slot and the piece that a baseline chose for it."""

    slot: Slot
    piece: int


class MaskedReader:
    """The masked LM, without MARIA, over a window whose slots are filled one after another."""

    def __init__(
        self, model: MariaForMaskedInfilling, window: Window, counts: PassCounts | None
    ) -> None:
        self._model = model
        self._counts = PassCounts() if counts is None else counts
        self._pieces = torch.tensor([window.pieces], device=model.device)
        self._mask = torch.zeros_like(self._pieces, dtype=torch.bool)
        positions = [slot.position for slot in window.slots]
        self._mask[0, torch.tensor(positions, dtype=torch.long, device=model.device)] = True

    @torch.inference_mode()
    def logits(self, slots: Sequence[Slot]) -> Tensor:
        """Read the window in one pass; return the masked LM's own logits at `slots`, (n, V)."""
        vocabulary = self._model.vocabulary
        states = self._model.model.masked_states(vocabulary.masked_input(self._pieces, self._mask))
        self._counts.mlm += 1
        # [CLS] moves every position by one. Only the slots' rows meet the large projection.
        rows = torch.tensor([slot.position + 1 for slot in slots], device=states.device)
        logits = self._model.model.masked_decoder(states[0, rows])
        return torch.as_tensor(logits[:, vocabulary.masked_ids.to(states.device)])

    def fill(self, slot: Slot, piece: int) -> None:
        """Put a piece where a mask was."""
        self._pieces[0, slot.position] = piece
        self._mask[0, slot.position] = False


def restrict(logits: Tensor, slots: Sequence[Slot], vocabulary: SharedVocabulary) -> Tensor:
    """Return (n, V) logits, -inf where a piece may not stand in its slot."""
    pieces = WordPieces.of(vocabulary)
    allowed = torch.stack([pieces.allowed(slot) for slot in slots])
    return logits.masked_fill(~allowed.to(logits.device), -torch.inf)


def choose_pieces(logits: Tensor, slots: Sequence[Slot], options: SamplingOptions) -> list[int]:
    """Choose a piece for each of n slots from (n, V) restricted logits."""
    if options.temperature == 0.0:
        return [int(piece) for piece in logits.argmax(dim=-1).tolist()]
    allowed = logits.isfinite().cpu()
    return [
        choose(
            row.nan_to_num(neginf=0.0),
            options=options,
            key=NoiseKey(blank=slot.blank, piece=slot.piece),
            allowed=mask,
        ).piece
        for row, mask, slot in zip(logits, allowed, slots, strict=True)
    ]
