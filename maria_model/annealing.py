"""Rewriting a passage, and writing from nothing, by simulated annealing (paper, section 3).

A sweep masks some units of the passage at once and fills them by Algorithm 1 at the sweep's
temperature. The `paper` preset takes whatever comes: 30 % of the tokens, temperature from 1 to 0;
it is a generator. The `edit` preset proposes words and keeps a change only for a gain that the
writer could feel; no change at all is a valid answer. Knows nothing of documents' storage.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from maria_model.api import (
    CancelCheck,
    Change,
    GenerateRequest,
    Progress,
    ProgressCallback,
    RefineRequest,
    SamplingOptions,
)
from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.errors import ConfigurationError, ContextLengthError
from maria_model.infilling import check, infill
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Passage, PassageText, Unit, find_changes, joined
from maria_model.sampling import NoiseKey, choose
from maria_model.scoring import PassageScorer, commonness
from maria_model.tokenization import (
    CHARACTERS_PER_PIECE,
    LINE_FEED,
    BlankedText,
    is_own_segmentation,
)
from maria_model.word_pieces import WordPieces

# The gain of a change is the mean gain of both scores less this share of what the new word is
# commoner than the old (docs/adr/0011). Chosen by hand on words swapped at random into held-out
# paragraphs; not fitted.
COMMONNESS_WEIGHT = 0.75
# What a change must gain, in nats, at strength 0 and at strength 1. Chosen likewise.
GAIN_AT_STRENGTH = (9.0, 5.0)
# Noise keys of sampled text must not meet those of sweeps, which count from 0.
_PROMPT_KEY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnealingSchedule:
    """How many sweeps, the share of units masked in each, and a temperature linear in between."""

    sweeps: int
    start: float = 1.0
    end: float = 0.0
    share: float = 0.3

    def __post_init__(self) -> None:
        if self.sweeps < 0:
            raise ConfigurationError(f"sweeps={self.sweeps}: take 0 or more.")
        if not 0.0 < self.share <= 1.0:
            raise ConfigurationError(f"share={self.share}: take more than 0, at most 1.")
        if not 0.0 <= self.end <= self.start:
            raise ConfigurationError(
                f"start={self.start}, end={self.end}: take temperatures that fall, 0 or more."
            )

    def temperature(self, sweep: int) -> float:
        """Return the temperature of a sweep, 0 the first; a single sweep is the last one."""
        if self.sweeps <= 1:
            return self.end
        passed = sweep / (self.sweeps - 1)
        return self.start * (1.0 - passed) + self.end * passed

    @classmethod
    def of(cls, request: RefineRequest) -> AnnealingSchedule:
        """Return the preset's schedule: `paper` as published, `edit` by strength."""
        if request.preset == "paper":
            return cls(sweeps=request.sweeps or 8)
        return cls(sweeps=request.sweeps or 4, start=0.4 + 0.8 * request.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """A rewritten text, its changes, and what the model chose on the way."""

    text: str
    changes: tuple[Change, ...]
    sweeps: int
    tokens: int


class Annealer:
    """Answers refine requests with one model, counting passes and listening for a stop."""

    def __init__(
        self,
        model: MariaForMaskedInfilling,
        *,
        limit: int,
        counts: PassCounts,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> None:
        self._model = model
        self._limit = limit
        self._counts = counts
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._commonness: Tensor | None = None
        self.tokens = 0

    def refine(self, request: RefineRequest) -> Rewriting:
        """Rewrite a passage; nothing outside it and nothing locked in it changes."""
        schedule = AnnealingSchedule.of(request)
        end = len(request.text) if request.end is None else request.end
        passage_text, passage = self._read(request, end)
        chunks = list(passage.chunks())
        for number, (begin, stop) in enumerate(chunks):
            for sweep in range(schedule.sweeps):
                done = number * schedule.sweeps + sweep
                self.report("refining", done, len(chunks) * schedule.sweeps)
                if request.preset == "paper":
                    self.sweep(passage, begin, stop, schedule, sweep, seed=request.seed)
                else:
                    self._edit(passage, begin, stop, schedule, sweep, request)
            if request.preset == "edit":
                self._take_back(passage, begin, stop, request)
        self.report("refining", len(chunks) * schedule.sweeps, len(chunks) * schedule.sweeps)
        new_texts = passage_text.rewritten(passage.units, passage.current)
        changes = find_changes(request.text, passage.units, new_texts, end=end)
        return Rewriting(
            text=_apply(request.text, changes),
            changes=changes,
            sweeps=schedule.sweeps,
            tokens=self.tokens,
        )

    def sweep(
        self,
        passage: Passage,
        begin: int,
        end: int,
        schedule: AnnealingSchedule,
        sweep: int,
        *,
        seed: int,
    ) -> None:
        """Mask a random share of the free units, refill them, and keep what comes (paper)."""
        for number, pieces in self._proposals(passage, begin, end, schedule, sweep, seed).items():
            passage.current[number] = pieces

    def _edit(
        self,
        passage: Passage,
        begin: int,
        end: int,
        schedule: AnnealingSchedule,
        sweep: int,
        request: RefineRequest,
    ) -> None:
        """Propose as a sweep does, and keep each word that gains enough by itself."""
        proposals = self._proposals(passage, begin, end, schedule, sweep, request.seed)
        for number, pieces in proposals.items():
            vocabulary = self._model.vocabulary
            if pieces == passage.current[number] or not is_own_segmentation(vocabulary, pieces):
                continue
            if self._is_better(passage, begin, end, number, pieces, request.strength):
                passage.current[number] = pieces

    def _take_back(self, passage: Passage, begin: int, end: int, request: RefineRequest) -> None:
        """Restore each word whose change no longer gains enough beside the other changes."""
        for number in passage.free(begin, end):
            kept, passage.current[number] = passage.current[number], passage.units[number].pieces
            if kept != passage.current[number] and self._is_better(
                passage, begin, end, number, kept, request.strength
            ):
                passage.current[number] = kept

    def _is_better(
        self,
        passage: Passage,
        begin: int,
        end: int,
        number: int,
        pieces: tuple[int, ...],
        strength: float,
    ) -> bool:
        """Whether `pieces` gain enough over what the unit reads now, and lose in neither score."""
        check(self._cancelled)
        window = passage.window(begin, end, [number])
        inside = sum(len(unit) for unit in passage.current[number:end])
        scorer = PassageScorer(self._model, window, inside=inside, counts=self._counts)
        current = passage.current[number]
        old, new = scorer.score(current), scorer.score(pieces)
        flow, fit = new.flow - old.flow, new.fit - old.fit
        gain = (flow + fit) / 2 - COMMONNESS_WEIGHT * (self._common(pieces) - self._common(current))
        least = GAIN_AT_STRENGTH[0] + (GAIN_AT_STRENGTH[1] - GAIN_AT_STRENGTH[0]) * strength
        return min(flow, fit) > 0 and gain > least

    def _common(self, pieces: tuple[int, ...]) -> float:
        if self._commonness is None:
            self._commonness = commonness(self._model, self._counts)
        return float(self._commonness[list(pieces)].sum())

    def _proposals(
        self,
        passage: Passage,
        begin: int,
        end: int,
        schedule: AnnealingSchedule,
        sweep: int,
        seed: int,
    ) -> dict[int, tuple[int, ...]]:
        """Return new pieces for a random share of the free units, by Algorithm 1."""
        check(self._cancelled)
        free = passage.free(begin, end)
        if not free:
            return {}
        draw = random.Random(f"{seed}/{begin}/{sweep}")
        masked = sorted(draw.sample(free, max(1, round(schedule.share * len(free)))))
        proposals: dict[int, tuple[int, ...]] = dict.fromkeys(masked, ())
        for settled in infill(
            self._model,
            passage.window(begin, end, set(masked)),
            options=SamplingOptions(temperature=schedule.temperature(sweep), seed=seed),
            candidate=sweep,
            counts=self._counts,
            cancelled=self._cancelled,
        ):
            proposals[settled.slot.blank] += (settled.choice.piece,)
            self.tokens += 1
        return proposals

    def _read(self, request: RefineRequest, end: int) -> tuple[PassageText, Passage]:
        """Read the passage and its surroundings; blanks are read as the model's own fills."""
        blanks = find_blanks(request.text, strict=False)
        text = BlankedText(
            text=request.text, blanks=blanks, vocabulary=self._model.vocabulary, limit=self._limit
        )
        reach = self._limit * CHARACTERS_PER_PIECE
        near = [
            index
            for index, blank in enumerate(blanks)
            if request.start - reach <= blank.start < end + reach
        ]
        stand_ins = self._stand_ins(text, near)
        passage_text = PassageText(
            text=request.text,
            start=request.start,
            end=end,
            vocabulary=self._model.vocabulary,
            blanks=blanks,
            stand_ins=stand_ins,
            keep=request.keep,
        )
        units = passage_text.tokens() if request.preset == "paper" else passage_text.words()
        left = text.read(max(0, request.start - reach), request.start)
        right = text.read(end, min(len(request.text), end + reach))
        return passage_text, Passage(units, left=left, right=right, limit=self._limit)

    def _stand_ins(self, text: BlankedText, near: Sequence[int]) -> dict[int, tuple[int, ...]]:
        stand_ins: dict[int, tuple[int, ...]] = {}
        waiting = list(near)
        while waiting:
            excerpt = text.excerpt(waiting)
            waiting = waiting[len(excerpt.targets) :]
            for filled in infill_words(
                self._model, excerpt, longest=1, counts=self._counts, cancelled=self._cancelled
            ):
                stand_ins[filled.blank.index] = filled.pieces
            for index in excerpt.targets:
                blank = next(b for b in excerpt.open_blanks if b.index == index)
                text.fills[index] = text.fill_text(blank, stand_ins[index])
        return stand_ins

    def report(self, stage: Literal["refining", "generating"], done: int, total: int) -> None:
        """Say how many sweeps are done."""
        if self._on_progress is not None:
            self._on_progress(Progress(done=done, total=total, stage=stage))


def generate_text(
    model: MariaForMaskedInfilling,
    request: GenerateRequest,
    *,
    limit: int,
    counts: PassCounts,
    on_progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> tuple[str, int]:
    """Sample from the causal LM at temperature 1, then anneal; return text and tokens chosen.

    Raises:
        ContextLengthError: more tokens than the model's context.
        ConfigurationError: no tokens, or a negative number of sweeps.
    """
    schedule = AnnealingSchedule(sweeps=request.sweeps)
    if request.num_tokens < 1:
        raise ConfigurationError(f"num_tokens={request.num_tokens}: take 1 or more.")
    if request.num_tokens > limit:
        raise ContextLengthError(
            f"num_tokens={request.num_tokens}: this model holds {limit}. Ask for fewer."
        )
    # "the " would end in a lone space: the first sampled word brings its own.
    prompt = request.prompt.removesuffix(" ")
    left = model.vocabulary.encode(prompt)[-(limit - request.num_tokens) :]
    if request.num_tokens == limit:
        left = []
    pieces = _sample(model, left, request, counts, cancelled)
    is_inline = WordPieces.of(model.vocabulary).is_inline
    units = [
        Unit(pieces=(piece,), start=0, end=0, is_locked=not bool(is_inline[piece]))
        for piece in pieces
    ]
    passage = Passage(units, left=left, right=(), limit=limit)
    annealer = Annealer(
        model, limit=limit, counts=counts, on_progress=on_progress, cancelled=cancelled
    )
    for sweep in range(schedule.sweeps):
        annealer.report("generating", sweep, schedule.sweeps)
        annealer.sweep(passage, 0, len(units), schedule, sweep, seed=request.seed)
    annealer.report("generating", schedule.sweeps, schedule.sweeps)
    text = model.vocabulary.decode(joined(passage.current))
    if request.prompt.endswith(" "):
        text = text.removeprefix(" ")
    return text, len(pieces) + annealer.tokens


@torch.inference_mode()
def _sample(
    model: MariaForMaskedInfilling,
    left: Sequence[int],
    request: GenerateRequest,
    counts: PassCounts,
    cancelled: CancelCheck | None,
) -> list[int]:
    """Sample pieces from the causal LM alone at temperature 1."""
    reader = CausalReader(model, counts)
    options = SamplingOptions(temperature=1.0, seed=request.seed)
    vocabulary = model.vocabulary
    line_feeds = torch.tensor([piece.startswith(LINE_FEED) for piece in vocabulary.pieces])
    allowed = WordPieces.of(vocabulary).is_inline | line_feeds
    # The prompt's last space belongs to the first piece.
    first = allowed & vocabulary.is_word_start if request.prompt.endswith(" ") else allowed
    pieces: list[int] = []
    new = list(left)
    while len(pieces) < request.num_tokens:
        check(cancelled)
        logits = model.causal_lm_logits(reader.read(new)[-1])
        key = NoiseKey(blank=_PROMPT_KEY, piece=len(pieces))
        choice = choose(logits, options=options, key=key, allowed=allowed if pieces else first)
        new = [choice.piece]
        pieces += new
    return pieces


def _apply(text: str, changes: Sequence[Change]) -> str:
    parts, position = [], 0
    for change in changes:
        parts += [text[position : change.start], change.after]
        position = change.end
    return "".join([*parts, text[position:]])
