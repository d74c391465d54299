"""How likely every word of a text is where it stands, and what would have been likelier.

From both sides, a word's pieces are masked and everything else is known: h_AR comes from one
reading of the text, h_MLM from a row in which the word is masked. Words that stand far apart share
a row: many times faster, and ranked alike (`ScoreRequest.stride`). From the left alone, the causal
LM's one reading is all there is. A text beyond the context is read in windows with context on both
sides. Knows nothing of documents' storage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.api import (
    CancelCheck,
    Candidate,
    Progress,
    ProgressCallback,
    ScoreRequest,
    WordScore,
)
from maria_model.blanks import Blank, find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.gate import mask_density
from maria_model.infilling import check, infill, joint_logits
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.sampling import constrained_logprobs
from maria_model.scoring import commonness
from maria_model.text_words import TextWord, WordReader, WordText
from maria_model.tokenization import CHARACTERS_PER_PIECE, BlankedText
from maria_model.windows import Slot, SlotKind
from maria_model.word_pieces import WordPieces

# A word's oddness takes off this share of what it owes to being common. With none, every rare word
# is odd; with more, misspellings are not, being rarest of all. Chosen among 0, 0.25, 0.5, 0.75 and
# 1 on 50 swapped and 47 misspelt words of held-out paragraphs (training/experiments/odd_words.py).
COMMONNESS_WEIGHT = 0.5
# Pieces that the masked LM reads at a time, and how many of them on each side are context alone.
WINDOW = 256
MARGIN = 32
# Pieces in one pass: small enough on a CPU that a stop is answered at once.
PIECES_PER_PASS = 256
PIECES_PER_READING = 128
PIECES_PER_PASS_ON_GPU = 16_384
# Pieces decoded on each side of a word to see its neighbours.
_NEIGHBOUR_PIECES = 8


def score_words(
    model: MariaForMaskedInfilling,
    request: ScoreRequest,
    *,
    limit: int,
    counts: PassCounts | None = None,
    on_progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> tuple[WordScore, ...]:
    """Score the words that begin in the request's span, in reading order.

    Raises:
        CheckpointError: the model answered with something that is not a number.
        Cancelled: `cancelled` said so between two passes.
    """
    counts = PassCounts() if counts is None else counts
    text = _read(model, request, limit, counts, cancelled)
    scorer = _Scorer(model, text, request, limit, counts, cancelled)
    scores: list[WordScore] = []
    for score in scorer.scores():
        scores.append(score)
        if on_progress is not None:
            on_progress(Progress(done=len(scores), total=len(text.words), stage="scoring"))
    return tuple(sorted(scores, key=lambda score: score.start))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Pieces around some words, as the masked LM reads them in one row.

    Attributes:
        words: those that are masked.
        positions: the masks of each word.
    """

    pieces: tuple[int, ...]
    words: tuple[TextWord, ...]
    positions: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words scored in one window of the text, `begin` to `end` in pieces."""

    words: tuple[TextWord, ...]
    begin: int
    end: int


class _Scorer:
    def __init__(
        self,
        model: MariaForMaskedInfilling,
        text: WordText,
        request: ScoreRequest,
        limit: int,
        counts: PassCounts,
        cancelled: CancelCheck | None,
    ) -> None:
        self._model = model
        self._text = text
        self._request = request
        self._counts = counts
        self._cancelled = cancelled
        self._masks = WordPieces.of(model.vocabulary)
        self._commonness = COMMONNESS_WEIGHT * commonness(model, counts)
        self._window = min(limit, WINDOW)
        self._causal = _CausalStates(model, text.pieces, limit, counts, cancelled)

    def scores(self) -> Iterator[WordScore]:
        """Yield every word's score, window by window."""
        for stretch in self._stretches():
            yield from self._scores_in(stretch)

    def _stretches(self) -> Iterator[_Stretch]:
        """Yield runs of words that leave a margin of context on both sides of their window."""
        margin = min(MARGIN, self._window // 4)
        words: list[TextWord] = []
        for word in self._text.words:
            # At the text's start there is no left margin to leave.
            begin = max(0, words[0].first - margin) if words else 0
            if words and word.last + margin > begin + self._window:
                yield self._stretch(words)
                words = []
            words.append(word)
        if words:
            yield self._stretch(words)

    def _stretch(self, words: Sequence[TextWord]) -> _Stretch:
        """Return the words' window: as much on the left as on the right, where the text has it."""
        first, last, total = words[0].first, words[-1].last, len(self._text.pieces)
        rest = max(0, self._window - (last - first))
        left = min(first, max(rest // 2, rest - (total - last)))
        begin = first - left
        return _Stretch(tuple(words), begin, min(total, begin + max(self._window, last - begin)))

    def _scores_in(self, stretch: _Stretch) -> Iterator[WordScore]:
        self._causal.move_to(stretch.words[0].first, stretch.words[-1].last)
        if self._request.sides == "left":
            yield from self._scores_from_the_left(stretch.words)
            return
        longer: dict[int, float] = {}
        for word, logits in self._logits(stretch, stretch.words, as_one_piece=False):
            logprobs = self._logprobs(word, logits)
            if len(logprobs) == 1:
                yield self._score(word, self._own(word, logprobs), logprobs[0])
            else:
                longer[word.number] = self._own(word, logprobs)
        words = [word for word in stretch.words if word.number in longer]
        for word, logits in self._logits(stretch, words, as_one_piece=True):
            others = constrained_logprobs(logits[0], self._allowed(word, 0, 1))
            yield self._score(word, longer[word.number], others)

    @torch.inference_mode()
    def _scores_from_the_left(self, words: Sequence[TextWord]) -> Iterator[WordScore]:
        """Yield the causal LM's own scores: one reading, and every word decoded from it."""
        for word in words:
            check(self._cancelled)
            logits = self._model.causal_lm_logits(self._causal.states(word.first, word.last))
            logprobs = self._logprobs(word, logits)
            others = logprobs[0]
            if len(logprobs) > 1:
                others = constrained_logprobs(logits[0], self._allowed(word, 0, 1))
                # What the word itself begins with is no other word.
                others[self._text.pieces[word.first]] = -torch.inf
            yield self._score(word, self._own(word, logprobs), others)

    @torch.inference_mode()
    def _logits(
        self, stretch: _Stretch, words: Sequence[TextWord], *, as_one_piece: bool
    ) -> Iterator[tuple[TextWord, Tensor]]:
        """Yield words with the logits of their pieces, (pieces, V), or of one in their place."""
        layouts = [
            self._lay_out(stretch, group, as_one_piece=as_one_piece)
            for group in _far_apart(words, self._request.stride)
        ]
        for batch in _batches(layouts, self._pieces_per_pass()):
            check(self._cancelled)
            rows = torch.tensor([layout.pieces for layout in batch], device=self._model.device)
            mask = torch.zeros_like(rows, dtype=torch.bool)
            for row, layout in enumerate(batch):
                mask[row, [p for positions in layout.positions for p in positions]] = True
            states = self._model.model.masked_states(
                self._model.vocabulary.masked_input(rows, mask)
            )
            self._counts.mlm += 1
            densities = mask_density(mask)
            for row, layout in enumerate(batch):
                for word, positions in zip(layout.words, layout.positions, strict=True):
                    places = torch.tensor(positions)
                    # [CLS] moves every position by one.
                    halves = self._model.head.masked_half(states[row, places + 1])
                    left = self._causal.states(word.first, word.first + len(positions))
                    yield word, joint_logits(self._model, left, halves, densities[row, places])

    def _lay_out(
        self, stretch: _Stretch, words: tuple[TextWord, ...], *, as_one_piece: bool
    ) -> _Layout:
        pieces: list[int] = []
        positions: list[tuple[int, ...]] = []
        done = stretch.begin
        for word in words:
            pieces += self._text.pieces[done : word.first]
            length = 1 if as_one_piece else word.last - word.first
            positions.append(tuple(range(len(pieces), len(pieces) + length)))
            pieces += [0] * length
            done = word.last
        return _Layout((*pieces, *self._text.pieces[done : stretch.end]), words, tuple(positions))

    def _pieces_per_pass(self) -> int:
        return PIECES_PER_PASS if self._model.device.type == "cpu" else PIECES_PER_PASS_ON_GPU

    def _logprobs(self, word: TextWord, logits: Tensor) -> list[Tensor]:
        """Return (V,) log-probabilities at each of a word's pieces, given how many they are."""
        logprobs = []
        pieces = self._text.pieces[word.first : word.last]
        for part, (row, piece) in enumerate(zip(logits, pieces, strict=True)):
            # The writer's own word may break a seam, and is scored all the same.
            allowed = self._allowed(word, part, len(pieces)).index_fill(
                0, torch.tensor([piece]), True
            )
            logprobs.append(constrained_logprobs(row, allowed))
        return logprobs

    def _own(self, word: TextWord, logprobs: Sequence[Tensor]) -> float:
        pieces = self._text.pieces[word.first : word.last]
        return math.fsum(float(row[piece]) for row, piece in zip(logprobs, pieces, strict=True))

    def _allowed(self, word: TextWord, part: int, parts: int) -> Tensor:
        # From the left nothing says that a word goes on.
        rest: SlotKind = "token" if self._request.sides == "left" else "continuation"
        slot = Slot(
            position=word.first + part,
            blank=0,
            piece=part,
            kind=rest if part else "word",
            parts=parts,
            spaced=word.spaced and not part,
            case="any" if part else word.case,
        )
        if part:
            return self._masks.allowed(slot)
        pieces, decode = self._text.pieces, self._model.vocabulary.decode
        left = decode(pieces[max(0, word.first - _NEIGHBOUR_PIECES) : word.first])
        right = decode(pieces[word.last : word.last + _NEIGHBOUR_PIECES])
        if self._request.sides == "left":
            right = ""
        return self._masks.allowed(slot, left=left, right=right)

    def _score(self, word: TextWord, logprob: float, others: Tensor) -> WordScore:
        """Return a word's score, given (V,) log-probabilities of the words of one piece there."""
        pieces = list(self._text.pieces[word.first : word.last])
        text = self._request.text[word.start : word.end]
        alternatives = self._alternatives(text, others)
        best = alternatives[0].logprob if alternatives else logprob
        fitting = logprob - float(self._commonness[pieces].sum())
        return WordScore(
            start=word.start,
            end=word.end,
            text=text,
            kind=word.kind,
            logprob=logprob,
            margin=max(0.0, best - logprob),
            oddness=max(0.0, float((others - self._commonness).max()) - fitting),
            rank=1 + int((others > logprob).sum()),
            alternatives=alternatives[: self._request.alternatives],
        )

    def _alternatives(self, text: str, logprobs: Tensor) -> tuple[Candidate, ...]:
        """Return the likeliest other words; words that differ by case alone are one."""
        found: dict[str, Candidate] = {}
        wanted = max(1, self._request.alternatives)
        for piece in logprobs.topk(min(len(logprobs), 3 * wanted + 3)).indices.tolist():
            word = self._model.vocabulary.decode([piece]).removeprefix(" ")
            if float(logprobs[piece]) == -torch.inf or len(found) == wanted:
                break
            if word.casefold() != text.casefold():
                found.setdefault(
                    word.casefold(), Candidate(text=word, logprob=float(logprobs[piece]))
                )
        return tuple(found.values())


class _CausalStates:
    """h_AR of a text of any length, read from left to right in windows that overlap by half."""

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        pieces: Sequence[int],
        limit: int,
        counts: PassCounts,
        cancelled: CancelCheck | None,
    ) -> None:
        self._model, self._pieces, self._limit = model, pieces, limit
        self._counts, self._cancelled = counts, cancelled
        self._begin = 0
        self._reader = CausalReader(model, counts)

    def move_to(self, first: int, last: int) -> None:
        """Make room for reading the pieces from `first` to `last`."""
        if last > self._begin + self._limit:
            self._begin = max(0, first - min(self._limit // 2, self._limit - (last - first)))
            self._reader = CausalReader(self._model, self._counts)

    def states(self, first: int, last: int) -> Tensor:
        """Return h_AR at the pieces from `first` to `last`, (last - first, d1)."""
        while self._begin + self._reader.length < last:
            check(self._cancelled)
            done = self._begin + self._reader.length
            block = min(PIECES_PER_READING, self._begin + self._limit - done)
            self._reader.read(self._pieces[done : done + block])
        positions = range(first - self._begin, last - self._begin)
        return torch.stack([self._reader.state(position) for position in positions])


def _read(
    model: MariaForMaskedInfilling,
    request: ScoreRequest,
    limit: int,
    counts: PassCounts,
    cancelled: CancelCheck | None,
) -> WordText:
    """Read the text; each blank is read as the one word that the model would put there."""
    blanks = tuple(
        Blank(start=blank.start, end=blank.end) for blank in find_blanks(request.text, strict=False)
    )
    end = len(request.text) if request.end is None else request.end
    reader = WordReader(
        request.text,
        blanks,
        model.vocabulary,
        start=request.start,
        end=end,
        reach=limit * CHARACTERS_PER_PIECE,
    )
    text = BlankedText(text=request.text, blanks=blanks, vocabulary=model.vocabulary, limit=limit)
    waiting = list(reader.near)
    while waiting:
        excerpt = text.excerpt(waiting)
        waiting = waiting[len(excerpt.targets) :]
        window = excerpt.lay_out()
        slots = sum(slot.blank <= excerpt.targets[-1] for slot in window.slots)
        open_blanks = {blank.index: blank for blank in excerpt.open_blanks}
        for settled in infill(model, window, slots=slots, counts=counts, cancelled=cancelled):
            index = settled.slot.blank
            if index in excerpt.targets:
                pieces = [settled.choice.piece]
                text.fills[index] = text.fill_text(open_blanks[index], pieces)
    return reader.read(text.fills)


def _far_apart(words: Sequence[TextWord], stride: int) -> Iterator[tuple[TextWord, ...]]:
    """Yield groups of words that stand at least `stride` words apart; 0 yields them one by one."""
    groups: list[list[TextWord]] = []
    for word in words:
        group = next((g for g in groups if stride and word.number - g[-1].number >= stride), None)
        if group is None:
            groups.append([word])
        else:
            group.append(word)
    yield from map(tuple, groups)


def _batches(layouts: Sequence[_Layout], room: int) -> Iterator[list[_Layout]]:
    """Yield rows of equal length, as many as fill a pass."""
    batch: list[_Layout] = []
    for layout in sorted(layouts, key=lambda layout: len(layout.pieces)):
        length = len(layout.pieces)
        if batch and (len(batch[0].pieces) != length or (len(batch) + 1) * length > room):
            yield batch
            batch = []
        batch.append(layout)
    if batch:
        yield batch
