"""The client's promises, kept by both kinds of worker."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from pathlib import Path

import pytest
from fake_engine import WORD, FakeEngine
from pytestqt.qtbot import QtBot

from maria_editor.engine.client import EngineClient, EngineFailure, EngineState, WorkerOptions
from maria_editor.engine.messages import Answered, Command, Loaded, Quit, Run
from maria_editor.engine.threads import InlineThread, ProcessThread, WorkerThread
from maria_editor.paths import log_path
from maria_model.api import FillRequest, Progress, RefineRequest, RescoreRequest, ScoreRequest

TEXT = "A cup of [MASK] and a [MASK]."
SLOW = "!slowly [MASK]"


class Record:
    """Everything a client said, in order."""

    def __init__(self, client: EngineClient) -> None:
        self.events: list[tuple[str, int, object]] = []
        self.states: list[EngineState] = []
        for name in (
            "progressed",
            "filled",
            "refined",
            "rescored",
            "scored",
            "cancelled",
            "failed",
        ):
            getattr(client, name).connect(
                lambda job, data, name=name: self.events.append((name, job, data))
            )
        client.state_changed.connect(self.states.append)

    def endings(self) -> list[tuple[str, int]]:
        return [(name, job) for name, job, _ in self.events if name != "progressed"]

    def data(self, name: str, job: int) -> object:
        return next(data for what, number, data in self.events if (what, number) == (name, job))


@pytest.fixture(params=[InlineThread, ProcessThread], ids=["thread", "process"])
def either(request: pytest.FixtureRequest) -> type[WorkerThread]:
    return request.param


def test_fill_and_refine(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000) as ready:
        client.start()
    assert client.info == ready.args[0]
    assert client.info.device == "cpu"
    with qtbot.waitSignal(client.filled) as filled:
        job = client.fill(FillRequest(text=TEXT, revision=7))
    assert filled.args[0] == job
    assert filled.args[1].text == f"A cup of {WORD} and a {WORD}."
    assert filled.args[1].revision == 7
    with qtbot.waitSignal(client.refined) as refined:
        client.refine(RefineRequest(text="Coffee is nice."))
    assert refined.args[1].text == f"{WORD} is nice."
    assert record.states == [
        EngineState.STARTING,
        *[EngineState.READY, EngineState.WORKING] * 2,
        EngineState.READY,
    ]
    settled = [d.blank.index for n, j, d in record.events if (n, j) == ("progressed", job)]
    assert settled == [0, 1]


def test_a_request_starts_the_engine(make_client, qtbot: QtBot) -> None:
    client = make_client()
    with qtbot.waitSignals([client.ready, client.filled]):
        client.fill(FillRequest(text=TEXT))


def test_a_second_request_waits_and_a_third_replaces_it(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.progressed, check_params_cb=lambda job, _: job == 1):
        first = client.fill(FillRequest(text=SLOW))
    second = client.fill(FillRequest(text=TEXT))
    third = client.fill(FillRequest(text=TEXT))
    assert record.endings() == []
    qtbot.waitUntil(lambda: record.endings() == [("cancelled", second)])
    client.cancel()
    qtbot.waitUntil(lambda: len(record.endings()) == 3)
    assert set(record.endings()) == {("cancelled", n) for n in (first, second, third)}


def test_cancel_keeps_what_is_filled(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    with qtbot.waitSignal(
        client.progressed, timeout=20_000, check_params_cb=lambda job, _: job == 1
    ):
        client.fill(FillRequest(text=SLOW))
    with qtbot.waitSignal(client.cancelled) as cancelled:
        client.cancel()
    assert [blank.fill for blank in cancelled.args[1]] == [WORD]
    assert client.state is EngineState.READY
    with qtbot.waitSignal(client.filled):
        client.fill(FillRequest(text=TEXT))


def test_rescore_and_score(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    request = RescoreRequest(
        text=TEXT, fixed=((0, "tea"),), candidates=((1, ("bun", "pie")),), revision=3
    )
    with qtbot.waitSignal(client.rescored, timeout=20_000) as rescored:
        job = client.rescore(request)
    assert rescored.args[0] == job
    (index, words), *rest = rescored.args[1].candidates
    assert (index, [word.text for word in words], rest) == (1, ["pie", "bun"], [])
    with qtbot.waitSignal(client.scored) as scored:
        client.score(ScoreRequest(text="One two three.", start=4, revision=5))
    assert [word.text for word in scored.args[1].words] == ["two", "three"]
    assert scored.args[1].revision == 5


def test_scores_give_way_to_the_writer(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    running = client.score(ScoreRequest(text="!slowly one"))
    replaced = client.score(ScoreRequest(text="two"))
    waiting = client.score(ScoreRequest(text="three"))
    fill = client.fill(FillRequest(text=TEXT))
    qtbot.waitUntil(lambda: len(record.endings()) == 4)
    assert set(record.endings()[:2]) == {("cancelled", running), ("cancelled", replaced)}
    assert record.endings()[2:] == [("filled", fill), ("scored", waiting)]


def test_a_job_that_was_let_give_way_ends_with_the_next_request(
    make_client, either, qtbot: QtBot
) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    first = client.fill(FillRequest(text="!slowly [MASK]"))
    with qtbot.waitSignal(client.progressed):
        pass
    client.let_give_way(first)
    client.cancel()
    second = client.fill(FillRequest(text=TEXT))
    qtbot.waitUntil(lambda: len(record.endings()) == 2)
    assert record.endings() == [("cancelled", first), ("filled", second)]


def test_a_request_that_waits_ends_a_job_that_is_let_give_way(
    make_client, either, qtbot: QtBot
) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    first = client.fill(FillRequest(text="!slowly [MASK]"))
    second = client.fill(FillRequest(text=TEXT))
    client.let_give_way(first)
    qtbot.waitUntil(lambda: len(record.endings()) == 2)
    assert record.endings() == [("cancelled", first), ("filled", second)]


def test_the_writers_cancel_leaves_the_background_alone(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    running = client.score(ScoreRequest(text="!slowly one"))
    client.cancel()
    waiting = client.score(ScoreRequest(text="two"))
    client.cancel_job(waiting)
    qtbot.waitUntil(lambda: record.endings() == [("cancelled", waiting)])
    assert client.state is EngineState.WORKING
    client.cancel_job(running)
    qtbot.waitUntil(lambda: record.endings()[1:] == [("cancelled", running)])
    client.cancel_job(running)
    assert client.state is EngineState.READY


def test_scores_that_wait_end_with_the_loading(make_client, either, qtbot: QtBot) -> None:
    client = make_client("load_slowly", thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.progressed, timeout=20_000):
        job = client.score(ScoreRequest(text="one"))
    client.cancel()
    qtbot.waitUntil(lambda: record.endings() == [("cancelled", 0), ("cancelled", job)])
    assert client.state is EngineState.STOPPED


def test_cancel_while_loading_drops_the_request_first(make_client, either, qtbot: QtBot) -> None:
    client = make_client("load_slowly", thread_class=either)
    record = Record(client)
    with qtbot.waitSignal(client.progressed, timeout=20_000):
        job = client.fill(FillRequest(text=TEXT))
    with qtbot.waitSignal(client.cancelled):
        client.cancel()
    assert client.state is EngineState.STARTING
    with qtbot.waitSignal(client.cancelled):
        client.cancel()
    assert client.state is EngineState.STOPPED
    assert record.endings() == [("cancelled", job), ("cancelled", 0)]


def test_cancel_kills_a_worker_that_does_not_listen(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread, kill_after_ms=50)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    job = client.fill(FillRequest(text="!hang [MASK]"))
    with qtbot.waitSignals([client.cancelled, client.ready], timeout=20_000):
        client.cancel()
    with qtbot.waitSignal(client.filled) as filled:
        client.fill(FillRequest(text=TEXT))
    assert filled.args[0] == job + 1


def test_what_nobody_waits_for_may_be_late(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread, kill_after_ms=0)
    record = Record(client)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    with qtbot.waitSignal(client.progressed):
        replaced = client.fill(FillRequest(text="!slowly !late [MASK] [MASK]"))
    record.states.clear()
    client.cancel_job(replaced)
    fill = client.fill(FillRequest(text=TEXT))
    qtbot.waitUntil(lambda: len(record.endings()) == 2)
    assert record.endings() == [("cancelled", replaced), ("filled", fill)]
    assert EngineState.STARTING not in record.states


def test_what_nobody_waits_for_is_not_waited_for_without_end(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread, kill_after_ms=3_600_000, patience_ms=50)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    replaced = client.fill(FillRequest(text="!hang [MASK]"))
    client.cancel_job(replaced)
    with qtbot.waitSignal(client.filled, timeout=20_000) as filled:
        client.fill(FillRequest(text=TEXT))
    assert filled.args[0] == replaced + 1


class PromptThread(WorkerThread):
    """Answers every request, and lets the test wait for that without an event loop."""

    def __init__(self, serial: int, options: WorkerOptions) -> None:
        super().__init__(serial, options)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.answered = threading.Event()

    def post(self, command: Command) -> None:
        self._commands.put(command)

    def work(self) -> None:
        engine = FakeEngine("prompt", "cpu")
        self._pass_on(Loaded(engine.info))
        while not isinstance(command := self._commands.get(), Quit):
            if isinstance(command, Run):
                self._pass_on(Answered(command.job, engine.fill(command.request)))
                self.answered.set()


def answer_without_listening(client: EngineClient, qtbot: QtBot) -> int:
    """Return the number of a job whose answer waits in the event queue."""
    with qtbot.waitSignal(client.ready):
        client.start()
    job = client.fill(FillRequest(text=TEXT))
    assert client._threads[client._serial].answered.wait(10)
    return job


def test_an_answer_after_cancel_is_not_an_answer(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=PromptThread)
    record = Record(client)
    job = answer_without_listening(client, qtbot)
    client.cancel()
    qtbot.waitUntil(lambda: bool(record.endings()))
    assert record.endings() == [("cancelled", job)]
    assert [blank.fill for blank in record.data("cancelled", job)] == [WORD, WORD]


def test_an_answer_of_an_earlier_worker_is_not_heard(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=PromptThread)
    record = Record(client)
    answer_without_listening(client, qtbot)
    client.shutdown()
    with qtbot.waitSignal(client.ready):
        client.start()
    assert record.endings() == []


def test_errors_cross_as_one_line(make_client, either, qtbot: QtBot) -> None:
    client = make_client(thread_class=either)
    with qtbot.waitSignal(client.failed, timeout=20_000) as failed:
        client.fill(FillRequest(text="no blank"))
    assert failed.args[1] == EngineFailure(
        "NoBlankError", "No blank in this text. Mark a word first."
    )
    assert client.state is EngineState.READY


def test_an_unexpected_error_is_logged_without_prose(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread)
    with qtbot.waitSignal(client.failed, timeout=20_000) as failed:
        client.fill(FillRequest(text="!raise a secret [MASK]"))
    failure = failed.args[1]
    assert failure.kind == "internal"
    assert "\n" not in failure.message
    log = log_path("worker").read_text()
    assert "KeyError" in log
    assert "misbehave" in log
    assert "secret" not in log + failure.message


def test_a_missing_model_fails_loading_and_the_request(make_client, either, qtbot: QtBot) -> None:
    client = make_client("load_missing", thread_class=either, model="nowhere")
    record = Record(client)
    job = client.fill(FillRequest(text=TEXT))
    qtbot.waitUntil(lambda: len(record.endings()) == 2, timeout=20_000)
    assert record.endings() == [("failed", 0), ("failed", job)]
    assert client.state is EngineState.FAILED
    failure = record.data("failed", 0)
    assert failure == EngineFailure(
        "ModelNotFoundError", "No model named nowhere. See `maria models list`."
    )


def test_a_crash_restarts_the_worker(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread)
    with qtbot.waitSignals([client.failed, client.ready], timeout=20_000):
        client.fill(FillRequest(text="!crash [MASK]"))
    with qtbot.waitSignal(client.filled, timeout=20_000):
        client.fill(FillRequest(text=TEXT))


def test_a_crash_names_its_job_and_the_text_is_safe(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread)
    with qtbot.waitSignal(client.failed, timeout=20_000) as failed:
        job = client.fill(FillRequest(text="!crash [MASK]"))
    message = "The model stopped and was started again. Your text is safe."
    assert failed.args == [job, EngineFailure("crashed", message)]


def test_a_worker_that_always_dies_is_left_off(make_client, qtbot: QtBot) -> None:
    client = make_client("load_crashing", thread_class=ProcessThread)
    record = Record(client)
    client.start()
    qtbot.waitUntil(lambda: client.state is EngineState.FAILED, timeout=30_000)
    assert record.states.count(EngineState.FAILED) == 1
    assert len(record.endings()) == 3
    with qtbot.waitSignal(client.state_changed):
        client.start()
    assert client.state is EngineState.STARTING


@pytest.mark.parametrize("load", ["load", "load_deafly"])
@pytest.mark.parametrize("text", ["!hang [MASK]", SLOW])
def test_shutdown_leaves_no_process(make_client, qtbot: QtBot, load: str, text: str) -> None:
    client = make_client(load, thread_class=ProcessThread)
    client.fill(FillRequest(text=text))
    thread = client._threads[client._serial]
    qtbot.waitUntil(lambda: thread._process is not None)
    if load == "load":
        qtbot.waitUntil(lambda: client.state is EngineState.WORKING, timeout=20_000)
    pid = thread._process.pid
    client.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="stops the child with a signal")
def test_a_child_that_reads_nothing_blocks_nobody(make_client, qtbot: QtBot) -> None:
    client = make_client(thread_class=ProcessThread, kill_after_ms=50)
    with qtbot.waitSignal(client.ready, timeout=20_000):
        client.start()
    os.kill(client._threads[client._serial]._process.pid, signal.SIGSTOP)
    # More than any pipe holds.
    job = client.fill(FillRequest(text="[MASK] " * 1_000_000))
    record = Record(client)
    with qtbot.waitSignals([client.cancelled, client.ready], timeout=20_000):
        client.cancel()
    assert record.endings() == [("cancelled", job)]
    pid = client._threads[client._serial]._process.pid
    os.kill(pid, signal.SIGSTOP)
    client.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_shutdown_right_after_start(make_client) -> None:
    client = make_client(thread_class=ProcessThread)
    record = Record(client)
    client.start()
    client.shutdown()
    client.shutdown()
    assert client.state is EngineState.STOPPED
    assert record.endings() == []


def test_the_child_imports_no_qt(tmp_path: Path, make_client, qtbot: QtBot) -> None:
    client = make_client("load_listing_modules", thread_class=ProcessThread)
    with qtbot.waitSignal(client.ready, timeout=20_000) as ready:
        client.start()
    modules = ready.args[0].name.split()
    assert "fake_engine" in modules
    assert "PySide6" not in modules
    assert "torch" not in modules


def test_loading_speaks_before_the_engine_can(make_client, qtbot: QtBot) -> None:
    client = make_client("load_deafly", thread_class=ProcessThread)
    with qtbot.waitSignal(client.progressed, timeout=20_000) as progressed:
        client.start()
    assert progressed.args == [0, Progress(done=0, total=1, stage="loading")]


def test_cancel_kills_a_loading_child_without_waiting(make_client, qtbot: QtBot) -> None:
    client = make_client("load_deafly", thread_class=ProcessThread, kill_after_ms=3_600_000)
    with qtbot.waitSignal(client.progressed, timeout=20_000):
        client.start()
    with qtbot.waitSignal(client.cancelled):
        client.cancel()
    assert client.state is EngineState.STOPPED
