"""S(passage): how well a passage flows (causal LM) and how well its words fit (MARIA).

Flow is log p_AR(passage + next 32 pieces | left). Fit is MARIA's log-likelihood of a word whose
pieces are masked and everything else known. A survey scores all words of a passage: words that
stand far apart share a row there, which makes it affordable (`STRIDE`). Judging compares readings
of one word, which is a passage of its own then. All in nats. Commonness is what a piece would
score with no context at all. Knows nothing of why anything is scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.api import CancelCheck, PassageScore
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.gate import mask_density
from maria_model.infilling import allowed_pieces, check
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Layout
from maria_model.sampling import constrained_logprobs
from maria_model.windows import Slot, Window

# Masks in the input whose middle one sees no context.
_EMPTY_CONTEXT = 12
# Pieces after the passage that its flow has to lead into.
SUFFIX_PIECES = 32
# Words that a survey masks together stand this many words apart.
STRIDE = 12
# Pieces on each side that the masked LM reads beside the passage, or beside a word alone.
CONTEXT_PIECES = 48
# Pieces in one pass: small enough on a CPU that a stop is answered at once.
PIECES_PER_PASS = 512
PIECES_PER_PASS_ON_GPU = 16_384


@torch.inference_mode()
def commonness(model: MariaForMaskedInfilling, counts: PassCounts) -> Tensor:
    """Return (V,) log-probabilities of the pieces to the masked LM when everything is masked."""
    pieces = torch.zeros((1, _EMPTY_CONTEXT), dtype=torch.long, device=model.device)
    everything = torch.ones_like(pieces, dtype=torch.bool)
    logits = model.masked_lm_logits(model.vocabulary.masked_input(pieces, everything))
    counts.mlm += 1
    return constrained_logprobs(logits[0, 1 + _EMPTY_CONTEXT // 2])


@dataclass(frozen=True, slots=True)
class MaskedHalf:
    """The masked LM's side of a word: (parts, V) logits and (parts, 2) mask densities."""

    logits: Tensor
    density: Tensor


@dataclass(frozen=True, slots=True)
class Survey:
    """All words of a layout at once.

    Attributes:
        flow: of the passage's part in the layout.
        fits: each word's, by number.
        first_logprobs: (V,) each, of the words' first pieces.
        halves: the masked LM's side of each word, to judge other readings by.
    """

    flow: float
    fits: Mapping[int, float]
    first_logprobs: Mapping[int, Tensor]
    halves: Mapping[int, MaskedHalf]


def passage_score(surveys: Sequence[Survey]) -> PassageScore:
    """Return the score of a passage that was surveyed part by part."""
    fits = [fit for survey in surveys for fit in survey.fits.values()]
    return PassageScore(
        flow=sum(survey.flow for survey in surveys),
        fit=sum(fits) / len(fits) if fits else None,
    )


