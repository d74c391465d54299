"""The engine as the window sees it: requests go in, signals come out, nothing ever blocks.

Holds the queue, the life of the worker and the rule that each job ends exactly once. Knows neither
torch nor the document.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Slot

from maria_editor.engine.failures import CRASHED, GAVE_UP, NONSENSE
from maria_editor.engine.jobs import Job, Waiting
from maria_editor.engine.messages import (
    LOADING,
    Advanced,
    Answered,
    Cancel,
    EngineFailure,
    Event,
    Failed,
    Loaded,
    Moved,
    Quit,
    Request,
    Result,
    Run,
    Stopped,
    WorkerOptions,
)
from maria_editor.engine.signals import EngineSignals
from maria_editor.engine.threads import ProcessThread, WorkerThread
from maria_model.api import (
    FillRequest,
    FillResult,
    ModelInfo,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    RescoreResult,
    ScoreRequest,
    ScoreResult,
)

__all__ = ["EngineClient", "EngineFailure", "EngineState", "WorkerOptions"]

_log = logging.getLogger(__name__)

_KILL_AFTER_MS = 2000
# A request that another one took the place of: the writer waits for no end of it, and a new worker
# takes longer than a slow pass.
_PATIENCE_MS = 60_000
_SHUTDOWN_MS = 1000
# A worker inside the editor cannot be killed; it ends after the pass or import it is in.
_THREAD_SHUTDOWN_MS = 20_000
_MAX_CRASHES = 3


class EngineState(enum.Enum):
    """What the engine is doing. A request may be made in every state."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    WORKING = "working"
    FAILED = "failed"


