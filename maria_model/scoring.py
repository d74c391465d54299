"""S(passage): how well a passage flows (causal LM) and how well one unit fits (MARIA).

Flow is log p_AR(passage + next 32 pieces | left); fit is MARIA's leave-one-out log-likelihood of
the unit, its slots masked and everything else known. Both in nats, both comparable for units of
the same number of pieces. Commonness is what the unit would score with no context at all: without
it the commoner word nearly always wins. Knows nothing of why a unit is scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import allowed_pieces, masked_halves
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import constrained_logprobs
from maria_model.tokenization import Window

# Masks in the input whose middle one sees no context.
_EMPTY_CONTEXT = 12
# Pieces after the passage that its flow has to lead into.
SUFFIX_PIECES = 32


@dataclass(frozen=True, slots=True)
class Score:
    """Flow and fit in nats; flow leaves out what stands before the unit, equal for all readings."""

    flow: float
    fit: float


@torch.inference_mode()
def commonness(model: MariaForMaskedInfilling, counts: PassCounts) -> Tensor:
    """Return (V,) log-probabilities of the pieces to the masked LM when everything is masked."""
    pieces = torch.zeros((1, _EMPTY_CONTEXT), dtype=torch.long, device=model.device)
    everything = torch.ones_like(pieces, dtype=torch.bool)
    logits = model.masked_lm_logits(model.vocabulary.masked_input(pieces, everything))
    counts.mlm += 1
    return constrained_logprobs(logits[0, 1 + _EMPTY_CONTEXT // 2])


class PassageScorer:
    """Scores readings of the one masked unit of a window; `inside` pieces of it are passage."""

    def __init__(
        self, model: MariaForMaskedInfilling, window: Window, *, inside: int, counts: PassCounts
    ) -> None:
        self._model = model
        self._window = window
        self._begin = window.slots[0].position
        self._end = self._begin + inside + SUFFIX_PIECES
        self._halves = masked_halves(model, window, counts)
        self._reader = CausalReader(model, counts)

    @torch.inference_mode()
    def score(self, pieces: Sequence[int]) -> Score:
        """Return the score with the unit reading `pieces`, as many as it has slots."""
        model, begin = self._model, self._begin
        first = self._reader.read_to(self._window.pieces, begin)
        rest = self._window.pieces[begin + len(pieces) : self._end]
        string = [*pieces, *rest]
        states = first[None]
        if len(string) > 1:
            states = torch.cat([states, self._reader.read(string[:-1])])
            self._reader.rewind_to(begin)
        logprobs = torch.log_softmax(model.causal_lm_logits(states).double(), dim=-1)
        flow = float(logprobs[torch.arange(len(string)), torch.tensor(string)].sum())
        filled = list(self._window.pieces)
        fit = 0.0
        for slot, state, half, piece in zip(
            self._window.slots, states, self._halves, pieces, strict=False
        ):
            allowed = allowed_pieces(model.vocabulary, self._window, filled, slot)
            # The writer's own word may break a seam, and is scored all the same.
            allowed = allowed.index_fill(0, torch.tensor([piece]), True)
            logits = model.causal_half_logits(state) + half
            fit += float(constrained_logprobs(logits, allowed)[piece])
            filled[slot.position] = piece
        return Score(flow=flow, fit=fit)
