"""Asking for a better wording of a passage: one request at a time, previews as they come.

What is done with the answer is the review's; nothing here touches the text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.page import Page
from maria_editor.editor.review_place import PassagePlace
from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.engine.messages import LOADING
from maria_editor.window.notice import Notice, Step
from maria_editor.window.waiting import Waiting
from maria_model.api import Progress, RefineRequest, RefineResult

Spans = tuple[tuple[int, int], ...]


class RefineFlow(QObject):
    """Joins a passage and the engine.

    Signals:
        started: a request is on its way; it is `request`.
        advanced(Progress): it is getting on.
        previewed(Reading): what a sweep made of the passage; not yet an answer.
        answered(RefineResult): a proposal, with changes or without.
        stopped: the request was stopped.
        failed: there is no answer; a notice says why.
        ended: no request is on its way any more, however it ended. Comes before these three.
        noticed(Notice): something to say to the writer.
    """

    started = Signal()
    advanced = Signal(object)
    previewed = Signal(object)
    answered = Signal(object)
    stopped = Signal()
    failed = Signal()
    ended = Signal()
    noticed = Signal(object)

    def __init__(
        self, page: Page, engine: EngineClient, parent: QObject, *, is_free: Callable[[], bool]
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._engine = engine
        # One request at a time, whoever made it.
        self._is_free = is_free
        self._job: int | None = None
        self._waiting = Waiting(page, self)
        # What was asked about last, of the text itself.
        self._place = PassagePlace(page, 0, 0)
        self.request = RefineRequest(text="")
        # How boldly, and around which words; the review says.
        self.strength: Callable[[], float] = lambda: 0.5
        self.locks: Callable[[], Spans] = tuple
        engine.progressed.connect(self._on_progressed)
        engine.refined.connect(self._on_refined)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    @property
    def is_waited_for(self) -> bool:
        """Whether the writer has not gone on writing since the last request."""
        return self._waiting.is_on

    def refine(self) -> None:
        """Ask for a better wording of the selection, or of the paragraph at the caret."""
        text = self._page.text()
        offsets = OffsetMap(text)
        place = PassagePlace(self._page, *self.passage(text, offsets), offsets)
        self._refine(place, text, offsets)

    def refine_at(self, place: PassagePlace) -> None:
        """Ask for a better wording of a passage, wherever the caret is."""
        text = self._page.text()
        self._refine(place, text, OffsetMap(text))

    def _refine(self, place: PassagePlace, text: str, offsets: OffsetMap) -> None:
        if not self._is_free():
            return
        start, end = place.span(offsets)
        if not text[start:end].strip():
            news = self.tr("There is no paragraph here.")
            self.noticed.emit(Notice(news, self.tr("Put the cursor into one and try again.")))
            return
        self._place = place
        self.ask(text, start, end)
        self._page.set_bar(*place.positions())

    def refine_around(self, place: PassagePlace) -> None:
        """Ask for a better wording of the whole paragraphs of a passage that was edited."""
        text = self._page.text()
        start, end = place.span()
        line_end = text.find("\n", end)
        start, end = text.rfind("\n", 0, start) + 1, len(text) if line_end < 0 else line_end
        self.refine_at(PassagePlace(self._page, start, end))

    def ask(self, text: str, start: int, end: int, *, locks: Spans | None = None) -> None:
        """Ask for a better wording of `text[start:end]`, around the locked spans."""
        if not self._is_free():
            return
        self.request = RefineRequest(
            text=text,
            start=start,
            end=end,
            strength=self.strength(),
            locks=self.locks() if locks is None else locks,
            revision=self._page.revision,
        )
        self._waiting.begin()
        self._job = self._engine.refine(self.request)
        self.started.emit()

    def stop(self) -> None:
        """Stop the request that is on its way."""
        if self._job is not None:
            self._engine.cancel()

    def passage(self, text: str, offsets: OffsetMap | None = None) -> tuple[int, int]:
        """Return the bounds of the selection, or of the paragraph at the caret."""
        cursor, offsets = self._page.textCursor(), offsets or OffsetMap(text)
        start = offsets.to_code_point(cursor.selectionStart())
        end = offsets.to_code_point(cursor.selectionEnd())
        if start != end:
            return start, end
        line_end = text.find("\n", start)
        return text.rfind("\n", 0, start) + 1, len(text) if line_end < 0 else line_end

    def _finish(self) -> None:
        self._job = None
        self._page.clear_bar()
        self.ended.emit()

    @Slot(int, object)
    def _on_progressed(self, job: int, progress: Progress) -> None:
        if self._job is None or job not in (LOADING, self._job):
            return
        self.advanced.emit(progress)
        if progress.reading is not None:
            self.previewed.emit(progress.reading)

    @Slot(int, object)
    def _on_refined(self, job: int, result: RefineResult) -> None:
        if job == self._job:
            self._finish()
            self.answered.emit(result)

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: object) -> None:
        if job == self._job:
            self._finish()
            self.stopped.emit()

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job == self._job:
            self._finish()
            self.failed.emit()
            again = Step(self.tr("Try again"), partial(self.refine_at, self._place))
            self.noticed.emit(Notice.from_message(failure.message, again, is_warning=True))
