"""How many pieces a word has: MARIA proposes at each length, one string score decides.

MARIA's likelihoods at different lengths are not comparable, because its masked half was told the
length. So the proposals compete under the causal LM, which was not: log p(fill + next k known
pieces | left), the same k for all, plus a weight times MARIA's own log-likelihood and a prior on
the length. Longer words are tried only where one piece is no safe answer, and only while they
win. Blanks are settled left to right, as in Algorithm 1, which this is where every word is
one piece. Knows nothing of the document outside the excerpt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.api import CancelCheck, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import check, masked_halves, settle
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import GREEDY
from maria_model.tokenization import (
    MAXIMUM_PIECES_PER_WORD,
    Excerpt,
    OpenBlank,
    Window,
    is_own_segmentation,
)

# A word of one piece that MARIA gives an even chance is taken at once.
EVEN_CHANCE = math.log(0.5)
# Known pieces after the fill that take part in the string score.
SUFFIX_PIECES = 8
# Weight of MARIA's log-likelihood beside the string score. On 150 held-out words weights from 0
# to 1 decide alike; half a vote keeps MARIA's in.
MARIA_WEIGHT = 0.5
# Log shares of running words of one, two, three pieces at a vocabulary of 8,192, less the first.
LENGTH_LOG_PRIORS = (0.0, -1.9, -3.3)


@dataclass(frozen=True, slots=True)
class FilledBlank:
    """A settled blank.

    Attributes:
        pieces: the chosen pieces.
        logprob: MARIA's natural log-likelihood of them, at their length.
        first_logprobs: (V,) the distribution of the first piece when the first word has one piece,
            given everything settled to the left.
    """

    blank: OpenBlank
    pieces: tuple[int, ...]
    logprob: float
    first_logprobs: Tensor


@dataclass(frozen=True, slots=True)
class _Layout:
    """A window and the masked LM's half of the logits at its slots."""

    window: Window
    halves: Tensor


@dataclass(frozen=True, slots=True)
class _Proposal:
    layout: _Layout
    filled: list[int]
    pieces: tuple[int, ...]
    logprob: float
    first_logprobs: Tensor


def infill_words(
    model: MariaForMaskedInfilling,
    excerpt: Excerpt,
    *,
    options: SamplingOptions = GREEDY,
    longest: int = MAXIMUM_PIECES_PER_WORD,
    counts: PassCounts | None = None,
    cancelled: CancelCheck | None = None,
) -> Iterator[FilledBlank]:
    """Fill an excerpt's blanks up to its last target, yielding each as it is settled.

    Blanks to the left that are no targets are filled in passing, one piece a word: the causal LM
    needs words to read there. `longest` bounds the pieces of a one-word target; words of longer
    blanks have one piece each.

    Raises:
        Cancelled: `cancelled` said so between two passes.
    """
    search = _LengthSearch(model, excerpt, options, counts or PassCounts(), cancelled)
    for blank in excerpt.open_blanks:
        is_open = blank.words == 1 and blank.index in excerpt.targets
        yield search.settle_blank(blank, longest if is_open else 1)


class _LengthSearch:
    """Algorithm 1 over an excerpt, the number of pieces of each word decided on the way."""

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        excerpt: Excerpt,
        options: SamplingOptions,
        counts: PassCounts,
        cancelled: CancelCheck | None,
    ) -> None:
        self._model = model
        self._excerpt = excerpt
        self._options = options
        self._counts = counts
        self._cancelled = cancelled
        self._reader = CausalReader(model, counts)
        self._shapes: dict[int, tuple[int, ...]] = {}
        self._layout = self._lay_out()
        self._filled = list(self._layout.window.pieces)

    def settle_blank(self, blank: OpenBlank, longest: int) -> FilledBlank:
        """Fill one blank, trying longer words for as long as they win."""
        best = single = self._propose(blank, self._layout)
        if longest > 1 and single.logprob < EVEN_CHANCE:
            best = self._longer_word(blank, single, longest)
        if best is not single:
            self._shapes[blank.index] = (len(best.pieces),)
        self._layout, self._filled = best.layout, best.filled
        return FilledBlank(blank, best.pieces, best.logprob, single.first_logprobs)

    def _longer_word(self, blank: OpenBlank, best: _Proposal, longest: int) -> _Proposal:
        best_score = self._score(blank, best)
        for parts in range(len(best.pieces) + 1, longest + 1):
            longer = self._propose(blank, self._lay_out(blank.index, (parts,)))
            if not is_own_segmentation(self._model.vocabulary, longer.pieces):
                break
            score = self._score(blank, longer)
            if score <= best_score:
                break
            best, best_score = longer, score
        return best

    def _lay_out(self, blank: int | None = None, shape: tuple[int, ...] = ()) -> _Layout:
        check(self._cancelled)
        shapes = self._shapes if blank is None else {**self._shapes, blank: shape}
        window = self._excerpt.lay_out(shapes)
        return _Layout(window, masked_halves(self._model, window, self._counts))

    def _propose(self, blank: OpenBlank, layout: _Layout) -> _Proposal:
        """Fill one blank in a layout; the reader is left at the blank's first piece."""
        window = layout.window
        slots = window.slots_of(blank.index)
        begin = slots[0].position
        filled = [*self._filled[:begin], *window.pieces[begin:]]
        choices = []
        for slot, half in zip(window.slots, layout.halves, strict=True):
            if slot.blank == blank.index:
                check(self._cancelled)
                choices.append(
                    settle(
                        self._model, self._reader, window, filled, slot, half, options=self._options
                    )
                )
        self._reader.rewind_to(begin)
        return _Proposal(
            layout=layout,
            filled=filled,
            pieces=tuple(choice.piece for choice in choices),
            logprob=sum(choice.logprob for choice in choices),
            first_logprobs=choices[0].logprobs,
        )

    def _score(self, blank: OpenBlank, proposal: _Proposal) -> float:
        check(self._cancelled)
        begin = proposal.layout.window.slots_of(blank.index)[0].position
        end = begin + len(proposal.pieces)
        known = _known_after(proposal.layout.window, end)
        string = self._string_logprob([*proposal.pieces, *known], proposal.filled, begin)
        prior = LENGTH_LOG_PRIORS[len(proposal.pieces) - 1]
        return string + MARIA_WEIGHT * proposal.logprob + prior

    @torch.inference_mode()
    def _string_logprob(self, pieces: Sequence[int], filled: Sequence[int], begin: int) -> float:
        """Return log p_AR(pieces | filled[:begin]) in nats; the reader stays at `begin`."""
        state = self._reader.read_to(filled, begin)
        states = state[None]
        if len(pieces) > 1:
            states = torch.cat([states, self._reader.read(pieces[:-1])])
            self._reader.rewind_to(begin)
        logprobs = torch.log_softmax(self._model.causal_lm_logits(states).double(), dim=-1)
        return float(logprobs[torch.arange(len(pieces)), torch.tensor(pieces)].sum())


def _known_after(window: Window, end: int) -> tuple[int, ...]:
    """Return the next known pieces after a fill, up to the next mask."""
    stop = next((slot.position for slot in window.slots if slot.position >= end), None)
    return window.pieces[end : min(end + SUFFIX_PIECES, stop or len(window.pieces))]