class PassageScorer:
    """Scores layouts of one passage, one after another; what they share is read once."""

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        counts: PassCounts,
        cancelled: CancelCheck | None = None,
    ) -> None:
        self._model = model
        self._counts = counts
        self._cancelled = cancelled
        self._reader = CausalReader(model, counts)

    @torch.inference_mode()
    def survey(self, layout: Layout, *, suffix: int = SUFFIX_PIECES) -> Survey:
        """Score the passage and each of its words; `suffix` pieces behind it count as flow.

        Raises:
            CheckpointError: the model answered with something that is not a number.
            Cancelled: `cancelled` said so between two passes.
        """
        check(self._cancelled)
        self._reader.follow(layout.pieces)
        self._reader.read_to(layout.pieces, len(layout.pieces))
        end = min(layout.end + suffix, len(layout.pieces))
        states = self._states(range(layout.begin, end))
        string = layout.pieces[layout.begin : end]
        flow = float(self._string_logprobs(states[None], [string]).sum())
        begin = max(0, layout.begin - CONTEXT_PIECES)
        end = min(len(layout.pieces), layout.end + CONTEXT_PIECES)
        numbers = list(layout.words)
        rows = [_Row(begin, tuple(numbers[n::STRIDE])) for n in range(min(STRIDE, len(numbers)))]
        halves = dict(self._halves(layout, rows, end - begin))
        logprobs = dict(zip(numbers, self._own_logprobs(layout, halves), strict=True))
        fits = {n: _sum_at(rows, self._own(layout, n)) for n, rows in logprobs.items()}
        first_logprobs = {n: rows[0] for n, rows in logprobs.items()}
        return Survey(flow, fits, first_logprobs, halves)

    @torch.inference_mode()
    def halves_alone(self, layout: Layout, numbers: Sequence[int]) -> dict[int, MaskedHalf]:
        """Return the masked LM's side of each word when nothing but the word is masked."""
        total = len(layout.pieces)
        width = min(total, 2 * CONTEXT_PIECES + 1)
        rows = [
            _Row(
                max(0, min(layout.words[number][0].position - CONTEXT_PIECES, total - width)),
                (number,),
            )
            for number in numbers
        ]
        return dict(self._halves(layout, rows, width))

    @torch.inference_mode()
    def first_logprobs(self, layout: Layout, number: int, half: MaskedHalf) -> Tensor:
        """Return (V,) log-probabilities of a word's first piece under MARIA."""
        slots = layout.words[number][:1]
        (states,) = self._branch(layout, slots[0].position, [()])
        logits = self._model.join_halves(
            self._model.causal_half_logits(states), half.logits[:1], half.density[:1]
        )
        return constrained_logprobs(logits, self._allowed(layout, slots))[0]

    @torch.inference_mode()
    def judge(
        self,
        layout: Layout,
        number: int,
        readings: Sequence[Sequence[int]],
        half: MaskedHalf,
        *,
        suffix: int = SUFFIX_PIECES,
    ) -> list[PassageScore]:
        """Return the scores of other readings of one word, of as many pieces as it has.

        `suffix` pieces behind the word count as flow. Words are best judged from right to left:
        what stands before them was read already. The layout may differ from the one that was
        surveyed from the word on.
        """
        check(self._cancelled)
        slots = layout.words[number]
        begin, end = slots[0].position, slots[-1].position + 1
        known = layout.pieces[end : end + suffix]
        strings = [(*pieces, *known) for pieces in readings]
        states = torch.stack(self._branch(layout, begin, [string[:-1] for string in strings]))
        flows = self._string_logprobs(states, strings).sum(dim=-1).tolist()
        fits = self._logprobs(layout, slots, readings, states[:, : len(slots)], half)
        return [
            PassageScore(flow=flow, fit=_sum_at(rows, pieces))
            for pieces, flow, rows in zip(readings, flows, fits, strict=True)
        ]

    @torch.inference_mode()
    def complete(
        self, layout: Layout, number: int, firsts: Sequence[int], half: MaskedHalf
    ) -> list[tuple[int, ...]]:
        """Return a word's likeliest reading for each of its first pieces."""
        slots = layout.words[number]
        readings: list[tuple[int, ...]] = [(piece,) for piece in firsts]
        for part in range(1, len(slots)):
            check(self._cancelled)
            branches = self._branch(layout, slots[0].position, readings)
            states = torch.stack([states[-1] for states in branches])
            logits = self._model.join_halves(
                self._model.causal_half_logits(states),
                half.logits[part].expand(len(readings), -1),
                half.density[part].expand(len(readings), -1),
            )
            allowed = self._allowed(layout, slots[part : part + 1])
            best = constrained_logprobs(logits, allowed).argmax(dim=-1).tolist()
            readings = [(*pieces, piece) for pieces, piece in zip(readings, best, strict=True)]
        return readings

    def _branch(self, layout: Layout, begin: int, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """Return for each continuation (T + 1, d1): the state before it, and after each piece."""
        self._reader.rewind_to(begin)
        first = self._reader.read_to(layout.pieces, begin)[None]
        if not any(rows):
            return [first] * len(rows)
        return [torch.cat([first, states]) for states in self._reader.branch(rows)]

    def _states(self, positions: Sequence[int]) -> Tensor:
        states = [self._reader.state(position) for position in positions]
        return torch.stack(states) if states else self._reader.state(0)[:0].view(0, 0)

    def _string_logprobs(self, states: Tensor, strings: Sequence[Sequence[int]]) -> Tensor:
        """Return (R, T) log p_AR of R strings' pieces, given the (R, T, d1) states before them."""
        logits = self._model.causal_lm_logits(states)
        at_least = torch.promote_types(logits.dtype, torch.float32)
        logprobs = torch.log_softmax(logits.to(at_least), dim=-1)
        pieces = torch.tensor(strings, dtype=torch.long, device=logits.device)
        return logprobs.gather(-1, pieces[..., None])[..., 0]

    def _own_logprobs(self, layout: Layout, halves: Mapping[int, MaskedHalf]) -> list[Tensor]:
        """Return for each word of the layout (parts, V) log-probabilities under MARIA."""
        if not layout.words:
            return []
        slots = [slot for word in layout.words.values() for slot in word]
        logits = self._model.join_halves(
            self._model.causal_half_logits(self._states([slot.position for slot in slots])),
            torch.cat([halves[number].logits for number in layout.words]),
            torch.cat([halves[number].density for number in layout.words]),
        )
        own = [layout.pieces[slot.position] for slot in slots]
        logprobs = constrained_logprobs(logits, _with(self._allowed(layout, slots), own))
        return list(logprobs.split([len(word) for word in layout.words.values()]))

    def _logprobs(
        self,
        layout: Layout,
        slots: Sequence[Slot],
        readings: Sequence[Sequence[int]],
        states: Tensor,
        half: MaskedHalf,
    ) -> Tensor:
        """Return (R, parts, V) log-probabilities under MARIA, given (R, parts, d1) h_AR."""
        shape = (len(readings), -1, -1)
        logits = self._model.join_halves(
            self._model.causal_half_logits(states),
            half.logits.expand(shape),
            half.density.expand(shape),
        )
        allowed = self._allowed(layout, slots)
        return constrained_logprobs(
            logits, torch.stack([_with(allowed, pieces) for pieces in readings])
        )

    def _own(self, layout: Layout, number: int) -> list[int]:
        return [layout.pieces[slot.position] for slot in layout.words[number]]

    def _allowed(self, layout: Layout, slots: Sequence[Slot]) -> Tensor:
        """Return (n, V) what may stand in each slot, everything around its word being known."""
        return torch.stack(
            [
                allowed_pieces(
                    self._model.vocabulary, Window(layout.pieces, (slot,)), layout.pieces, slot
                )
                for slot in slots
            ]
        )

    def _halves(
        self, layout: Layout, rows: Sequence[_Row], width: int
    ) -> Iterator[tuple[int, MaskedHalf]]:
        """Yield the masked LM's side of every word of the rows, a few rows to a pass."""
        on_cpu = self._model.device.type == "cpu"
        room = PIECES_PER_PASS if on_cpu else PIECES_PER_PASS_ON_GPU
        at_once = max(1, room // max(1, width))
        for first in range(0, len(rows), at_once):
            check(self._cancelled)
            yield from self._read_rows(layout, rows[first : first + at_once], width)

    def _read_rows(
        self, layout: Layout, rows: Sequence[_Row], width: int
    ) -> Iterator[tuple[int, MaskedHalf]]:
        device = self._model.device
        pieces = torch.tensor(
            [layout.pieces[row.begin : row.begin + width] for row in rows], device=device
        )
        mask = torch.zeros_like(pieces, dtype=torch.bool)
        places = [
            (index, slot.position - row.begin)
            for index, row in enumerate(rows)
            for number in row.words
            for slot in layout.words[number]
        ]
        at, position = torch.tensor(places, device=device).T
        mask[at, position] = True
        states = self._model.model.masked_states(self._model.vocabulary.masked_input(pieces, mask))
        self._counts.mlm += 1
        # [CLS] moves every position by one.
        logits = self._model.head.masked_half(states[at, position + 1])
        density = mask_density(mask)[at, position]
        numbers = [number for row in rows for number in row.words]
        parts = [len(layout.words[number]) for number in numbers]
        halves = map(MaskedHalf, logits.split(parts), density.split(parts))
        yield from zip(numbers, halves, strict=True)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the masked LM's batch: where it begins in the layout, which words are masked."""

    begin: int
    words: tuple[int, ...]


def _with(allowed: Tensor, pieces: Sequence[int]) -> Tensor:
    """Return what may stand in each slot, and the piece that does, whatever the seams say."""
    allowed = allowed.clone()
    allowed[torch.arange(len(pieces)), torch.tensor(pieces)] = True
    return allowed


def _sum_at(logprobs: Tensor, pieces: Sequence[int]) -> float:
    """Return the sum of (T, V) log-probabilities at T pieces."""
    return float(logprobs[torch.arange(len(pieces)), torch.tensor(pieces)].sum())
