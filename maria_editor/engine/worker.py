"""The worker: loads one engine, answers one request at a time, can be told to stop in between.

The same loop runs in a child process and in a thread of the editor. It never imports Qt, and
`maria_model.engine` (with torch) only once it runs.
"""

from __future__ import annotations

import faulthandler
import importlib
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import assert_never, cast

from maria_editor.engine.messages import (
    LOADING,
    Advanced,
    Answered,
    Cancel,
    Command,
    EngineFailure,
    Event,
    Failed,
    Loaded,
    Moved,
    Quit,
    Result,
    Run,
    Stopped,
    WorkerOptions,
)
from maria_editor.logs import open_log, outline
from maria_editor.paths import log_path
from maria_model.api import (
    Cancelled,
    Device,
    Engine,
    FillRequest,
    Progress,
    RefineRequest,
    RescoreRequest,
    ScoreRequest,
)
from maria_model.errors import MariaError
from maria_model.libraries import quiet_libraries

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_UPDATES = 1 / 30
_NICENESS = 5
_OUT_OF_MEMORY = "The model ran out of memory. Your text is safe and nothing was changed."


class Worker:
    """Runs in one thread; `post` may be called from any other."""

    def __init__(self, options: WorkerOptions, send: Callable[[Event], None]) -> None:
        self._options = options
        self._send = send
        self._runs: queue.SimpleQueue[Run | Quit] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._cancelled_job = -1
        self._quitting = False

    def post(self, command: Command) -> None:
        """Take a command; a request waits for its turn, the others act at once."""
        if isinstance(command, Cancel):
            self._cancelled_job = command.job
            return
        if isinstance(command, Quit):
            self._quitting = True
        self._runs.put(command)

    def run(self) -> None:
        """Load the engine, then answer requests until told to quit."""
        quiet_libraries()
        self._perform(LOADING, self._load)
        while self._engine is not None and isinstance(run := self._runs.get(), Run):
            self._perform(run.job, partial(self._answer, self._engine, run))

    def _load(self, updates: _Updates) -> Event:
        # The imports take a second or more, and the engine cannot speak before they are done.
        updates.add(Progress(done=0, total=1, stage="loading"))
        try:
            self._engine = self._load_on(self._options.device, updates)
        except (MariaError, MemoryError, RuntimeError) as error:
            if self._options.device == "cpu" or not _is_out_of_memory(error):
                raise
            self._engine = self._load_on("cpu", updates)
            self._send(Moved(self._engine.info))
        return Loaded(self._engine.info)

    def _load_on(self, device: Device, updates: _Updates) -> Engine:
        load = _factory(self._options.factory)
        return load(
            self._options.model,
            device=device,
            on_progress=updates.add,
            cancelled=updates.poll,
        )

    def _answer(self, engine: Engine, run: Run, updates: _Updates) -> Event:
        try:
            return self._ask(engine, run, updates)
        except (MariaError, MemoryError, RuntimeError) as error:
            if engine.info.device == "cpu" or not _is_out_of_memory(error):
                raise
            _log.warning("the graphics card is full: %s", outline(error))
        self._engine = self._load_on("cpu", updates)
        self._send(Moved(self._engine.info))
        return self._ask(self._engine, run, updates)

    def _ask(self, engine: Engine, run: Run, updates: _Updates) -> Event:
        result: Result
        match run.request:
            case FillRequest() as fill:
                result = engine.fill(fill, on_progress=updates.add, cancelled=updates.poll)
            case RefineRequest() as refine:
                result = engine.refine(refine, on_progress=updates.add, cancelled=updates.poll)
            case RescoreRequest() as rescore:
                result = engine.rescore(rescore, cancelled=updates.poll)
            case ScoreRequest() as score:
                result = engine.score(score, on_progress=updates.add, cancelled=updates.poll)
            case _:
                assert_never(run.request)
        return Answered(run.job, result)

    def _perform(self, job: int, action: Callable[[_Updates], Event]) -> None:
        """Send what `action` returns, or why it returned nothing."""
        updates = _Updates(job, self._send, self._is_cancelled)
        event: Event
        try:
            event = action(updates)
        except Cancelled as stop:
            event = Stopped(job, stop.partial)
        except MariaError as error:
            event = Failed(job, EngineFailure(type(error).__name__, str(error)))
        except MemoryError:
            event = Failed(job, EngineFailure("OutOfMemoryError", _OUT_OF_MEMORY))
        except Exception as error:
            # The outer loop: whatever goes wrong in an engine must not end the worker.
            _log.error("job %d failed: %s", job, outline(error))
            _log.debug("its message: %s", error)
            event = Failed(job, EngineFailure("internal", _internal_message()))
        updates.flush()
        self._send(event)

    def _is_cancelled(self, job: int) -> bool:
        return self._quitting or self._cancelled_job == job


