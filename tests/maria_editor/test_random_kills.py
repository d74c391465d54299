"""Editors and workers that are killed while somebody types: what may be lost is two seconds."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from maria_editor.document.recovery import RecoveryStore
from maria_editor.paths import recovery_path

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
PROMISE_S = 2.0
TICK_S = 0.02

# Types numbered words into the real window and says when it did: the clock is the system's.
PROGRAM = """
import os
import sys
import time
sys.path.insert(0, {tests!r})
from functools import partial
from PySide6.QtCore import QTimer
from maria_editor import desktop

typed = 0

def type_a_word(window):
    global typed
    window.page.insertPlainText(f"w{{typed}} ")
    print("typed", typed, time.monotonic(), flush=True)
    typed += 1

class Window(desktop.MainWindow):
    def __init__(self, engine, *arguments):
        super().__init__(engine, *arguments)
        self.typing = QTimer(self, interval={tick_ms})
        self.typing.timeout.connect(partial(type_a_word, self))
        engine.ready.connect(self.on_ready)

    def on_ready(self, info):
        engine = self._engine
        print("worker", engine._threads[engine._serial]._process.pid, flush=True)
        self.typing.start()

if __name__ == "__main__":
    desktop.MainWindow = Window
    desktop.WorkerOptions = partial(desktop.WorkerOptions, factory="fake_engine:load")
    from maria_editor.app import main
    raise SystemExit(main(sys.argv[1:]))
"""


@dataclass
class Typist:
    """An editor in which words are typed, and what it says of it."""

    editor: subprocess.Popen[bytes]
    times: list[float] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    _rest: bytes = b""

    def listen(self, until: float) -> None:
        """Read what it says until this time, or until it has ended."""
        assert self.editor.stdout is not None
        while (left := until - time.monotonic()) > 0:
            if select.select([self.editor.stdout], [], [], left)[0] and not self._read():
                return

    def wait_for_worker(self, number: int) -> None:
        """Read until it has had this many workers."""
        while len(self.workers) < number:
            assert self._read(), "the editor ended"

    def _read(self) -> bool:
        assert self.editor.stdout is not None
        data = os.read(self.editor.stdout.fileno(), 65536)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for words in (line.split() for line in lines):
            if words[:1] == [b"typed"]:
                self.times.append(float(words[2]))
            elif words[:1] == [b"worker"]:
                self.workers.append(int(words[1]))
        return bool(data)


@pytest.fixture
def typist(tmp_path: Path) -> Iterator[Typist]:
    program = tmp_path / "program.py"
    source = PROGRAM.format(tests=str(Path(__file__).parent), tick_ms=round(TICK_S * 1000))
    program.write_text(source, encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(program), "--welcome"], env=environment, stdout=subprocess.PIPE
    ) as editor:
        yield Typist(editor)
        editor.kill()


def stall(times: list[float], end: float) -> float:
    """Return how long the machine, not the editor, kept the last words waiting."""
    recent = [moment for moment in times if moment > end - 2 * PROMISE_S]
    gaps = [later - earlier for earlier, later in zip(recent, [*recent[1:], end], strict=True)]
    return sum(max(0.0, gap - 5 * TICK_S) for gap in gaps)


def promised(times: list[float], end: float) -> int:
    """Return how many of the words typed at some times must outlive a kill at `end`."""
    before = end - PROMISE_S - stall(times, end)
    return sum(moment < before for moment in times)


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_any_moment_loses_two_seconds_at_most(
    typist: Typist, seed: int, qapp: object
) -> None:
    chance = random.Random(seed)
    typist.wait_for_worker(1)
    if seed % 2:
        # The worker first: the editor goes on, starts another and loses nothing of what was typed.
        typist.listen(time.monotonic() + chance.uniform(0, 1.5))
        os.kill(typist.workers[0], signal.SIGKILL)
        typist.wait_for_worker(2)
    typist.listen(time.monotonic() + chance.uniform(2.2, 4.5))
    # On a machine that stalls it takes longer until something is promised.
    while not promised(typist.times, time.monotonic()):
        typist.listen(time.monotonic() + 5 * TICK_S)
    killed = time.monotonic()
    typist.editor.send_signal(signal.SIGKILL)
    typist.listen(killed + 60)
    (found,) = RecoveryStore(recovery_path()).left_behind()
    kept = [word for word in found.text.split() if word[:1] == "w" and word[1:].isdigit()]
    assert kept == [f"w{number}" for number in range(len(kept))]
    assert len(kept) >= promised(typist.times, killed)
