"""Finds further suggestions for one blank, while the words of the others stay as they are.

One word has many candidates in one answer. A longer fill has none: several answers are asked for,
more boldly if there are few; then all are weighed together, for their shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.window.candidates_lengths import ANY, literal_with
from maria_editor.window.candidates_places import Place, Question, question
from maria_editor.window.candidates_rows import Row, key_of, merged, unseen_first
from maria_model.api import (
    BlankResult,
    FillRequest,
    FillResult,
    RescoreRequest,
    RescoreResult,
    SamplingOptions,
)

MOST_CANDIDATES = 50
# Half of them may have been seen.
_TWICE_AS_MANY = 2 * MOST_CANDIDATES
# Answers of several words that are asked for at once, and rows that are enough to choose from.
_ANSWERS = 5
_FREE_ANSWERS = 3
_ENOUGH = 5
_TEMPERATURE, _TOP_P = 0.9, 0.95
# How many times likelier the best words may be than others that are offered.
_FAINTEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """A text, the blank that is asked for, how its words are drawn, and how many times."""

    asked: Question
    index: int
    sampling: SamplingOptions
    answers: int


class MoreSuggestions(QObject):
    """One search at a time; a new one ends the last.

    Signals:
        found(Place, list[Row], FillResult): other suggestions, in the place of those before.
        added(Place, list[Row]): all suggestions with their shares, new ones below the others.
        failed(Place, str): there is none, and why.
        interrupted(Place): another request took the search's place.
        ended: nothing is looked for any more.
    """

    found = Signal(object, object, object)
    added = Signal(object, object)
    failed = Signal(object, str)
    interrupted = Signal(object)
    ended = Signal()

    def __init__(self, page: Page, engine: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._engine = engine
        self._place: Place | None = None
        self._question = Question("", {})
        self._revision = 0
        self._job: int | None = None
        self._waiting: list[_Search] = []
        self._replaces = False
        self._drawn: list[Row] = []
        self._seed = 0
        engine.filled.connect(self._on_filled)
        engine.rescored.connect(self._on_rescored)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)

    @property
    def place(self) -> Place | None:
        """The place that is looked for."""
        return self._place

    def find_others(self, place: Place, siblings: Sequence[Place]) -> None:
        """Look for words that were not offered yet; siblings keep theirs."""
        self._begin(place, siblings, replaces=True)
        self._waiting = [self._draw(1)]
        if not _is_one_word(place):
            self._waiting.append(self._draw(_ANSWERS))
        self._ask()

    def find_length(self, place: Place, siblings: Sequence[Place]) -> None:
        """Look for words of the length that the place asks for now."""
        self._begin(place, siblings, replaces=True)
        self._waiting = [self._likeliest(1)]
        if not _is_one_word(place):
            self._waiting += [self._likeliest(_ANSWERS), self._draw(_ANSWERS)]
        self._ask()

    def find_more(self, place: Place, siblings: Sequence[Place]) -> None:
        """Look for more fills of several words, to stand below the first."""
        self._begin(place, siblings, replaces=False)
        self._waiting = [self._likeliest(_ANSWERS), self._draw(_ANSWERS)]
        if place.is_plain:
            self._waiting.insert(0, self._of_any_length(place))
        self._ask()

    def stop(self) -> None:
        """Look no further."""
        job, self._job = self._job, None
        if job is not None:
            self._engine.cancel_job(job)
        if self._place is not None:
            self._place.is_searched = False
        self._finish()

    def _begin(self, place: Place, siblings: Sequence[Place], *, replaces: bool) -> None:
        self.stop()
        self._place = place
        self._question = question(
            self._page.text(),
            [place, *(other for other in siblings if other.chosen is None)],
            filled=[other for other in siblings if other.chosen is not None],
        )
        self._revision = self._page.revision
        self._replaces = replaces
        self._drawn = []

    def _likeliest(self, answers: int) -> _Search:
        assert self._place is not None
        return _Search(
            asked=self._question,
            index=self._question.of(self._place),
            sampling=SamplingOptions(),
            answers=answers,
        )

    def _draw(self, answers: int) -> _Search:
        self._seed += 1
        sampling = SamplingOptions(temperature=_TEMPERATURE, top_p=_TOP_P, seed=self._seed)
        return replace(self._likeliest(answers), sampling=sampling)

    def _of_any_length(self, place: Place) -> _Search:
        """Words that stand in the text may have a shorter or a longer alternative."""
        freely = replace(place, literal=literal_with(place.blank, ANY))
        asked = question(self._page.text(), [freely])
        likeliest = self._likeliest(_FREE_ANSWERS)
        return replace(likeliest, asked=asked, index=asked.of(freely))

    def _ask(self) -> None:
        search = self._waiting.pop(0)
        self._job = self._engine.fill(
            FillRequest(
                text=search.asked.text,
                blanks=(search.index,),
                sampling=search.sampling,
                num_candidates=_TWICE_AS_MANY,
                num_hypotheses=search.answers,
                revision=self._revision,
            )
        )

    def _finish(self) -> None:
        if self._place is not None:
            self._place = None
            self._waiting = []
            self.ended.emit()

    def _take(self, place: Place, blank: BlankResult, result: FillResult) -> None:
        rows = unseen_first(place.rows_from(blank), place.seen)
        answers = place.alternatives(_first_fills(result))
        is_old = not rows or key_of(rows[0].fill) in place.seen
        if not self._replaces or (is_old and self._waiting) or not rows:
            self._drawn = merged(self._drawn, [*rows[:1], *answers])
            return
        self._replaces = False
        self.found.emit(place, rows, result)
        self._drawn = merged(self._drawn, answers)

    def _weigh(self, place: Place) -> None:
        """Let all the words of a place compete, once there are several."""
        rows = merged(place.rows, self._drawn)
        if len(rows) == len(place.rows):
            self._finish()
            return
        words = tuple(row.fill for row in rows)
        request = RescoreRequest(
            text=self._question.text,
            fixed=(),
            candidates=((self._question.of(place), words),),
            revision=self._revision,
        )
        self._job = self._engine.rescore(request)

    def _go_on(self) -> None:
        # Whoever heard of the first answer may have turned to another place.
        if self._place is None or self._job is not None:
            return
        has_enough = len(merged(self._place.rows, self._drawn)) >= _ENOUGH
        if self._waiting and (self._replaces or not has_enough):
            self._ask()
        else:
            self._weigh(self._place)

    @Slot(int, object)
    def _on_filled(self, job: int, result: FillResult) -> None:
        if job != self._job or self._place is None:
            return
        self._job = None
        if self._revision != self._page.revision:
            self._finish()
            return
        if result.blanks:
            self._take(self._place, result.blanks[0], result)
        self._go_on()

    @Slot(int, object)
    def _on_rescored(self, job: int, result: RescoreResult) -> None:
        place = self._place
        if job != self._job or place is None:
            return
        self._job = None
        if self._revision == self._page.revision:
            shares = {key_of(c.text): c.probability for c in result.candidates[0][1]}
            known = [_with_share(row, shares) for row in place.rows]
            drawn = [_with_share(row, shares) for row in self._drawn]
            drawn.sort(key=lambda row: -row.share)
            # A bold draw is now and then no words at all.
            best = max((row.share for row in (*known, *drawn)), default=0.0)
            drawn = [row for row in drawn if row.share * _FAINTEST >= best]
            self.added.emit(place, merged(known, drawn))
        self._finish()

    @Slot(int, object)
    def _on_cancelled(self, job: int, _: object) -> None:
        if job != self._job:
            return
        self._job = None
        if self._place is not None:
            self._place.is_searched = False
            self.interrupted.emit(self._place)
        self._finish()

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job != self._job or self._place is None:
            return
        self._job = None
        if self._replaces:
            self.failed.emit(self._place, failure.message)
        self._finish()


def _is_one_word(place: Place) -> bool:
    return place.length == (1, 1)


def _first_fills(result: FillResult) -> list[Row]:
    """Return what each joint answer has for its first blank, best first; shares are unknown."""
    return [Row(fill, 0.0) for answer in result.hypotheses for fill in answer.fills[:1]]


def _with_share(row: Row, shares: dict[str, float]) -> Row:
    return replace(row, share=shares.get(key_of(row.fill), row.share))