class EngineClient(EngineSignals):
    """Answers requests through a worker in a child process, or in a thread of the editor.

    One request runs at a time. A second one waits; a third takes the waiting one's place. Each
    job ends with exactly one of `filled`, `refined`, `rescored`, `scored`, `cancelled` and
    `failed`, always after the call that made it has returned.

    `score` is background work: it runs when nothing else wants to, and a request of another kind
    stops it; so is a job that was let give way.

    Stopping asks first. What the writer stops is over within `kill_after_ms`, if need be with the
    worker; what is only done with has `patience_ms` to listen.
    """

    def __init__(
        self,
        options: WorkerOptions | None = None,
        *,
        thread_class: type[WorkerThread] = ProcessThread,
        kill_after_ms: int = _KILL_AFTER_MS,
        patience_ms: int = _PATIENCE_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._options = options or WorkerOptions()
        self._thread_class = thread_class
        self._state = EngineState.STOPPED
        self._info: ModelInfo | None = None
        self._running: Job | None = None
        self._waiting = Waiting()
        self._last_job = LOADING
        self._serial = 0
        # Every worker that has not ended yet; the one of `_serial` is in use, the others leave.
        self._threads: dict[int, WorkerThread] = {}
        self._crashes = 0
        self._kill_after_ms = kill_after_ms
        self._patience_ms = patience_ms
        self._kill_timer = QTimer(self, singleShot=True)
        self._kill_timer.timeout.connect(self._on_kill_timeout)

    @property
    def state(self) -> EngineState:
        """What the engine is doing."""
        return self._state

    @property
    def info(self) -> ModelInfo | None:
        """The loaded model; None until `ready`."""
        return self._info

    def start(self) -> None:
        """Load the model, if it is not loaded or loading."""
        if self._state in (EngineState.STOPPED, EngineState.FAILED):
            self._crashes = 0
            self._launch()

    def fill(self, request: FillRequest) -> int:
        """Ask for fills; return the job's number. Starts the engine if need be."""
        return self._submit(request)

    def refine(self, request: RefineRequest) -> int:
        """Ask for a rewriting; return the job's number. Starts the engine if need be."""
        return self._submit(request)

    def rescore(self, request: RescoreRequest) -> int:
        """Ask for another ranking; return the job's number. Starts the engine if need be."""
        return self._submit(request)

    def score(self, request: ScoreRequest) -> int:
        """Ask for likelihoods in the background; return the job's number."""
        return self._submit(request)

    def cancel(self) -> None:
        """Stop what runs for the writer and drop what waits; background work goes on.

        While the model loads, drop the waiting job and go on loading; stop the loading itself
        when no job waits for it.
        """
        waiting = self._waiting.take_foreground()
        if waiting is not None:
            self._later_cancelled(waiting)
        if self._running is not None:
            if not self._running.is_background:
                self._stop_running(self._running, within_ms=self._kill_after_ms)
        elif self._state is EngineState.STARTING and waiting is None:
            self._ask_to_stop_loading()

    def cancel_job(self, number: int) -> None:
        """Stop or drop one job that nobody waits for; a number that is done with is no error."""
        waiting = self._waiting.take_number(number)
        if waiting is not None:
            self._later_cancelled(waiting)
        elif self._running is not None and self._running.number == number:
            self._stop_running(self._running)

    def let_give_way(self, number: int) -> None:
        """Let the job that runs go on until something else is asked for."""
        if self._running is not None and self._running.number == number:
            self._running.gives_way = True
            if self._waiting.has_foreground:
                self._stop_running(self._running)

    def shutdown(self) -> None:
        """End the worker: at most about a second, then it is killed. No signal follows."""
        self._kill_timer.stop()
        self._running = None
        self._waiting.clear()
        self._serial += 1
        for thread in self._threads.values():
            thread.post(Quit())
        deadline = QDeadlineTimer(_SHUTDOWN_MS)
        for thread in self._threads.values():
            if not thread.wait(deadline):
                thread.kill()
                thread.wait(_THREAD_SHUTDOWN_MS)
        self._threads.clear()
        self._state = EngineState.STOPPED

    def _submit(self, request: Request) -> int:
        self._last_job += 1
        job = Job(self._last_job, request)
        replaced = self._waiting.put(job)
        if replaced is not None:
            self._later_cancelled(replaced)
        if self._running is not None and self._running.is_background and not job.is_background:
            self._stop_running(self._running)
        if self._state in (EngineState.STOPPED, EngineState.FAILED):
            self._launch()
        self._run_next()
        return self._last_job

    def _run_next(self) -> None:
        if self._state is not EngineState.READY:
            return
        self._running = self._waiting.take()
        if self._running is not None:
            self._set_state(EngineState.WORKING)
            self._threads[self._serial].post(Run(self._running.number, self._running.request))

    def _launch(self) -> None:
        self._serial += 1
        thread = self._thread_class(self._serial, self._options)
        thread.received.connect(self._on_received)
        thread.ended.connect(self._on_ended)
        self._threads[self._serial] = thread
        self._set_state(EngineState.STARTING)
        thread.start()

    def _retire(self) -> None:
        """Let the worker go: what it still says is not heard."""
        self._kill_timer.stop()
        self._serial += 1
        self._info = None

    def _stop_running(self, job: Job, *, within_ms: int | None = None) -> None:
        if not job.cancelled:
            job.cancelled = True
            self._ask_to_stop(job.number, self._patience_ms if within_ms is None else within_ms)

    def _ask_to_stop(self, job: int, within_ms: int) -> None:
        self._threads[self._serial].post(Cancel(job))
        self._kill_timer.start(within_ms)

    def _ask_to_stop_loading(self) -> None:
        if self._threads[self._serial].can_kill:
            # A child in the middle of an import hears nothing, and has nothing to lose.
            self._kill_timer.start(0)
        else:
            self._ask_to_stop(LOADING, self._kill_after_ms)

    def _set_state(self, state: EngineState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _later_cancelled(self, job: Job) -> None:
        """Say so after the caller has returned, and so knows the job's number."""
        QTimer.singleShot(0, self, lambda: self.cancelled.emit(job.number, ()))

    def _take_running(self) -> Job | None:
        self._kill_timer.stop()
        running, self._running = self._running, None
        return running

    @Slot(int, object)
    def _on_received(self, serial: int, event: Event) -> None:
        if serial != self._serial:
            return
        match event:
            case Loaded():
                self._on_loaded(event.info)
            case Moved():
                self._info = event.info
                self.moved.emit(event.info)
            case Advanced():
                self._on_advanced(event)
            case Answered():
                self._on_answered(event)
            case Stopped():
                self._on_stopped(event)
            case Failed():
                self._on_failed(event)
            case _:
                assert_never(event)

    def _on_loaded(self, info: ModelInfo) -> None:
        self._kill_timer.stop()
        self._info = info
        self._set_state(EngineState.READY)
        self.ready.emit(info)
        self._run_next()

    def _on_advanced(self, event: Advanced) -> None:
        updates = event.updates
        if self._running is not None:
            updates = tuple(filter(self._running.check.accepts_update, updates))
            self._running.settled += [u.blank for u in updates if u.blank is not None]
        for update in updates:
            self.progressed.emit(event.job, update)

    def _on_answered(self, event: Answered) -> None:
        job, result = self._take_running(), event.result
        assert job is not None
        self._crashes = 0
        self._set_state(EngineState.READY)
        if job.cancelled:
            # The answer was faster than the wish to stop, but the wish came first.
            blanks = result.blanks if isinstance(result, FillResult) else ()
            self.cancelled.emit(job.number, job.check.blanks_of(blanks))
        elif event.job != job.number or not job.check.accepts(result):
            _log.error("the answer to job %d belongs to another request", job.number)
            self.failed.emit(job.number, NONSENSE)
        else:
            self._answer(result)(job.number, result)
        self._run_next()

    def _answer(self, result: Result) -> Callable[[int, Result], None]:
        match result:
            case FillResult():
                return self.filled.emit
            case RefineResult():
                return self.refined.emit
            case RescoreResult():
                return self.rescored.emit
            case ScoreResult():
                return self.scored.emit
            case _:
                assert_never(result)

    def _on_stopped(self, event: Stopped) -> None:
        if event.job == LOADING:
            self._stop_loading()
            return
        job = self._take_running()
        self._set_state(EngineState.READY)
        partial = () if job is None else job.check.blanks_of(event.partial)
        self.cancelled.emit(event.job, partial)
        self._run_next()

    def _on_failed(self, event: Failed) -> None:
        if event.job == LOADING:
            self._retire()
            self._give_up(event.failure)
            return
        self._take_running()
        self._set_state(EngineState.READY)
        self.failed.emit(event.job, event.failure)
        self._run_next()

    def _stop_loading(self) -> None:
        self._retire()
        self._set_state(EngineState.STOPPED)
        self.cancelled.emit(LOADING, ())
        if self._state is not EngineState.STOPPED:
            return
        if self._waiting.has_foreground:
            self._launch()
            return
        for job in self._waiting.clear():
            self.cancelled.emit(job.number, ())

    def _give_up(self, failure: EngineFailure) -> None:
        waiting = self._waiting.clear()
        self._set_state(EngineState.FAILED)
        self.failed.emit(LOADING, failure)
        for job in waiting:
            self.failed.emit(job.number, failure)

    @Slot(int)
    def _on_ended(self, serial: int) -> None:
        thread = self._threads.pop(serial, None)
        if thread is None:
            return
        # `ended` was the thread's last act.
        thread.wait()
        if serial == self._serial:
            self._on_crashed()

    def _on_crashed(self) -> None:
        _log.error("the worker died in state %s", self._state.value)
        self._crashes += 1
        job = self._take_running()
        gave_up = self._crashes >= _MAX_CRASHES
        self._retire()
        if not gave_up:
            self._launch()
        if job is not None:
            self._end_without_answer(job, GAVE_UP if gave_up else CRASHED)
        if gave_up:
            self._give_up(GAVE_UP)
        elif job is None:
            self.failed.emit(LOADING, CRASHED)

    def _end_without_answer(self, job: Job, failure: EngineFailure) -> None:
        if job.cancelled:
            self.cancelled.emit(job.number, tuple(job.settled))
        else:
            self.failed.emit(job.number, failure)

    @Slot()
    def _on_kill_timeout(self) -> None:
        thread = self._threads[self._serial]
        if not thread.can_kill:
            return
        _log.info("killing the worker: it was to stop")
        thread.kill()
        job = self._take_running()
        if job is None:
            self._stop_loading()
            return
        self._retire()
        self._launch()
        self.cancelled.emit(job.number, tuple(job.settled))
