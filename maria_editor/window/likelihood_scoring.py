"""Scoring what is in view: one passage at a time, in the background, each only once.

Asks only when the engine has nothing else to do, so that it stands in nobody's way. Knows nothing
of what is shown.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from maria_editor.editor.likelihood_passages import Passage, Passages, Place
from maria_editor.editor.likelihood_words import Mark, count_unjudged, odd_marks
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_model.api import ScoreRequest, ScoreResult, Sides
from maria_model.scripts import WITNESSES

PAUSE_MS = 400
_MOST_KEPT = 2000

Key = tuple[Passage, Sides]


@dataclass(frozen=True, slots=True)
class _Scored:
    marks: list[Mark]
    # Words of a script that the model does not know.
    unjudged: int


class PageScoring(QObject):
    """Scores the passages of one page that are in view, while it is on.

    Signals:
        scored: more of what is in view is scored, or other things are in view.
        failed(EngineFailure): the engine could not; nothing is asked until `resume`.
    """

    scored = Signal()
    failed = Signal(object)

    def __init__(self, page: Page, engine: EngineClient) -> None:
        super().__init__(page)
        self._page = page
        self._engine = engine
        self._passages = Passages(page)
        self._sides: Sides = "both"
        self._known: OrderedDict[Key, _Scored] = OrderedDict()
        self._is_on = False
        self._job: int | None = None
        self._asked: Key | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self._connect()

    @property
    def sides(self) -> Sides:
        """What words are judged by."""
        return self._sides

    def resume(self, sides: Sides | None = None) -> None:
        """Score from now on, by these sides."""
        self._sides = sides or self._sides
        self._is_on = True
        if self._engine.state in (EngineState.STOPPED, EngineState.FAILED):
            self._engine.start()
        self.look()

    def stop(self) -> None:
        """Score no more; what is known stays known."""
        self._is_on = False
        self._pause.stop()
        self._forget_job()

    def places(self) -> list[tuple[Place, list[Mark] | None]]:
        """Return what is in view, each with its marks; None where it is not scored yet.

        Marks are told from the place's start on.
        """
        found = []
        for place in self._passages.in_view():
            key = (place.passage, self._sides)
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
            found.append((place, None if known is None else _placed(known.marks, place)))
        return found

    def unjudged(self) -> int:
        """Return how many words of what is in view are not judged: they are of another script."""
        known = (self._known.get((p.passage, self._sides)) for p in self._passages.in_view())
        return sum(scored.unjudged for scored in known if scored is not None)

    @Slot()
    def look(self) -> None:
        """Ask for the first passage in view that is not scored; tell what is in view."""
        if not self._is_on:
            return
        unknown = [(place.passage, self._sides) for place, marks in self.places() if marks is None]
        if self._asked not in unknown:
            self._forget_job()
        if unknown and self._job is None and self._engine.state is EngineState.READY:
            self._ask(unknown[0])
        self.scored.emit()

    def _connect(self) -> None:
        self._page.edited.connect(self._wait)
        self._page.resized.connect(self._wait)
        self._page.verticalScrollBar().valueChanged.connect(self._wait)
        self._engine.state_changed.connect(self._on_state_changed)
        self._engine.scored.connect(self._on_scored)
        self._engine.cancelled.connect(self._on_cancelled)
        self._engine.failed.connect(self._on_failed)

    def _ask(self, key: Key) -> None:
        passage, sides = key
        start = len(passage.before)
        self._asked = key
        self._job = self._engine.score(
            ScoreRequest(
                text=passage.before + passage.text + passage.after,
                start=start,
                end=start + len(passage.text),
                alternatives=WITNESSES,
                sides=sides,
            )
        )

    def _forget_job(self) -> None:
        job, self._job, self._asked = self._job, None, None
        if job is not None:
            self._engine.cancel_job(job)

    @Slot()
    def _wait(self) -> None:
        """Look again when the writer has paused."""
        if self._is_on:
            self._pause.start()

    @Slot(object)
    def _on_state_changed(self, state: EngineState) -> None:
        if self._is_on and state is EngineState.READY and not self._pause.isActive():
            # After the engine has taken what others have asked for.
            QTimer.singleShot(0, self, self.look)

    @Slot(int, object)
    def _on_scored(self, job: int, result: ScoreResult) -> None:
        if job != self._job or self._asked is None:
            return
        passage, _ = key = self._asked
        marks = odd_marks(result.words, passage.text, len(passage.before))
        self._known[key] = _Scored(marks, count_unjudged(result.words))
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        self._job = self._asked = None
        self.scored.emit()

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: object) -> None:
        if job == self._job:
            self._job = self._asked = None

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job == self._job:
            self._job = self._asked = None
            self.stop()
            self.failed.emit(failure)


def _placed(marks: list[Mark], place: Place) -> list[Mark]:
    """Return a passage's marks where its words stand, those that are prose."""
    spans = ((place.span(at, at + word.length), word) for at, word in marks)
    return [(start, word) for (start, end), word in spans if place.is_prose(start, end)]
