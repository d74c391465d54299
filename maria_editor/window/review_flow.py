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
from maria_editor.settings import STRENGTHS, Settings, StrengthChoice
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.lock_flow import LockFlow
from maria_editor.window.provenance_flow import Origin, ProvenanceFlow
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.review_arrival import ReviewArrival
from maria_editor.window.review_news import ReviewNews
from maria_editor.window.review_panel import ReviewPanel, counted_changes
from maria_editor.window.review_rounds import ReviewRounds
from maria_editor.window.review_session import Review
from maria_editor.window.review_stage import ReviewStage
from maria_editor.window.review_steps import ReviewSteps
from maria_editor.window.review_view import ReviewPages
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.strength_names import strength_named
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
        self.steps = ReviewSteps(self.stage, lambda: self._review)
        self._arrival = ReviewArrival(pages)
        self._news = ReviewNews(actions, self)
        self._rounds = ReviewRounds(refining, page, locking.locks)
        # What is looked at, or was last; None once it is applied, discarded or outdated.
        self._review: Review | None = None
        self._place: PassagePlace | None = None
        # What was looked at before the round that runs.
        self._before: Review | None = None
        # How boldly it is asked for this time, if not as the settings have it.
        self._once: StrengthChoice | None = None
        # Whether a passage is known to hold no very unlikely word; the likelihood view says.
        self.is_sound: Callable[[PassagePlace], bool] = lambda _: False
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
            self._news.say_read_only(self._page.isReadOnly)
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
            self._news.say_stopped()
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
                settings=(("strength", strength_named(review.strength)), ("sweep", review.sweep)),
            )
            self._provenance.note(changes, review.text, origin)
        self._page.flash(self._page.replace(changes))
        words = self.tr("{changes} applied.").format(changes=counted_changes(len(changes)))
        announce(self._page, words)

    @Slot()
    def branch(self) -> None:
        """Refine again from the sweep that is looked at."""
        review = self._review
        if review is not None and review.applied and not self._refining.is_busy:
            self._arrival.end()
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
            self._once = strength_named(self._review.strength)
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
            self._news.say_ready(place, partial(self._look_at, review, place, is_asked_for=True))
        else:
            self._say_outdated(place)

    def _say_outdated(self, place: PassagePlace) -> None:
        self._forget()
        self._news.say_outdated(place, partial(self._refining.refine_around, place))

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
            look = partial(self._look_at, draft, place, is_asked_for=True)
            self._news.say_ready(place, look)
        if not found:
            self._news.say_nothing(
                place,
                strength_named(draft.strength),
                partial(self._try_at, place),
                is_sound=self.is_sound(place),
            )

    def _try_at(self, place: PassagePlace, strength: StrengthChoice) -> None:
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
        place = self._rounds.place
        if any(reading.changes for reading in draft.readings):
            look = partial(self._look_at, draft, place, is_asked_for=True)
            self._news.offer_sweeps(len(draft.readings), place, look)
        else:
            self._news.say_stopped()

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
            return
        # Nothing of the other strength is shown.
        self._once = strength_named(self._review.strength)
        self.stage.panel.show_strength(self._review.strength)
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

    @Slot(int)
    def _on_unlock_requested(self, number: int) -> None:
        if self._place is not None:
            self._locking.release(number, *self._place.positions())
            self._show()
            self._again()

    def _connect(self) -> None:
        rounds, stage = self._rounds, self.stage
        panel = stage.panel
        stage.opened.connect(self.opened)
        stage.closed.connect(self.closed)
        stage.view_chosen.connect(self._show)
        rounds.grew.connect(self._on_grew)
        rounds.answered.connect(self._on_answered)
        rounds.stopped.connect(self._on_stopped)
        rounds.failed.connect(self._on_failed)
        self._page.edited.connect(self._on_edited)
        self._arrival.written.connect(self._on_written)
        self._arrival.refused.connect(self._news.say_refused)
        self._news.noticed.connect(self.noticed)
        self.steps.taken.connect(self._arrival.end)
        self.steps.moved.connect(self._show)
        panel.strength_chosen.connect(self._on_strength_chosen)
        panel.unlock_requested.connect(self._on_unlock_requested)
        panel.branch_requested.connect(self.branch)
        panel.apply_requested.connect(self.apply)
        panel.discard_requested.connect(self.discard)
        panel.closed.connect(self.leave)
        stage.commands.connect({"branch": self.branch, "apply": self.apply})
