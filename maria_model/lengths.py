"""Which words fill a blank, and how many pieces each has: proposals compete under one score.

MARIA's likelihoods at different lengths are not comparable, because its masked half was told the
length. So MARIA proposes at each length, and the proposals compete under the causal LM, which was
not told: log p(fill + next k known pieces | left), the same k for all, plus a weight times the
masked LM's own log-likelihood and a prior on the length (`InferenceConstants`). Longer words are
tried only where one piece is no safe answer, and only while they win. Blanks are settled left to
right, as in Algorithm 1, which this is where every word is one piece. Knows nothing of the document
outside the excerpt.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from maria_model.api import CancelCheck, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.excerpt_state import ExcerptState
from maria_model.infilling import (
    MaskedReading,
    SettledSlot,
    allowed_pieces,
    check,
    joint_logits,
    masked_logprobs,
    noise_key,
    settle,
)
from maria_model.listed import listed_fills
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.proposals import FilledBlank, Proposal, Shapes, shape_of
from maria_model.rules import shapes_of
from maria_model.sampling import GREEDY, Choice, choose, constrained_logprobs
from maria_model.speculation import Speculation
from maria_model.tokenization import is_own_segmentation
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Excerpt, OpenBlank, Slot

# A word of one piece that MARIA gives an even chance is taken at once.
EVEN_CHANCE = math.log(0.5)
# Entries of a list that are read side by side in one pass.
LISTED_AT_ONCE = 32
# Shapes of a constrained blank that compete, fewest pieces first.
MAXIMUM_SHAPES = 6


def infill_words(
    model: MariaForMaskedInfilling,
    excerpt: Excerpt,
    *,
    options: SamplingOptions = GREEDY,
    candidate: int = 0,
    longest: int = MAXIMUM_PIECES_PER_WORD,
    reader: CausalReader | None = None,
    block: int | None = None,
    refresh: int = 0,
    counts: PassCounts | None = None,
    cancelled: CancelCheck | None = None,
) -> Iterator[FilledBlank]:
    """Fill an excerpt's blanks up to its last target, yielding each as it is settled.

    Blanks to the left that are no targets are filled in passing, one piece a word: the causal LM
    needs words to read there.

    Args:
        model: in eval mode.
        excerpt: the text around the blanks.
        options: greedy by default.
        candidate: number of this answer in the noise's key.
        longest: bounds the pieces of a target's words.
        reader: what it has read already need not be read again.
        block: as for `infill_speculatively`; 1 takes the passes of Algorithm 1.
        refresh: after so many pieces the masked LM reads the text again, with what was settled;
            0 is the paper's way, in which it reads once.
        counts: passes are added here.
        cancelled: polled before each pass.

    Raises:
        NotSupportedError: a rule that no blank can follow, or that is too complicated.
        Cancelled: `cancelled` said so between two passes.
    """
    counts = PassCounts() if counts is None else counts
    if reader is None:
        reader = CausalReader(model, counts)
    reader.counts = counts
    search = WordSearch(
        model,
        excerpt,
        reader,
        options=options,
        candidate=candidate,
        block=block,
        refresh=refresh,
        cancelled=cancelled,
    )
    for blank in excerpt.open_blanks:
        is_target = blank.index in excerpt.targets
        yield search.settle_blank(blank, longest) if is_target else search.pass_over(blank)


class WordSearch:
    """Algorithm 1 over an excerpt, words and lengths decided on the way."""

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        excerpt: Excerpt,
        reader: CausalReader,
        *,
        options: SamplingOptions = GREEDY,
        candidate: int = 0,
        block: int | None = None,
        refresh: int = 0,
        cancelled: CancelCheck | None = None,
    ) -> None:
        self._model = model
        self._excerpt = excerpt
        self._reader = reader
        self._options = options
        self._candidate = candidate
        self._block = block
        self._cancelled = cancelled
        self._constants = model.config.inference_constants
        self._text = ExcerptState(
            model, excerpt, reader.counts, refresh=refresh, cancelled=cancelled
        )
        self._drafting: Iterator[SettledSlot] | None = None

    def settle_blank(
        self, blank: OpenBlank, longest: int, beginning: Sequence[Proposal] = ()
    ) -> FilledBlank:
        """Fill a target; every blank before it is settled.

        `beginning` are first words that it takes as they are, if it has no rules.
        """
        if blank.constraints:
            filled = self._settle_constrained(blank)
        else:
            if len(blank.word_counts) > 1:
                self._choose_count(blank)
            longest = longest if blank.is_searched else 1
            filled = self._settle_words(blank, longest, beginning)
        self._reread_if_due(filled)
        return filled

    def pass_over(self, blank: OpenBlank) -> FilledBlank:
        """Fill a blank that is no target, so that the causal LM has words to read there."""
        filled = self._settle_words(blank, 1)
        self._reread_if_due(filled)
        return filled

    def _reread_if_due(self, filled: FilledBlank) -> None:
        if self._text.reread_if_due(filled):
            self._drafting = None

    @torch.inference_mode()
    def weigh(self, blank: OpenBlank, fills: Sequence[tuple[int, ...]]) -> list[Proposal]:
        """Return given fills of a blank as proposals, in their order; blanks before are settled.

        A fill is judged as it stands: what a rule or a seam forbids elsewhere is allowed here.
        """
        check(self._cancelled)
        slots = self._text.layout.window.slots_of(blank.index)
        begin, end = slots[0].position, slots[-1].position + 1
        self._reader.follow(self._text.filled[:begin])
        self._reader.read_to(self._text.filled, begin)
        states, strings = self._strings(fills, end)
        proposals = []
        for fill, row_states, string in zip(fills, states, strings, strict=True):
            shape = shape_of(self._model.vocabulary, fill)
            layout = self._text.lay_out({**self._text.shapes, blank.index: shape})
            proposal = Proposal(
                shape=shape,
                pieces=fill,
                logprob=self._logprob(blank, layout, begin, fill, row_states),
                masked_logprob=self._masked_logprob(
                    layout, layout.window.slots_of(blank.index)[0], fill
                ),
            )
            proposals.append(self._with_score(proposal, string))
        return proposals

    def _logprob(
        self,
        blank: OpenBlank,
        layout: MaskedReading,
        begin: int,
        fill: Sequence[int],
        states: Tensor,
    ) -> float:
        """Return MARIA's log-likelihood of a fill, given the states that predict its pieces."""
        filled = self._text.carried(layout.window, begin)
        logprob = 0.0
        first = layout.number_of(blank.index)
        for number, (piece, state) in enumerate(zip(fill, states, strict=False), first):
            slot = layout.window.slots[number]
            allowed = allowed_pieces(self._model.vocabulary, layout.window, filled, slot)
            allowed = allowed.index_fill(0, torch.tensor([piece]), True)
            logits = joint_logits(
                self._model, state, layout.halves[number], layout.densities[number]
            )
            logprob += float(constrained_logprobs(logits, allowed)[piece])
            filled[slot.position] = piece
        return logprob

    def _settle_words(
        self, blank: OpenBlank, longest: int, beginning: Sequence[Proposal] = ()
    ) -> FilledBlank:
        """Fill a blank word by word."""
        words = len(self._text.shapes.get(blank.index, (1,) * blank.words))
        pieces: list[int] = []
        logprob, first = 0.0, None
        tried: list[tuple[Proposal, ...]] = []
        for word in range(words):
            settled = self._next_settled(self._text.layout.number_of(blank.index, len(pieces)))
            given = beginning[word : word + 1]
            proposals = given or self._compete(blank, word, settled, longest)
            self._take(blank, word, settled, proposals[0])
            pieces += proposals[0].pieces
            logprob += proposals[0].logprob
            first = settled.choice.logprobs if first is None else first
            tried.append(tuple(proposals))
        assert first is not None
        if words > 1:
            return FilledBlank(blank, tuple(pieces), logprob, first, words=tuple(tried))
        rivals = tried[0] if len(tried[0]) > 1 else ()
        return FilledBlank(blank, tuple(pieces), logprob, first, proposals=rivals)

    def _compete(
        self, blank: OpenBlank, word: int, settled: SettledSlot, longest: int
    ) -> list[Proposal]:
        """Return the proposals for one word, best first; a safe one stands alone."""
        choice, slot = settled.choice, settled.slot
        if longest == 1 or choice.logprob >= EVEN_CHANCE:
            return [Proposal(shape=(1,), pieces=(choice.piece,), logprob=choice.logprob)]
        waiting, scored = self._words_of_one_piece(settled), list[Proposal]()
        for parts in range(2, longest + 1):
            longer = self._propose(blank, self._text.shapes_with(blank, word, parts), word)
            if not is_own_segmentation(self._model.vocabulary, longer.pieces):
                break
            scored = self._scored([*waiting, longer], slot, slot.position + 1, scored)
            waiting = []
            if scored[0].shape != (parts,):
                break
        return self._scored(waiting, slot, slot.position + 1, scored) if waiting else scored

    def _words_of_one_piece(self, settled: SettledSlot) -> list[Proposal]:
        """Return a slot's choice and the likeliest other words; a drawn word has no others."""
        choice, slot = settled.choice, settled.slot
        words = {choice.piece: choice.logprob}
        count = self._constants.one_piece_proposals
        if count > 1 and self._options.temperature == 0.0:
            best = choice.logprobs.topk(min(count, len(choice.logprobs)))
            for logprob, piece in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                if logprob > -math.inf:
                    words.setdefault(piece, logprob)
        number = self._text.layout.number_of(slot.blank, slot.piece)
        masked = masked_logprobs(self._model, self._text.layout, number, 1)[0]
        return [
            Proposal(
                shape=(1,), pieces=(piece,), logprob=logprob, masked_logprob=float(masked[piece])
            )
            for piece, logprob in words.items()
        ]

    def _take(self, blank: OpenBlank, word: int, settled: SettledSlot, best: Proposal) -> None:
        """Write down the winner of a word."""
        begin = settled.slot.position
        if best.pieces != (settled.choice.piece,):
            # What was verified behind this word read another one.
            self._drafting = None
        if best.shape != (1,):
            self._move_to(self._text.shapes_with(blank, word, best.shape[0]), begin)
        self._text.filled[begin : begin + len(best.pieces)] = best.pieces

    def _choose_count(self, blank: OpenBlank) -> None:
        """Decide how many words a blank of open length holds."""
        slots = self._text.layout.window.slots_of(blank.index)
        best = self.proposals_by_count(blank)[0]
        self._move_to({**self._text.shapes, blank.index: best.shape}, slots[0].position)

    def proposals_by_count(self, blank: OpenBlank) -> list[Proposal]:
        """Return a fill for each number of words that is tried, of one piece a word; best first."""
        slots = self._text.layout.window.slots_of(blank.index)
        proposals = [
            self._propose(blank, {**self._text.shapes, blank.index: (1,) * count})
            for count in blank.word_counts
        ]
        return self._scored(proposals, slots[0], slots[-1].position + 1)

    def _settle_constrained(self, blank: OpenBlank) -> FilledBlank:
        """Fill a blank by the best of the shapes that can obey its rules."""
        listed = listed_fills(self._model.vocabulary, blank)
        if listed is not None:
            return self._settle_listed(blank, listed)
        shapes = shapes_of(self._model.vocabulary, blank, MAXIMUM_SHAPES)
        if not shapes:
            return replace(self._settle_words(blank, 1), is_obedient=False)
        proposals = [self._propose(blank, {**self._text.shapes, blank.index: s}) for s in shapes]
        vocabulary = self._model.vocabulary
        proper = [p for p in proposals if is_own_segmentation(vocabulary, p.pieces)]
        # A word cut otherwise is a second reading of a shorter one, or all that obeys.
        proposals = proper or proposals
        slots = self._text.layout.window.slots_of(blank.index)
        begin = slots[0].position
        scored = self._scored(proposals, slots[0], slots[-1].position + 1)
        best, singles = scored[0], self._one_piece_logprobs(blank, shapes)
        self._move_to({**self._text.shapes, blank.index: best.shape}, begin)
        self._text.filled[begin : begin + len(best.pieces)] = best.pieces
        rivals = tuple(scored) if len(best.shape) == 1 and len(scored) > 1 else ()
        return FilledBlank(blank, best.pieces, best.logprob, singles, rivals)

    def _one_piece_logprobs(self, blank: OpenBlank, shapes: Sequence[tuple[int, ...]]) -> Tensor:
        """Return (V,) the distribution of the words of one piece that obey a blank's rules."""
        if (1,) not in shapes:
            return torch.full((len(self._model.vocabulary),), -math.inf)
        layout = self._text.lay_out({**self._text.shapes, blank.index: (1,)})
        return self._choices(layout, layout.window.slots_of(blank.index))[0].logprobs

    def _settle_listed(self, blank: OpenBlank, fills: Sequence[tuple[int, ...]]) -> FilledBlank:
        """Fill a blank with an entry of its list; all that obey compete."""
        if not fills:
            return replace(self._settle_words(blank, 1), is_obedient=False)
        proposals = [
            proposal
            for first in range(0, len(fills), LISTED_AT_ONCE)
            for proposal in self.weigh(blank, fills[first : first + LISTED_AT_ONCE])
        ]
        scores = torch.tensor([proposal.score for proposal in proposals], dtype=torch.float64)
        slot = self._text.layout.window.slots_of(blank.index)[0]
        key = noise_key(slot, self._candidate)
        best = proposals[choose(scores, options=self._options, key=key).piece]
        self._move_to({**self._text.shapes, blank.index: best.shape}, slot.position)
        self._text.filled[slot.position : slot.position + len(best.pieces)] = best.pieces
        rivals = tuple(sorted(proposals, key=lambda proposal: -proposal.score))
        singles = torch.full((len(self._model.vocabulary),), -math.inf)
        return FilledBlank(blank, best.pieces, best.logprob, singles, rivals)

    def _move_to(self, shapes: Shapes, begin: int) -> None:
        """Go on with other shapes; what stands before `begin` is settled and stays."""
        self._text.move_to(shapes, begin)
        self._drafting = None

    def _propose(self, blank: OpenBlank, shapes: Shapes, word: int | None = None) -> Proposal:
        """Return MARIA's own pieces of a blank, or of one word of it, at some shapes."""
        layout, shape = self._text.lay_out(shapes), shapes[blank.index]
        slots = layout.window.slots_of(blank.index)
        if word is not None:
            before = sum(shape[:word])
            slots, shape = slots[before : before + shape[word]], (shape[word],)
        choices = self._choices(layout, slots)
        pieces = tuple(choice.piece for choice in choices)
        return Proposal(
            shape=shape,
            pieces=pieces,
            logprob=sum(choice.logprob for choice in choices),
            masked_logprob=self._masked_logprob(layout, slots[0], pieces),
        )

    def _masked_logprob(self, layout: MaskedReading, first: Slot, pieces: Sequence[int]) -> float:
        """Return the masked LM's own log-likelihood of the pieces from a slot on."""
        number = layout.number_of(first.blank, first.piece)
        rows = masked_logprobs(self._model, layout, number, len(pieces))
        return float(rows[torch.arange(len(pieces)), torch.tensor(pieces)].sum())

    def _choices(self, layout: MaskedReading, slots: Sequence[Slot]) -> list[Choice]:
        """Fill neighbouring slots of a layout; what is settled stays as it is."""
        begin = slots[0].position
        filled = self._text.carried(layout.window, begin)
        self._reader.follow(filled[:begin])
        first, choices = layout.number_of(slots[0].blank, slots[0].piece), []
        for number, slot in enumerate(slots, first):
            check(self._cancelled)
            logits = joint_logits(
                self._model,
                self._reader.read_to(filled, slot.position),
                layout.halves[number],
                layout.densities[number],
            )
            settled = settle(
                self._model,
                layout.window,
                filled,
                slot,
                logits,
                options=self._options,
                candidate=self._candidate,
            )
            choices.append(settled.choice)
        return choices

    def _next_settled(self, number: int) -> SettledSlot:
        """Return slot `number` of the layout, settled by Algorithm 1's rule."""
        if self._drafting is None:
            last = self._excerpt.targets[-1]
            self._drafting = Speculation(
                self._model,
                self._reader,
                self._text.layout,
                options=self._options,
                candidate=self._candidate,
                block=self._block,
                filled=self._text.filled,
                first=number,
            ).settle(sum(s.blank <= last for s in self._text.layout.window.slots), self._cancelled)
        return next(self._drafting)

    def _scored(
        self,
        proposals: Sequence[Proposal],
        slot: Slot,
        end: int,
        scored: Sequence[Proposal] = (),
    ) -> list[Proposal]:
        """Score proposals for what lies from `slot` to `end`; return them and `scored`, best first.

        The score is log p_AR(fill and what follows | left), the masked LM's weighted vote, and the
        prior on the length.
        """
        check(self._cancelled)
        self._reader.follow(self._text.filled[: slot.position])
        self._reader.read_to(self._text.filled, slot.position)
        _, strings = self._strings([proposal.pieces for proposal in proposals], end)
        new = [self._with_score(p, string) for p, string in zip(proposals, strings, strict=True)]
        return sorted([*scored, *new], key=lambda proposal: -proposal.score)

    def _strings(
        self, fills: Sequence[Sequence[int]], end: int
    ) -> tuple[list[Tensor], list[float]]:
        """Return the states before each fill's pieces, and log p_AR of it and what follows.

        What follows are the known pieces from `end` on. Where a word still to be filled stands
        there, it is that a word begins: "p" fills no blank only because "pillow" would.
        """
        known = self._text.layout.known_after(end, self._constants.suffix_pieces)
        next_slot = next((s for s in self._text.layout.window.slots if s.position == end), None)
        is_word_next = next_slot is not None and next_slot.spaced and next_slot.kind == "word"
        return self._reader.read_strings(
            [[*fill, *known] for fill in fills],
            followers=self._model.vocabulary.is_word_start if is_word_next else None,
        )

    def _with_score(self, proposal: Proposal, string_logprob: float) -> Proposal:
        constants, shape = self._constants, proposal.shape
        priors = constants.length_log_priors
        prior = sum(priors[min(parts, len(priors)) - 1] for parts in shape)
        prior += constants.word_log_prior * (len(shape) - 1)
        vote = constants.masked_weight * proposal.masked_logprob
        return replace(proposal, score=string_logprob + vote + prior)
