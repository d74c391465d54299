"""Blanking the least likely words: reads a passage in the background, then blanks what fits least.

An answer lands only on the very text it was made for, never under an open list of suggestions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot

from maria_editor.editor.blank_words import Word
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.page import Page
from maria_editor.editor.prose import ProseReading
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.window.candidates_flow import CandidatesFlow
from maria_editor.window.fill_flow import FillFlow
from maria_editor.window.notice import Notice, Step
from maria_editor.window.status_bar import StatusBar
from maria_model.api import Progress, ScoreRequest, ScoreResult
from maria_model.scripts import WITNESSES, read_words


class LeastLikelyFlow(QObject):
    """Joins the page's words and the engine.

    Signals:
        version_wanted(str, str): keep this text; what is about to happen to it.
        noticed(Notice): something to say to the writer.
        again_requested: the writer wants to be asked again.
    """

    version_wanted = Signal(str, str)
    noticed = Signal(object)
    again_requested = Signal()

    def __init__(
        self, page: Page, blanking: Blanking, engine: EngineClient, status: StatusBar
    ) -> None:
        super().__init__(page)
        self._page = page
        self._blanking = blanking
        self._engine = engine
        self._status = status
        self._request: ScoreRequest | None = None
        self._words: Sequence[Word] = ()
        # The text without the signs of Markdown, which are no words.
        self._reading = ProseReading("", (), ())
        self._count = 0
        # None while another job has the engine.
        self._job: int | None = None
        # An answer that waits until it may land.
        self._answer: ScoreResult | None = None
        self._may_land: Callable[[], bool] = lambda: True
        self._share = 0.0
        page.edited.connect(self._on_edited)
        engine.progressed.connect(self._on_progressed)
        engine.scored.connect(self._on_scored)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)
        engine.state_changed.connect(self._on_state_changed)
        status.stop_requested.connect(self.stop)

    @property
    def is_busy(self) -> bool:
        """Whether words are being read."""
        return self._request is not None

    def give_way_to(self, candidates: CandidatesFlow, filling: FillFlow) -> None:
        """Let nothing land while words are asked for, or stand in a list."""
        self._may_land = lambda: not (candidates.is_open or filling.is_busy)
        for over in (candidates.closed, filling.ended):
            # Whoever closes a list may be about to ask for another.
            over.connect(self._land, Qt.ConnectionType.QueuedConnection)

    def blank(self, count: int, words: Sequence[Word]) -> None:
        """Blank so many of these words, those that fit least."""
        self._finish()
        self._words, self._count = words, count
        start, end = words[0].start, words[-1].end
        self._reading = reading = ProseReading.of(self._page.text(), start, end)
        self._request = ScoreRequest(
            text=reading.text,
            start=reading.offset(start),
            end=reading.offset(end - 1) + 1,
            alternatives=WITNESSES,
            revision=self._page.revision,
        )
        self._ask()

    @Slot()
    def stop(self) -> None:
        """Give it up; nothing is changed."""
        if self.is_busy:
            self._finish()
            self.noticed.emit(Notice(self.tr("Stopped."), self.tr("Nothing was changed.")))

    def _ask(self) -> None:
        if self._request is not None:
            self._share = 0.0
            self._job = self._engine.score(self._request)
            self._show()

    def _finish(self) -> None:
        job, self._job = self._job, None
        was_reading, self._request = self.is_busy and self._answer is None, None
        self._answer = None
        if job is not None:
            self._engine.cancel_job(job)
        if was_reading:
            self._status.progress.hide()
            self._status.fit()

    def _show(self) -> None:
        if self._engine.state is EngineState.STARTING:
            # The status bar says that the model is waking.
            return
        words = self.tr("Reading every word")
        self._status.progress.show_progress(words, self._share, can_stop=True)
        self._status.fit()

    def _least_likely(self, result: ScoreResult) -> list[Word]:
        """Return the words to blank: the oddest, where they may become blanks."""
        open_words = {word.start: word for word in self._words}
        read = {score.start for score in read_words(result.words)}
        judged = (score for score in result.odd_ones(len(result.words)) if score.start in read)
        odd = (open_words.get(self._reading.source(score.start)) for score in judged)
        return [word for word in odd if word is not None][: self._count]

    @Slot()
    def _on_edited(self) -> None:
        if self._request is not None and self._page.revision != self._request.revision:
            self._finish()
            news = self.tr("You edited the text, so no words were blanked.")
            step = Step(self.tr("Try again"), self.again_requested.emit)
            self.noticed.emit(Notice(news, steps=(step,)))

    @Slot(int, object)
    def _on_progressed(self, job: int, progress: Progress) -> None:
        if job == self._job:
            self._share = progress.done / max(1, progress.total)
            self._show()

    @Slot(object)
    def _on_state_changed(self, state: EngineState) -> None:
        if self._request is None:
            return
        if state is EngineState.READY and self._job is None and self._answer is None:
            self._ask()
        elif state in (EngineState.READY, EngineState.WORKING) and self._job is not None:
            # The status bar takes its progress away with every change.
            self._show()

    @Slot(int, object)
    def _on_scored(self, job: int, result: ScoreResult) -> None:
        if job != self._job:
            return
        self._job, self._answer = None, result
        self._status.progress.hide()
        self._status.fit()
        self._land()

    @Slot()
    def _land(self) -> None:
        """Blank the words that were found, unless suggestions are looked for or looked at."""
        result = self._answer
        if result is None or not self._may_land():
            return
        self._finish()
        words = self._least_likely(result)
        if not words:
            rest = self.tr("Every word fits its place.")
            self.noticed.emit(Notice(self.tr("No unlikely words here."), rest))
            return
        self.version_wanted.emit(self._page.text(), self.tr("blanking unlikely words"))
        self._blanking.blank_words(words, moves_caret=False)

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: object) -> None:
        if job != self._job:
            return
        # What the writer waits for goes first; ours is asked again after it.
        self._job = None
        self._status.progress.hide()
        if self._engine.state is EngineState.READY:
            self._ask()

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job != self._job:
            return
        self._job = None
        self._finish()
        again = Step(self.tr("Try again"), self.again_requested.emit)
        self.noticed.emit(Notice.from_message(failure.message, again, is_warning=True))
