"""Refining a paragraph: asks for a proposal, shows it, and applies it only when told to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.engine.messages import LOADING
from maria_editor.window.notice import Notice, Step
from maria_model.api import Progress, RefineRequest, RefineResult


class RefineFlow(QObject):
    """Joins a paragraph and the engine.

    Signals:
        started: a request is on its way.
        advanced(Progress): it is getting on.
        proposed(RefineRequest, RefineResult): a proposal with changes; nothing is applied yet.
        ended: no request is on its way any more, however it ended.
        noticed(Notice): something to say to the writer.
    """

    started = Signal()
    advanced = Signal(object)
    proposed = Signal(object, object)
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
        self._request = RefineRequest(text="")
        engine.progressed.connect(self._on_progressed)
        engine.refined.connect(self._on_refined)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    def refine(self) -> None:
        """Ask for a better wording of the selection, or of the paragraph at the caret."""
        text = self._page.text()
        start, end = self._passage(text)
        if not self._is_free():
            return
        if not text[start:end].strip():
            news = self.tr("There is no paragraph here.")
            self.noticed.emit(Notice(news, self.tr("Put the cursor into one and try again.")))
            return
        self._request = RefineRequest(text=text, start=start, end=end, revision=self._page.revision)
        self._job = self._engine.refine(self._request)
        self.started.emit()

    def apply(self, result: RefineResult) -> bool:
        """Put the proposed words into the text, as one undo step; False if it changed since."""
        if result.revision != self._page.revision:
            self._say_outdated()
            return False
        changes = [(change.start, change.end, change.after) for change in result.changes]
        self._page.flash(self._page.replace(changes))
        return True

    def _passage(self, text: str) -> tuple[int, int]:
        cursor, offsets = self._page.textCursor(), OffsetMap(text)
        start = offsets.to_code_point(cursor.selectionStart())
        end = offsets.to_code_point(cursor.selectionEnd())
        if start != end:
            return start, end
        line_end = text.find("\n", start)
        return text.rfind("\n", 0, start) + 1, len(text) if line_end < 0 else line_end

    def _finish(self) -> None:
        self._job = None
        self.ended.emit()

    def _say_outdated(self) -> None:
        news = self.tr("You edited this text, so this proposal was set aside.")
        step = Step(self.tr("Refine again"), self.refine)
        self.noticed.emit(Notice(news, steps=(step,)))

    @Slot(int, object)
    def _on_progressed(self, job: int, progress: Progress) -> None:
        if self._job is not None and job in (LOADING, self._job):
            self.advanced.emit(progress)

    @Slot(int, object)
    def _on_refined(self, job: int, result: RefineResult) -> None:
        if job != self._job:
            return
        self._finish()
        if result.revision != self._page.revision:
            self._say_outdated()
        elif result.changes:
            self.proposed.emit(self._request, result)
        else:
            news = self.tr("Nothing to improve at this strength.")
            self.noticed.emit(Notice(news, self.tr("That is a good sign.")))

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: object) -> None:
        if job == self._job:
            self._finish()
            self.noticed.emit(Notice(self.tr("Stopped."), self.tr("Nothing was changed.")))

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job == self._job:
            self._finish()
            again = Step(self.tr("Try again"), self.refine)
            self.noticed.emit(Notice.from_message(failure.message, again, is_warning=True))
