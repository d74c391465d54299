"""What the writer does in a review that is open: decide, go from change to change, try sweeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.review_text import Decision
from maria_editor.window.review_session import Review
from maria_editor.window.review_stage import ReviewStage


class ReviewSteps(QObject):
    """Joins the keys, the panel and the text under review to the review that is looked at.

    Signals:
        taken: the writer did something in the review.
        moved: it stands otherwise now, and is to be shown so.
    """

    taken = Signal()
    moved = Signal()

    def __init__(self, stage: ReviewStage, review: Callable[[], Review | None]) -> None:
        super().__init__(stage)
        self._stage = stage
        self._of = review
        self._connect()

    def decide(self, decision: Decision, number: int | None = None) -> None:
        """Say what becomes of a change, or of the current one, and go on to an open one."""
        review = self._of()
        if review is None or not review.changes:
            return
        self.taken.emit()
        number = review.current if number is None else number
        review.decide(number, decision)
        said = {
            Decision.KEPT: self.tr("Kept."),
            Decision.LEFT_OUT: self.tr("Left out."),
            Decision.PROPOSED: self.tr("Undecided."),
        }[decision]
        review.choose(number if decision is Decision.PROPOSED else review.next_open(number))
        self.moved.emit()
        self._stage.announce_change(review, said)

    def go(self, *, backwards: bool = False) -> None:
        """Make the next or the previous change the current one, around the ends."""
        if (review := self._of()) is not None:
            self.choose(review.current + (-1 if backwards else 1))

    @Slot(int)
    def choose(self, number: int) -> None:
        """Make a change the current one."""
        review = self._of()
        if review is not None and review.changes:
            self.taken.emit()
            review.choose(number)
            self.moved.emit()
            self._stage.announce_change(review)

    @Slot(int)
    def choose_sweep(self, sweep: int) -> None:
        """Look at another sweep; decisions stay with their changes."""
        if (review := self._of()) is not None:
            self.taken.emit()
            review.choose_sweep(sweep)
            self.moved.emit()

    def step(self, sweeps: int) -> None:
        """Look at an earlier or a later sweep."""
        if (review := self._of()) is not None:
            self.choose_sweep(review.sweep + sweeps)
            self._stage.announce_sweep()

    @Slot(object)
    def choose_budget(self, budget: int | None) -> None:
        """Let more or fewer words change; nothing is read anew."""
        if (review := self._of()) is not None:
            self.taken.emit()
            review.set_budget(budget)
            self.moved.emit()

    def _connect(self) -> None:
        panel, pages = self._stage.panel, self._stage.pages
        self._stage.status_item.clicked.connect(lambda: self.go())
        pages.change_chosen.connect(self.choose)
        pages.decided.connect(self.decide)
        panel.change_chosen.connect(self.choose)
        panel.decided.connect(lambda number, said: self.decide(said, number))
        panel.sweep_chosen.connect(self.choose_sweep)
        panel.budget_chosen.connect(self.choose_budget)
        slots: dict[str, Callable[[], object]] = {
            "keep": partial(self.decide, Decision.KEPT),
            "leave_out": partial(self.decide, Decision.LEFT_OUT),
            "undecide": partial(self.decide, Decision.PROPOSED),
            "next": self.go,
            "previous": partial(self.go, backwards=True),
            "earlier_sweep": partial(self.step, -1),
            "later_sweep": partial(self.step, 1),
        }
        self._stage.commands.connect(slots)
