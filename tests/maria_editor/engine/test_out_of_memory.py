"""A full graphics card: the same request runs on the CPU, and the client says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.engine.client import EngineClient, EngineFailure, WorkerOptions
from maria_editor.engine.threads import InlineThread, ProcessThread, WorkerThread
from maria_model.api import FillRequest

Make = Callable[..., EngineClient]


@pytest.fixture
def make(qapp: object) -> Iterator[Make]:
    clients: list[EngineClient] = []

    def make_one(
        load: str = "load", *, thread_class: type[WorkerThread] = InlineThread
    ) -> EngineClient:
        options = WorkerOptions(factory=f"full_card_engine:{load}")
        clients.append(EngineClient(options, thread_class=thread_class))
        return clients[-1]

    yield make_one
    for client in clients:
        client.shutdown()


@pytest.mark.parametrize("thread_class", [InlineThread, ProcessThread])
def test_the_request_runs_on_the_cpu(
    make: Make, qtbot: QtBot, thread_class: type[WorkerThread]
) -> None:
    client = make(thread_class=thread_class)
    with qtbot.waitSignal(client.ready, timeout=60_000):
        client.start()
    assert client.info is not None
    assert client.info.device == "cuda:0"
    with qtbot.waitSignals([client.moved, client.filled], timeout=60_000, order="strict"):
        client.fill(FillRequest(text="A cup of [MASK]."))
    assert client.info.device == "cpu"
    # It stays there: the next one does not try the card again.
    with qtbot.assertNotEmitted(client.moved), qtbot.waitSignal(client.filled, timeout=60_000):
        client.fill(FillRequest(text="A pot of [MASK]."))


def test_a_model_too_large_for_the_card_loads_on_the_cpu(make: Make, qtbot: QtBot) -> None:
    client = make("load_too_large")
    with qtbot.waitSignals([client.moved, client.ready], timeout=60_000, order="strict"):
        client.start()
    assert client.info is not None
    assert client.info.device == "cpu"


def test_no_memory_at_all_is_one_line(make: Make, qtbot: QtBot) -> None:
    client = make()
    with qtbot.waitSignal(client.failed, timeout=60_000) as failed:
        job = client.fill(FillRequest(text="A [MASK] !hungry"))
    assert failed.args == [
        job,
        EngineFailure(
            "OutOfMemoryError",
            "The model ran out of memory. Your text is safe and nothing was changed.",
        ),
    ]
    # And the worker lives on.
    with qtbot.waitSignal(client.filled, timeout=60_000):
        client.fill(FillRequest(text="A [MASK]"))


def test_no_memory_to_load(make: Make, qtbot: QtBot) -> None:
    client = make("load_far_too_large")
    with qtbot.waitSignal(client.failed, timeout=60_000) as failed:
        client.start()
    assert failed.args[1].kind == "OutOfMemoryError"
