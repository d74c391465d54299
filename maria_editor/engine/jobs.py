"""What waits for the engine: one request of the writer's, and one of the background's."""

from __future__ import annotations

from dataclasses import dataclass, field

from maria_editor.engine.answer_check import AnswerCheck
from maria_editor.engine.messages import Request
from maria_model.api import BlankResult, ScoreRequest


@dataclass(slots=True)
class Job:
    """One request on its way to an answer."""

    number: int
    request: Request
    # Blanks that settled while the rest went on.
    settled: list[BlankResult] = field(default_factory=list)
    cancelled: bool = False
    # Nobody waits for it any more; what it still finds is welcome.
    gives_way: bool = False
    check: AnswerCheck = field(init=False)

    def __post_init__(self) -> None:
        self.check = AnswerCheck(self.request)

    @property
    def is_background(self) -> bool:
        """Whether it gives way to whatever the writer asks for."""
        return self.gives_way or isinstance(self.request, ScoreRequest)


class Waiting:
    """The jobs that have not begun; a newer one takes the place of its like."""

    def __init__(self) -> None:
        self._foreground: Job | None = None
        self._background: Job | None = None

    @property
    def has_foreground(self) -> bool:
        """Whether a request of the writer's waits."""
        return self._foreground is not None

    def put(self, job: Job) -> Job | None:
        """Let a job wait; return the one whose place it took."""
        if job.is_background:
            replaced, self._background = self._background, job
        else:
            replaced, self._foreground = self._foreground, job
        return replaced

    def take(self) -> Job | None:
        """Return the job whose turn it is, and forget it."""
        return self.take_foreground() or self._take_background()

    def take_foreground(self) -> Job | None:
        """Return the writer's job, and forget it."""
        job, self._foreground = self._foreground, None
        return job

    def take_number(self, number: int) -> Job | None:
        """Return the job of this number, and forget it; None if it does not wait."""
        if self._foreground is not None and self._foreground.number == number:
            return self.take_foreground()
        if self._background is not None and self._background.number == number:
            return self._take_background()
        return None

    def clear(self) -> list[Job]:
        """Return all that wait, and forget them."""
        jobs = [job for job in (self._foreground, self._background) if job is not None]
        self._foreground = self._background = None
        return jobs

    def _take_background(self) -> Job | None:
        job, self._background = self._background, None
        return job
