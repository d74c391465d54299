"""Rounds of refining for a review: from a passage, again at another strength, or on from a sweep.

Each round's readings come as readings of the writer's own text. Nothing here is shown or applied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.locks import Locks
from maria_editor.editor.page import Page
from maria_editor.editor.review_place import PassagePlace
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.review_changes import Base
from maria_editor.window.review_session import Review
from maria_model.api import ModelInfo, Reading, RefineResult

# How many words may change at first.
BUDGET = 6


class ReviewRounds(QObject):
    """Turns the engine's answers into reviews.

    Signals:
        grew(Review): another sweep of the round that runs.
        answered(Review): the round is done, with changes or without.
        stopped(Review): it was stopped; these are the sweeps so far.
        failed: it has no answer.
    """

    grew = Signal(object)
    answered = Signal(object)
    stopped = Signal(object)
    failed = Signal()

    def __init__(self, refining: RefineFlow, page: Page, locks: Locks) -> None:
        super().__init__(refining)
        self._refining = refining
        self._page = page
        self._locks = locks
        self.draft = Review("", 0, 0)
        self.place = PassagePlace(page, 0, 0)
        # Who answered last, for the record.
        self.model: ModelInfo | None = None
        self.seed = 0
        self._base = Base("")
        # How many sweeps came before this round.
        self._sweeps = 0
        self._next: tuple[Review, Base] | None = None
        # What to do when the round that runs has stopped.
        self._then: Callable[[], object] | None = None
        refining.started.connect(self._on_started)
        refining.previewed.connect(self._on_previewed)
        refining.answered.connect(self._on_answered)
        refining.stopped.connect(self._on_stopped)
        refining.failed.connect(self._on_failed)

    def again(self, review: Review) -> None:
        """Look at the passage anew, such as at another strength; decisions are kept."""
        if self._refining.is_busy:
            self._then = lambda: self.again(review)
            self._refining.stop()
            return
        fresh = Review(
            review.text,
            review.start,
            review.end,
            budget=review.budget,
            decisions=review.decisions,
        )
        self._ask(fresh, Base(review.text))

    def branch(self, review: Review) -> None:
        """Go on from the sweep that is looked at; what was left out stays the writer's."""
        base = review.base()
        draft = replace(
            review,
            readings=review.readings[: review.sweep],
            decisions=review.decisions,
            is_complete=False,
        )
        own = (*self._locks.spans(), *((c.start, c.end) for c in review.left_out()))
        locks = tuple((base.offset(start), base.offset(end)) for start, end in own)
        self._ask(draft, base, locks)

    def abandon(self) -> None:
        """Stop the round that runs; nothing more is said of it."""
        self._then = lambda: None
        self._refining.stop()

    def _ask(
        self, draft: Review, base: Base, locks: tuple[tuple[int, int], ...] | None = None
    ) -> None:
        self._next = (draft, base)
        start, end = base.offset(draft.start), base.offset(draft.end)
        self._refining.ask(base.reading, start, end, locks=locks)
        self._next = None

    def _graft(self, reading: Reading) -> Reading:
        return self._base.graft(reading, sweeps=self._sweeps)

    @Slot()
    def _on_started(self) -> None:
        if self._next is not None:
            self.draft, self._base = self._next
        else:
            request = self._refining.request
            self.draft, self._base = Review.of(request), Base(request.text)
            self.draft.budget = BUDGET
        self._sweeps = len(self.draft.readings)
        self.draft.strength = self._refining.request.strength
        self.place = PassagePlace(self._page, self.draft.start, self.draft.end)

    @Slot(object)
    def _on_previewed(self, reading: Reading) -> None:
        if self._then is None and self.place.is_unchanged():
            self.draft.add(self._graft(reading))
            self.grew.emit(self.draft)

    @Slot(object)
    def _on_answered(self, result: RefineResult) -> None:
        self._then = None
        self.model, self.seed = result.model, result.seed
        draft, sweep = self.draft, self.draft.sweep
        is_following = sweep == len(draft.readings)
        readings = result.readings or (Reading(sweep=1, text=result.text, changes=result.changes),)
        draft.readings[self._sweeps :] = [self._graft(reading) for reading in readings]
        # A round that went on from a sweep began with that sweep's text, not with the writer's.
        if not self._sweeps:
            draft.score = result.score
        draft.is_complete = True
        draft.choose_sweep(len(draft.readings) if is_following else sweep)
        self.answered.emit(draft)

    @Slot()
    def _on_stopped(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
        else:
            self.draft.is_complete = True
            self.stopped.emit(self.draft)

    @Slot()
    def _on_failed(self) -> None:
        self._then = None
        self.failed.emit()
