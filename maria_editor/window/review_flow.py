"""The review of a passage: what the engine proposes, what the writer decides, what is applied.

Nothing changes in the document before Apply, which is one undo step. Decisions are kept for as long
as the paragraph is not edited.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QApplication

from maria_editor.editor.page import Page
from maria_editor.editor.review_place import PassagePlace
from maria_editor.editor.review_text import Decision
from maria_editor.settings import STRENGTHS, Settings, StrengthChoice
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.lock_flow import LockFlow
from maria_editor.window.notice import Notice, Step
from maria_editor.window.provenance_flow import Origin, ProvenanceFlow
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.review_arrival import ReviewArrival
from maria_editor.window.review_panel import ReviewPanel, counted_changes
from maria_editor.window.review_rounds import ReviewRounds
from maria_editor.window.review_session import Review
from maria_editor.window.review_stage import ReviewStage
from maria_editor.window.review_view import ReviewPages
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.top_row import TopRow
from maria_editor.window.versions_flow import VersionsFlow


class ReviewFlow(QObject):
    """Joins rounds of refining, the text under review and the panel.

    Signals:
        opened, closed: the text under review has taken the page's place; the page is back.
        noticed(Notice): something to say to the writer.
    """

    opened = Signal()
    closed = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        refining: RefineFlow,
        *,
        pages: ReviewPages,
        panel: ReviewPanel,
        locking: LockFlow,
        actions: Actions,
        settings: Settings,
        theme: Theme,
        versions: VersionsFlow,
        provenance: ProvenanceFlow,
    ) -> None:
        super().__init__(refining)
        self._page = page
        self._refining = refining
        self._locking = locking
        self._settings = settings
        self._versions = versions
        self._provenance = provenance
        self.stage = ReviewStage(
            pages, panel, locking=locking, actions=actions, settings=settings, theme=theme
        )
        self._arrival = ReviewArrival(pages)
        self._rounds = ReviewRounds(refining, page, locking.locks)
        # What is looked at, or was last; None once it is applied, discarded or outdated.
        self._review: Review | None = None
        self._place: PassagePlace | None = None
        # What was looked at before the round that runs.
        self._before: Review | None = None
        # How boldly it is asked for this time, if not as the settings have it.
        self._once: StrengthChoice | None = None
        refining.strength = lambda: STRENGTHS[self._strength]
        refining.locks = locking.locks.spans
        actions["refine"].triggered.connect(self.toggle)
        self._connect()

    def watch(self, top_row: TopRow, status: StatusBar) -> None:
        """Listen to the top row's buttons, and say in the status bar what is reviewed."""
        self.stage.add_to(status)
        top_row.refine_requested.connect(self.toggle)
        # Whatever else is asked for of the page needs the page.
        for asked in (top_row.fill_requested, top_row.likelihood_requested):
            asked.connect(self.leave)

        def check() -> None:
            top_row.refine.setChecked(self.is_open)

        for happened in (self.opened, self.closed, top_row.refine_requested):
            happened.connect(check)

    @property
    def is_open(self) -> bool:
        """Whether the text under review stands in the page's place."""
        return self.stage.is_open

    @property
    def review(self) -> Review | None:
        """The review that is open, or is kept."""
        return self._review

    @Slot()
    def toggle(self) -> None:
        """Leave the review; or go back to the one of this passage; or ask for one."""
        if self.is_open:
            self.leave()
        elif self._page.isReadOnly():
            news = self.tr("This text is open for reading only.")
            self.noticed.emit(Notice(news, self.tr("Save it under another name first.")))
        elif self._is_kept_here():
            self._open(is_asked_for=True)
        else:
            self._once = None
            self._refining.refine()

    @Slot()
    def leave(self) -> None:
        """Put the review away; what was decided is kept until the paragraph is edited."""
        if not self.is_open:
            return
        if self._refining.is_busy:
            self._rounds.abandon()
            self.noticed.emit(Notice(self.tr("Stopped."), self.tr("Nothing was changed.")))
        if self._review is not None and not self._review.is_complete:
            self._review = self._before
        self._before = None
        self._close()

    @Slot()
    def discard(self) -> None:
        """Put the review away and forget it."""
        self.leave()
        self._forget()

    @Slot()
    def apply(self) -> None:
        """Make every change that was not left out, as one undo step."""
        review, place = self._review, self._place
        if review is None or place is None or not review.applied or not review.is_complete:
            return
        changes = [(change.start, change.end, change.after) for change in review.applied]
        self.leave()
        if not place.is_unchanged() or self._page.text() != review.text:
            self._say_outdated(place)
            return
        self._forget()
        self._versions.take_before_refining()
        if self._rounds.model is not None:
            origin = Origin(
                way="refine",
                model=self._rounds.model,
                seed=self._rounds.seed,
                settings=(("strength", _name_of(review.strength)), ("sweep", review.sweep)),
            )
            self._provenance.note(changes, review.text, origin)
        self._page.flash(self._page.replace(changes))
        words = self.tr("{changes} applied.").format(changes=counted_changes(len(changes)))
        announce(self._page, words)

    def decide(self, decision: Decision, number: int | None = None) -> None:
        """Say what becomes of a change, or of the current one, and go on to an open one."""
        review = self._review
        if review is None or not review.changes:
            return
        self._arrival.end()
        number = review.current if number is None else number
        review.decide(number, decision)
        said = {
            Decision.KEPT: self.tr("Kept."),
            Decision.LEFT_OUT: self.tr("Left out."),
            Decision.PROPOSED: self.tr("Undecided."),
        }[decision]
        review.choose(number if decision is Decision.PROPOSED else review.next_open(number))
        self._show()
        self.stage.announce_change(review, said)

    def go(self, *, backwards: bool = False) -> None:
        """Make the next or the previous change the current one, around the ends."""
        if self._review is not None:
            self.choose(self._review.current + (-1 if backwards else 1))

    @Slot(int)
    def choose(self, number: int) -> None:
        """Make a change the current one."""
        if self._review is not None and self._review.changes:
            self._arrival.end()
            self._review.choose(number)
            self._show()
            self.stage.announce_change(self._review)

    @Slot(int)
    def choose_sweep(self, sweep: int) -> None:
        """Look at another sweep; decisions stay with their changes."""
        if self._review is not None:
            self._arrival.end()
            self._review.choose_sweep(sweep)
            self._show()

    def step(self, sweeps: int) -> None:
        """Look at an earlier or a later sweep."""
        if self._review is not None:
            self.choose_sweep(self._review.sweep + sweeps)
            self.stage.announce_sweep()

    @Slot()
    def branch(self) -> None:
        """Refine again from the sweep that is looked at."""
        review = self._review
        if review is not None and review.applied and not self._refining.is_busy:
            self._before = review
            self._rounds.branch(review)

    def _again(self) -> None:
        """Look at the passage again, with other settings or locks."""
        if self._review is not None and self.is_open:
            if not self._refining.is_busy:
                self._before = self._review
            self._rounds.again(self._review)

    def _is_kept_here(self) -> bool:
        """Whether a review is kept of what the writer asks about; if so, it is for this text."""
        review, place = self._review, self._place
        if review is None or place is None or self._refining.is_busy:
            return False
        text = self._page.text()
        if not place.is_unchanged() or self._refining.passage(text) != place.span():
            return False
        self._review = review.moved(text, place.span()[0])
        return True

    @property
    def _strength(self) -> StrengthChoice:
        return self._once or self._settings.strength

    def _open(self, *, is_asked_for: bool = False) -> None:
        if self._review is not None and self._place is not None:
            # As it is shown, so it is asked for again.
            self._once = _name_of(self._review.strength)
            self.stage.open(self._review, self._place)
            self._arrival.begin(is_asked_for=is_asked_for)

    def _close(self) -> None:
        self._arrival.end()
        self.stage.close()
        self._page.setFocus()

    @Slot()
    def _show(self) -> None:
        if self._review is not None and self._place is not None:
            self.stage.show_review(self._review, self._place)

    def _forget(self) -> None:
        self._review = self._place = self._before = None

    @Slot(object)
    def _on_written(self, event: QEvent) -> None:
        """Give the page its place back and go on writing there; a round that runs goes on."""
        review, place = self._review, self._place
        self._close()
        is_complete = review is not None and review.is_complete
        if not is_complete:
            self._review = self._before
        QApplication.sendEvent(self._page, event.clone())
        if review is None or place is None or not is_complete:
            return
        if place.is_unchanged():
            self._say_ready(review, place)
        else:
            self._say_outdated(place)

    @Slot()
    def _on_refused(self) -> None:
        rest = self.tr("Press Esc to go on writing; what you decided is kept.")
        self.noticed.emit(Notice(self.tr("This text is under review."), rest))

    def _say_ready(self, review: Review, place: PassagePlace) -> None:
        look = partial(self._look_at, review, place, is_asked_for=True)
        step = Step(self.tr("Look at them"), look)
        news = self.tr("There are changes to look at.")
        self.noticed.emit(Notice(news, steps=(step,), stands=place.is_unchanged))

    def _say_outdated(self, place: PassagePlace) -> None:
        self._forget()
        news = self.tr("You edited this text, so this proposal was set aside.")
        step = Step(self.tr("Refine again"), partial(self._refining.refine_around, place))
        self.noticed.emit(Notice(news, steps=(step,), stands=lambda: not place.is_unchanged()))

    def _look_at(self, review: Review, place: PassagePlace, *, is_asked_for: bool = False) -> None:
        """Show a review that has come, unless its paragraph was edited meanwhile."""
        if not place.is_unchanged():
            self.leave()
            self._say_outdated(place)
            return
        self._review = review.moved(self._page.text(), place.span()[0])
        self._place = place
        if self.is_open:
            self._show()
        else:
            self._open(is_asked_for=is_asked_for)

    @Slot(object)
    def _on_grew(self, draft: Review) -> None:
        if self._page.text() != draft.text or not (self.is_open or draft.changes):
            return
        if not (self.is_open or self._refining.is_waited_for):
            return
        self._review, self._place = draft, self._rounds.place
        if self.is_open:
            self._show()
        else:
            self._open()

    @Slot(object)
    def _on_answered(self, draft: Review) -> None:
        self._before = None
        place = self._rounds.place
        found = bool(draft.readings) and bool(draft.readings[-1].changes)
        is_same = self._page.text() == draft.text and self._refining.is_waited_for
        if not place.is_unchanged():
            self.leave()
            self._say_outdated(place)
            return
        if self.is_open or (found and is_same):
            self._look_at(draft, place)
        elif found:
            # The writer is writing elsewhere: nothing is taken from under the hands.
            self._say_ready(draft, place)
        if not found:
            self._say_nothing(place)

    def _say_nothing(self, place: PassagePlace) -> None:
        strengths: list[StrengthChoice] = list(STRENGTHS)
        bolder = strengths[strengths.index(self._strength) + 1 :][:1]
        steps = tuple(
            Step(self.tr("Look more boldly"), partial(self._try_at, choice, place))
            for choice in bolder
        )
        news, rest = (
            self.tr("Nothing to improve at this strength."),
            self.tr("That is a good sign."),
        )
        self.noticed.emit(Notice(news, rest, steps, stands=place.is_unchanged))

    def _try_at(self, strength: StrengthChoice, place: PassagePlace) -> None:
        """Look at a passage more boldly, wherever the caret has gone."""
        if self.is_open and self._place is not place:
            self.leave()
        self._once = strength
        if self.is_open:
            self.stage.panel.show_strength(STRENGTHS[strength])
            self._again()
        else:
            self._refining.refine_at(place)

    @Slot(object)
    def _on_stopped(self, draft: Review) -> None:
        self._go_back(draft)
        steps: tuple[Step, ...] = ()
        place = self._rounds.place
        if any(reading.changes for reading in draft.readings):
            count = len(draft.readings)
            label = (
                self.tr("Look at the 1 sweep so far")
                if count == 1
                else self.tr("Look at the {n} sweeps so far").format(n=count)
            )
            look = partial(self._look_at, draft, place, is_asked_for=True)
            steps = (Step(label, look),)
        news, rest = self.tr("Stopped."), self.tr("Nothing was changed.")
        stands = place.is_unchanged if steps else None
        self.noticed.emit(Notice(news, rest, steps, stands=stands))

    @Slot()
    def _on_failed(self) -> None:
        self._go_back(self._rounds.draft)

    def _go_back(self, draft: Review) -> None:
        """Look again at what there was before a round that has come to nothing."""
        before, self._before = self._before, None
        if self._review is draft:
            self._review = before
        if self._review is None:
            self.leave()
        else:
            self._show()

    @Slot()
    def _on_edited(self) -> None:
        """Forget a review whose paragraph is edited; put it away when anything is."""
        if self._place is not None and not self._place.is_unchanged():
            self.leave()
            self._forget()
        elif self.is_open:
            self.leave()

    @Slot(str)
    def _on_strength_chosen(self, strength: StrengthChoice) -> None:
        self._arrival.end()
        self._settings.strength = self._once = strength
        self._again()

    @Slot(object)
    def _on_budget_chosen(self, budget: int | None) -> None:
        if self._review is not None:
            self._arrival.end()
            self._review.set_budget(budget)
            self._show()

    @Slot(int)
    def _on_unlock_requested(self, number: int) -> None:
        if self._place is not None:
            self._locking.release(number, *self._place.positions())
            self._show()
            self._again()

    def _connect(self) -> None:
        rounds, stage = self._rounds, self.stage
        panel, pages = stage.panel, stage.pages
        stage.opened.connect(self.opened)
        stage.closed.connect(self.closed)
        stage.view_chosen.connect(self._show)
        stage.status_item.clicked.connect(self.go)
        rounds.grew.connect(self._on_grew)
        rounds.answered.connect(self._on_answered)
        rounds.stopped.connect(self._on_stopped)
        rounds.failed.connect(self._on_failed)
        self._page.edited.connect(self._on_edited)
        self._arrival.written.connect(self._on_written)
        self._arrival.refused.connect(self._on_refused)
        pages.change_chosen.connect(self.choose)
        pages.decided.connect(self.decide)
        panel.change_chosen.connect(self.choose)
        panel.decided.connect(lambda number, said: self.decide(said, number))
        panel.sweep_chosen.connect(self.choose_sweep)
        panel.strength_chosen.connect(self._on_strength_chosen)
        panel.budget_chosen.connect(self._on_budget_chosen)
        panel.unlock_requested.connect(self._on_unlock_requested)
        panel.branch_requested.connect(self.branch)
        panel.apply_requested.connect(self.apply)
        panel.discard_requested.connect(self.discard)
        panel.closed.connect(self.leave)
        slots: dict[str, Callable[[], object]] = {
            "keep": partial(self.decide, Decision.KEPT),
            "leave_out": partial(self.decide, Decision.LEFT_OUT),
            "undecide": partial(self.decide, Decision.PROPOSED),
            "next": self.go,
            "previous": partial(self.go, backwards=True),
            "earlier_sweep": partial(self.step, -1),
            "later_sweep": partial(self.step, 1),
            "branch": self.branch,
            "apply": self.apply,
        }
        stage.commands.connect(slots)


def _name_of(strength: float) -> StrengthChoice:
    return next(name for name, value in STRENGTHS.items() if value == strength)
