"""The worker's own rules, without a client: how often it speaks, and that it dies with its pipe."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maria_editor.engine import worker as worker_module
from maria_editor.engine.messages import Advanced, Event, WorkerOptions
from maria_editor.engine.worker import Worker, serve
from maria_model.api import BlankResult, Progress


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(worker_module, "time", clock)
    return clock


def step(done: int, *, settled: bool = False) -> Progress:
    blank = BlankResult(index=done, start=0, end=6, fill="tea", logprob=0.0) if settled else None
    return Progress(done=done, total=1000, stage="filling", blank=blank)


def test_at_most_thirty_messages_a_second_and_no_blank_lost(clock: Clock) -> None:
    sent: list[Event] = []
    updates = worker_module._Updates(1, sent.append, lambda job: False)
    for number in range(1000):
        updates.add(step(number, settled=number % 10 == 0))
        clock.now += 1 / 1000
    updates.flush()
    assert 25 <= len(sent) <= 32
    assert all(isinstance(event, Advanced) for event in sent)
    steps = [update for event in sent for update in event.updates]
    assert [s.done for s in steps if s.blank] == list(range(0, 1000, 10))
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[-1].done == 999


def test_polling_sends_what_waits(clock: Clock) -> None:
    sent: list[Event] = []
    updates = worker_module._Updates(1, sent.append, lambda job: False)
    updates.add(step(0))
    updates.add(step(1, settled=True))
    assert len(sent) == 1
    clock.now += 1
    assert updates.poll() is False
    assert len(sent) == 2


def test_cancelling_reaches_this_job_and_no_other() -> None:
    worker = Worker(WorkerOptions(), lambda event: None)
    worker.post(worker_module.Cancel(3))
    assert [worker._is_cancelled(job) for job in (0, 3, 4)] == [False, True, False]


@pytest.mark.parametrize("load", ["load", "load_deafly"])
def test_the_child_ends_with_its_pipe(load: str) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    options = WorkerOptions(factory=f"fake_engine:{load}")
    process = context.Process(target=serve, args=(theirs, options), daemon=True)
    process.start()
    theirs.close()
    if load == "load":
        assert ours.poll(20)
    ours.close()
    process.join(20)
    assert process.exitcode == 0


PARENT = """
import sys
sys.path.insert(0, {tests!r})
from PySide6.QtCore import QCoreApplication
from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_model.api import FillRequest

if __name__ == "__main__":
    app = QCoreApplication([])
    client = EngineClient(WorkerOptions(factory="fake_engine:load"))

    def tell(job, progress):
        if job:
            print(client._threads[client._serial]._process.pid, flush=True)

    client.progressed.connect(tell)
    client.fill(FillRequest(text="!slowly [MASK]"))
    app.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals")
def test_the_child_dies_when_the_editor_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    tests = Path(__file__).parents[1]
    program.write_text(PARENT.format(tests=str(tests)))
    environment = {**os.environ, "PYTHONPATH": str(tests.parents[1])}
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, env=environment, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(signal.SIGKILL)
        # The child holds the other end of the pipe that `readline` used: it is closed when it ends.
        assert parent.stdout.read() == ""
    with pytest.raises(ProcessLookupError):
        wait_until_gone(child)


def wait_until_gone(pid: int) -> None:
    """Raise ProcessLookupError once the process is gone; a zombie counts as gone."""
    os.kill(pid, 0)
    state = Path(f"/proc/{pid}/stat")
    if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
        raise ProcessLookupError
