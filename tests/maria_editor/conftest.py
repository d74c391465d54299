from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_editor.engine.threads import InlineThread, WorkerThread
from maria_editor.settings import Settings

# The disk and the machine may be slow; a property is no less true for that.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# New objects after which a test's garbage is collected.
GARBAGE = 50_000

ClientFactory = Callable[..., EngineClient]


@pytest.fixture(autouse=True)
def _garbage_in_this_thread() -> Iterator[None]:
    """Collect where the widgets live, as the editor does (`maria_editor.garbage`)."""
    gc.disable()
    yield
    if gc.get_count()[0] > GARBAGE:
        gc.collect()


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests, and the children they start, out of the developer's own folders."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


@pytest.fixture
def make_client(qapp: object) -> Iterator[ClientFactory]:
    """Return a function that makes clients of the fake engine; they are shut down at the end."""
    clients: list[EngineClient] = []

    def make(
        load: str = "load",
        *,
        thread_class: type[WorkerThread] = InlineThread,
        model: str | None = None,
        kill_after_ms: int = 2000,
        patience_ms: int = 60_000,
    ) -> EngineClient:
        options = WorkerOptions(model=model, device="cpu", factory=f"fake_engine:{load}")
        client = EngineClient(
            options,
            thread_class=thread_class,
            kill_after_ms=kill_after_ms,
            patience_ms=patience_ms,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.shutdown()


@pytest.fixture
def engine(make_client: ClientFactory) -> EngineClient:
    """Return a client whose fake engine runs in a thread of the test."""
    return make_client()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of their own."""
    return Settings(tmp_path / "settings.ini")
