"""Rewriting a passage by simulated annealing (paper, section 3).

The `paper` preset masks 30 % of the tokens at once, fills them by Algorithm 1 at the sweep's
temperature, from 1 to 0, and takes whatever comes: it is a generator. The `edit` preset changes
words one by one, each for a gain that the writer could feel (`editing`); no change at all is a
valid answer. What each sweep left is kept and scored. Knows nothing of documents' storage.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from maria_model.api import (
    USUAL_SWEEPS,
    CancelCheck,
    PassageScore,
    Progress,
    ProgressCallback,
    Reading,
    RefineRequest,
    SamplingOptions,
)
from maria_model.blanks import find_blanks
from maria_model.causal_reader import PassCounts
from maria_model.editing import EditOptions, WordEditing
from maria_model.errors import ConfigurationError
from maria_model.infilling import check
from maria_model.kinship import Kinship
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Passage, PassageText
from maria_model.readings import Readings
from maria_model.scoring import SUFFIX_PIECES, PassageScorer, commonness, passage_score
from maria_model.speculation import infill_speculatively
from maria_model.tokenization import CHARACTERS_PER_PIECE, BlankedText

# Where the temperature of the edit preset starts at full strength.
BOLDEST_TEMPERATURE = 1.0


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
        sweeps = request.sweeps or USUAL_SWEEPS[request.preset]
        if request.preset == "paper":
            return cls(sweeps=sweeps)
        return cls(sweeps=sweeps, start=BOLDEST_TEMPERATURE * request.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """What every sweep made of a passage, and what the model chose on the way.

    Attributes:
        score: of the passage as it was.
        open_units: how many words (paper: tokens) were free to change.
        tokens: how many the model chose.
    """

    readings: tuple[Reading, ...]
    score: PassageScore | None
    open_units: int
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
        self.tokens = 0

    def refine(self, request: RefineRequest) -> Rewriting:
        """Rewrite a passage; nothing outside it and nothing locked in it changes."""
        schedule = AnnealingSchedule.of(request)
        source, passage = self.read(request)
        rewrite = self._rewrite if request.preset == "paper" else self._edit
        score, readings = rewrite(request, Readings(source, passage.units), passage, schedule)
        return Rewriting(
            readings=readings,
            score=score,
            open_units=len(passage.free(0, len(passage.units))),
            tokens=self.tokens,
        )

    def _edit(
        self,
        request: RefineRequest,
        readings: Readings,
        passage: Passage,
        schedule: AnnealingSchedule,
    ) -> tuple[PassageScore | None, tuple[Reading, ...]]:
        """Sweep over the words, part by part; return the score before and the readings."""
        parts = self.edited_parts(request, passage)
        total = len(parts) * schedule.sweeps
        self.report("refining", 0, total)
        history = [[part.snapshot()] for part in parts]
        for number, part in enumerate(parts):
            for sweep in range(schedule.sweeps):
                part.sweep(temperature=schedule.temperature(sweep), number=sweep)
                gains = _together(part.gains for part in parts)
                pieces, gains = _most_valuable(passage, passage.current, gains, request.budget)
                preview = readings.reading(sweep + 1, pieces, gains=gains)
                self.report("refining", number * schedule.sweeps + sweep + 1, total, preview)
                history[number].append(part.snapshot())
        self.tokens += sum(part.proposed for part in parts)
        found = []
        for sweep in range(schedule.sweeps + 1):
            now = [snapshots[sweep] for snapshots in history]
            every = [unit for snapshot in now for unit in snapshot.pieces]
            gains = _together(snapshot.gains for snapshot in now)
            pieces, gains = _most_valuable(passage, every, gains, request.budget)
            surveys = [snapshot.survey for snapshot in now]
            if pieces != every:
                passage.current[:] = pieces
                surveys = [part.survey() for part in parts]
            score = passage_score(surveys) if surveys else None
            found.append(readings.reading(sweep, pieces, gains=gains, score=score))
        return found[0].score, tuple(found[1:])

    def edited_parts(self, request: RefineRequest, passage: Passage) -> list[WordEditing]:
        """Return the parts of a passage that fit a window each, ready to be edited."""
        weights = self._model.config.inference_constants.edit
        options = EditOptions(
            weights=weights,
            least_gain=weights.least_gain(request.strength),
            budget=request.budget,
            seed=request.seed,
        )
        scorer = PassageScorer(self._model, self._counts, self._cancelled)
        common = commonness(self._model, self._counts)
        kin = Kinship(self._model.vocabulary)
        return [
            WordEditing(self._model, scorer, passage, begin, end, suffix, common, kin, options)
            for begin, end, suffix in _parts(passage)
        ]

    def _rewrite(
        self,
        request: RefineRequest,
        readings: Readings,
        passage: Passage,
        schedule: AnnealingSchedule,
    ) -> tuple[PassageScore | None, tuple[Reading, ...]]:
        """Sweep over the tokens, part by part; return the score before and the readings."""
        parts = list(_parts(passage))
        total = len(parts) * schedule.sweeps
        history = [list(passage.current) for _ in range(schedule.sweeps)]
        self.report("refining", 0, total)
        for number, (begin, end, _) in enumerate(parts):
            for sweep in range(schedule.sweeps):
                self.sweep(passage, begin, end, schedule, sweep, seed=request.seed)
                history[sweep][begin:end] = passage.current[begin:end]
                preview = readings.reading(sweep + 1, passage.current)
                self.report("refining", number * schedule.sweeps + sweep + 1, total, preview)
        found = [readings.reading(sweep, pieces) for sweep, pieces in enumerate(history, 1)]
        return self._score(request, request.text), tuple(
            replace(reading, score=self._score(request, reading.text)) for reading in found
        )

    def _score(self, request: RefineRequest, text: str) -> PassageScore | None:
        """Return the score of the request's passage as `text` has it."""
        end = _end(request) + len(text) - len(request.text)
        _, passage = self.read(replace(request, text=text, end=end, preset="edit", locks=()))
        scorer = PassageScorer(self._model, self._counts, self._cancelled)
        surveys = [
            scorer.survey(passage.lay_out(begin, end), suffix=suffix)
            for begin, end, suffix in _parts(passage)
        ]
        return passage_score(surveys) if surveys else None

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
        for settled in infill_speculatively(
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

    def read(self, request: RefineRequest) -> tuple[PassageText, Passage]:
        """Read the passage and its surroundings; blanks are read as the model's own fills."""
        end = _end(request)
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
            locks=request.locks,
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

    def report(
        self,
        stage: Literal["refining", "generating"],
        done: int,
        total: int,
        reading: Reading | None = None,
    ) -> None:
        """Say how many sweeps are done, and what the last one left."""
        if self._on_progress is not None:
            progress = Progress(done=done, total=total, stage=stage, reading=reading)
            self._on_progress(progress)


def _end(request: RefineRequest) -> int:
    return len(request.text) if request.end is None else request.end


def _parts(passage: Passage) -> Iterator[tuple[int, int, int]]:
    """Yield runs of units that fit a window, and the pieces behind each that its flow counts."""
    for begin, end in passage.chunks():
        yield begin, end, SUFFIX_PIECES if end == len(passage.units) else 0


def _most_valuable(
    passage: Passage,
    pieces: Sequence[tuple[int, ...]],
    gains: Mapping[int, float],
    budget: int | None,
) -> tuple[list[tuple[int, ...]], dict[int, float]]:
    """Return pieces and gains with the best changes alone: each part keeps to the budget itself."""
    kept = dict(sorted(gains.items(), key=lambda item: -item[1])[:budget])
    dropped = gains.keys() - kept.keys()
    units = passage.units
    return [units[n].pieces if n in dropped else unit for n, unit in enumerate(pieces)], kept


def _together(parts: Iterable[Mapping[int, float]]) -> dict[int, float]:
    return {number: gain for part in parts for number, gain in part.items()}