class _Updates:
    """One job's progress, gathered into at most 30 messages a second; a settled blank is kept."""

    def __init__(
        self, job: int, send: Callable[[Event], None], is_cancelled: Callable[[int], bool]
    ) -> None:
        self._job = job
        self._send = send
        self._is_cancelled = is_cancelled
        self._pending: list[Progress] = []
        self._due = 0.0

    def add(self, progress: Progress) -> None:
        """Take one step of progress; send what is gathered when it is time."""
        if self._pending and self._pending[-1].blank is None:
            self._pending.pop()
        self._pending.append(progress)
        self._flush_if_due()

    def poll(self) -> bool:
        """Return whether the job is to stop: what the engine asks between passes."""
        self._flush_if_due()
        return self._is_cancelled(self._job)

    def flush(self) -> None:
        """Send what is gathered."""
        if self._pending:
            self._send(Advanced(self._job, tuple(self._pending)))
            self._pending = []
            self._due = time.monotonic() + _SECONDS_BETWEEN_UPDATES

    def _flush_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self.flush()


def serve(connection: Connection, options: WorkerOptions) -> None:
    """Be the child process: talk through `connection` until its other end closes."""
    _settle_in()
    worker = Worker(options, partial(_tell, connection))
    threading.Thread(target=_listen, args=(connection, worker), daemon=True).start()
    worker.run()


def _tell(connection: Connection, event: Event) -> None:
    try:
        connection.send(event)
    except OSError:
        # The editor has gone; `_listen` is about to notice.
        os._exit(0)


def _listen(connection: Connection, worker: Worker) -> None:
    """Hand commands to the worker, also while it is busy; end the process with the pipe."""
    while True:
        try:
            command = connection.recv()
        except (EOFError, OSError):
            command = Quit()
        if isinstance(command, Quit):
            # At once, whatever torch is in the middle of: the child has nothing to save.
            os._exit(0)
        worker.post(command)


def _settle_in() -> None:
    """Leave Ctrl+C to the editor, give way to it, log to a file and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open_log("worker")
    _catch_hard_crashes()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    if sys.platform == "linux":
        _die_with_parent()


def _catch_hard_crashes() -> None:
    try:
        # Left open for the life of the process, as faulthandler asks.
        stream = log_path("worker-crash").open("w", encoding="utf-8")
    except OSError:
        return
    faulthandler.enable(stream)


def _die_with_parent() -> None:
    """Ask Linux to kill this process with the thread that started it.

    The pipe's end does the same within one pass; this covers a child that is stuck in C.
    """
    import ctypes

    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _factory(name: str) -> Callable[..., Engine]:
    module, _, attributes = name.partition(":")
    return cast("Callable[..., Engine]", attrgetter(attributes)(importlib.import_module(module)))


def _is_out_of_memory(error: BaseException) -> bool:
    """Return whether a device was full; torch has an error of its own for it, and no torch here."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _internal_message() -> str:
    return (
        "The model met an error it did not expect. Your text is safe and nothing was changed. "
        f"The details are in {log_path('worker')}."
    )
