"""The thread that owns a worker: one that runs it, and one that talks to it in a child process.

A thread lives as long as its worker; a new worker gets a new thread. Nothing here knows what the
messages mean.
"""

from __future__ import annotations

import logging
import multiprocessing
import queue
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from PySide6.QtCore import QThread, Signal

from maria_editor.engine.messages import Command, Event, Quit, WorkerOptions
from maria_editor.engine.worker import Worker, serve

_log = logging.getLogger(__name__)

_SECONDS_TO_LEAVE = 0.5


class WorkerThread(QThread):
    """Owns one worker; see the two classes below.

    Signals:
        received(serial, Event): the worker said something.
        ended(serial): the worker is gone; the last signal.
    """

    received = Signal(int, object)
    ended = Signal(int)

    # Whether `kill` can end a worker that does not listen any more.
    can_kill = False

    def __init__(self, serial: int, options: WorkerOptions) -> None:
        super().__init__()
        self._serial = serial
        self._options = options

    def post(self, command: Command) -> None:
        """Send the worker a command; returns at once."""
        raise NotImplementedError

    def kill(self) -> None:
        """End the worker without asking it, where that is possible; returns at once."""

    def work(self) -> None:
        """Own the worker until it is gone; runs in the thread."""
        raise NotImplementedError

    def run(self) -> None:
        """Work, and say so when it is over, however it ends."""
        try:
            self.work()
        finally:
            self.ended.emit(self._serial)

    def _pass_on(self, event: Event) -> None:
        self.received.emit(self._serial, event)


class InlineThread(WorkerThread):
    """Runs the worker itself, in the editor's process."""

    def __init__(self, serial: int, options: WorkerOptions) -> None:
        super().__init__(serial, options)
        self._worker = Worker(options, self._pass_on)

    def post(self, command: Command) -> None:
        """Send the worker a command; returns at once."""
        self._worker.post(command)

    def work(self) -> None:
        """Run the worker until it quits."""
        self._worker.run()


class ProcessThread(WorkerThread):
    """Starts the worker in a child process, carries messages, and sees it off."""

    can_kill = True

    def __init__(self, serial: int, options: WorkerOptions) -> None:
        super().__init__(serial, options)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        # Wakes the thread, which waits for the child and for commands at once.
        self._woken, self._wake = multiprocessing.Pipe(duplex=False)
        self._process: SpawnProcess | None = None
        self._killed = False

    def post(self, command: Command) -> None:
        """Send the worker a command; returns at once."""
        self._commands.put(command)
        self._wake.send_bytes(b"!")

    def kill(self) -> None:
        """End the child at once, whatever it does."""
        self._killed = True
        if self._process is not None:
            self._process.kill()

    def work(self) -> None:
        """Carry messages until the child or the client leaves; no process stays behind."""
        try:
            ours, process = self._start_child()
        except OSError as error:
            _log.error("no process for the worker: %s", error)
            return
        try:
            self._carry_messages(ours)
        finally:
            # The child leaves when the pipe closes.
            ours.close()
            process.join(_SECONDS_TO_LEAVE)
            process.kill()
            process.join()
            _log.info("the worker left with exit code %s", process.exitcode)

    def _start_child(self) -> tuple[Connection, SpawnProcess]:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._options), name="maria-worker", daemon=True
        )
        process.start()
        # Or the end of the child would not be the end of the pipe.
        theirs.close()
        self._process = process
        if self._killed:
            process.kill()
        return ours, process

    def _carry_messages(self, ours: Connection) -> None:
        while True:
            ready = wait([ours, self._woken])
            try:
                if ours in ready:
                    self._pass_on(ours.recv())
                if self._woken in ready:
                    self._woken.recv_bytes()
                    command = self._commands.get()
                    if isinstance(command, Quit):
                        return
                    ours.send(command)
            except (EOFError, OSError):
                return
