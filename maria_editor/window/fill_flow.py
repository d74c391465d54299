"""Filling blanks: one request at a time, previews in the chips, the answer as one undo step.

An answer lands only on the very text it was made for. Nothing outside the blanks changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.blanking import Blanking
from maria_editor.editor.chips import ChipState
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.engine.messages import LOADING
from maria_editor.window.notice import Notice, Step
from maria_model.api import BlankResult, FillRequest, FillResult, Progress


class FillFlow(QObject):
    """Joins the page's blanks and the engine.

    Signals:
        started: a request is on its way.
        advanced(Progress): it is getting on.
        landed(FillResult): its fills are in the text.
        ended: no request is on its way any more, however it ended.
        noticed(Notice): something to say to the writer.
    """

    started = Signal()
    advanced = Signal(object)
    landed = Signal(object)
    ended = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        blanking: Blanking,
        engine: EngineClient,
        parent: QObject,
        *,
        is_free: Callable[[], bool],
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._blanking = blanking
        self._engine = engine
        # One request at a time, whoever made it.
        self._is_free = is_free
        self._job: int | None = None
        self._request = FillRequest(text="")
        engine.progressed.connect(self._on_progressed)
        engine.filled.connect(self._on_filled)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    def fill_here(self) -> None:
        """Fill the blanks at the caret or in the selection, or all if there is none."""
        self.fill(self._blanking.here() or None)

    def fill_all(self) -> None:
        """Fill every blank."""
        self.fill(None)

    def fill(self, indices: Sequence[int] | None) -> None:
        """Ask for the blanks with these indices, in reading order; None asks for all."""
        blanks = self._blanking.all()
        if not self._is_free():
            return
        if not blanks:
            news = self.tr("No blanks here yet.")
            rest = self.tr("Select a word and press Ctrl+Shift+B.")
            self.noticed.emit(Notice(news, rest))
            return
        self._request = FillRequest(
            text=self._page.text(),
            blanks=None if indices is None else tuple(indices),
            revision=self._page.revision,
        )
        wanted = blanks if indices is None else [blanks[index] for index in indices]
        self._page.set_chips([(b.start, b.end) for b in wanted], ChipState.PENDING)
        self._job = self._engine.fill(self._request)
        self.started.emit()

    def again(self) -> None:
        """Ask for the same blanks in the text as it is now."""
        count = len(self._blanking.all())
        wanted = self._request.blanks
        # After an edit the indices may mean other blanks.
        self.fill(None if wanted is None or max(wanted) >= count else wanted)

    def _is_current(self) -> bool:
        return self._page.revision == self._request.revision

    def _finish(self) -> None:
        self._job = None
        self._page.clear_chips()
        self.ended.emit()

    def _land(self, blanks: Sequence[BlankResult]) -> None:
        places = self._page.replace([(blank.start, blank.end, blank.fill) for blank in blanks])
        self._page.flash(places)

    def _tell_unfilled(self, result: FillResult) -> None:
        """Say why blanks are left, the first of them by its own reason."""
        if result.unfilled:
            self.noticed.emit(Notice.from_message(result.unfilled[0].reason, is_warning=True))

    def _keep(self, blanks: Sequence[BlankResult], revision: int) -> None:
        if self._page.revision == revision:
            self._land(blanks)

    @Slot(int, object)
    def _on_progressed(self, job: int, progress: Progress) -> None:
        if self._job is None or job not in (LOADING, self._job):
            return
        blank = progress.blank
        if blank is not None and self._is_current():
            place = (blank.start, blank.end)
            self._page.set_chips([place], ChipState.PREVIEW, blank.fill.strip())
        self.advanced.emit(progress)

    @Slot(int, object)
    def _on_filled(self, job: int, result: FillResult) -> None:
        if job != self._job:
            return
        is_current = self._is_current()
        self._finish()
        if is_current:
            self._land(result.blanks)
            self.landed.emit(result)
            self._tell_unfilled(result)
            return
        news = self.tr("You edited this sentence, so these suggestions were set aside.")
        step = Step(self.tr("Fill again"), self.again)
        self.noticed.emit(Notice(news, steps=(step,)))

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: Sequence[BlankResult]) -> None:
        if job != self._job:
            return
        is_current, revision = self._is_current(), self._request.revision
        self._finish()
        steps: tuple[Step, ...] = ()
        if partial and is_current:
            label = (
                self.tr("Keep the 1 fill so far")
                if len(partial) == 1
                else self.tr("Keep the {count} fills so far").format(count=len(partial))
            )
            steps = (Step(label, lambda: self._keep(partial, revision)),)
        self.noticed.emit(Notice(self.tr("Stopped."), self.tr("Nothing was changed."), steps))

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job != self._job:
            return
        self._finish()
        again = Step(self.tr("Try again"), self.again)
        self.noticed.emit(Notice.from_message(failure.message, again, is_warning=True))
