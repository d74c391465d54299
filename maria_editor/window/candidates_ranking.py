"""Ranks the suggestions of the other blanks again when the writer chooses a word for one.

Asks a moment after the last choice, so that going through a list asks once.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient
from maria_editor.window.candidates_places import Place, Question, question
from maria_editor.window.candidates_rows import rows_of
from maria_model.api import RescoreRequest, RescoreResult

_AFTER_MS = 150
# As many blanks, the nearest first, and as many words of each as a writer sees.
_MOST_PLACES = 12
_MOST_WORDS = 9


class Ranking(QObject):
    """Joins the places of one page and the engine's `rescore`.

    Signals:
        ranked(list[tuple[Place, list[Row]]]): rankings of places, given the chosen words.
    """

    ranked = Signal(object)

    def __init__(self, page: Page, engine: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._engine = engine
        self._fixed: list[Place] = []
        self._open: list[Place] = []
        self._question = Question("", {})
        self._revision = 0
        self._job: int | None = None
        self._timer = QTimer(self, interval=_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.ask_now)
        engine.rescored.connect(self._on_rescored)
        engine.cancelled.connect(self._on_ended)
        engine.failed.connect(self._on_ended)

    @property
    def is_pending(self) -> bool:
        """Whether an answer is waited for."""
        return self._timer.isActive() or self._job is not None

    def ask(self, fixed: Sequence[Place], others: Sequence[Place], position: int) -> None:
        """Rank the suggestions of the `others` near a position again in a moment.

        The words chosen for `fixed` are given, and those the writer chose for others.
        """
        self.stop()
        near = sorted(others, key=lambda other: abs(other.start - position))[:_MOST_PLACES]
        self._fixed = [*fixed, *(other for other in near if other.is_by_hand)]
        self._open = [other for other in near if other.rows and not other.is_by_hand]
        if self._open:
            self._timer.start()

    def stop(self) -> None:
        """Ask for nothing any more; an answer on its way is dropped."""
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            self._engine.cancel_job(job)

    @Slot()
    def ask_now(self) -> None:
        """Do not wait any longer."""
        self._timer.stop()
        self._question = question(self._page.text(), [*self._fixed, *self._open])
        request = RescoreRequest(
            text=self._question.text,
            fixed=tuple(
                (self._question.of(place), place.chosen.fill)
                for place in self._fixed
                if place.chosen is not None
            ),
            candidates=tuple(
                (
                    self._question.of(place),
                    tuple(row.fill for row in place.rows[:_MOST_WORDS]),
                )
                for place in self._open
            ),
            revision=self._page.revision,
        )
        self._revision = self._page.revision
        self._job = self._engine.rescore(request)

    @Slot(int, object)
    def _on_rescored(self, job: int, result: RescoreResult) -> None:
        if job != self._job:
            return
        self._job = None
        if self._revision != self._page.revision:
            return
        answers = dict(result.candidates)
        self.ranked.emit(
            [
                (place, rows_of(answers[self._question.of(place)]))
                for place in self._open
                if self._question.of(place) in answers
            ]
        )

    @Slot(int, object)
    def _on_ended(self, job: int, _: object) -> None:
        if job == self._job:
            self._job = None
