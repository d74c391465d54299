"""The whole program with a window, in a process of its own, with the fake engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from maria_editor.document.recovery import RecoveryStore
from maria_editor.paths import recovery_path

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")

# `watch` is what a test puts in: it runs once the engine is ready.
PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from functools import partial
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from maria_editor import desktop

def watch(window, child):
{watch}

def on_ready(window):
    child = window._engine._threads[window._engine._serial]._process.pid
    assert "torch" not in sys.modules
    print(child, flush=True)
    watch(window, child)

class Window(desktop.MainWindow):
    def __init__(self, engine, *arguments):
        super().__init__(engine, *arguments)
        engine.ready.connect(lambda info: on_ready(self))

if __name__ == "__main__":
    desktop.MainWindow = Window
    desktop.WorkerOptions = partial(desktop.WorkerOptions, factory="fake_engine:load")
    from maria_editor.app import main
    raise SystemExit(main(sys.argv[1:]))
"""


@contextmanager
def running(tmp_path: Path, watch: str, *argv: str) -> Iterator[subprocess.Popen[str]]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(tests=str(Path(__file__).parent), watch=f"    {watch}"))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(program), *argv],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as editor:
        yield editor


def first_line(editor: subprocess.Popen[str]) -> str:
    assert editor.stdout is not None
    return editor.stdout.readline().strip()


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_closing_the_window_leaves_no_process(tmp_path: Path) -> None:
    with running(tmp_path, "QTimer.singleShot(0, window.close)") as editor:
        child = int(first_line(editor))
    assert editor.returncode == 0
    assert is_gone(child)


def test_a_file_opens_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\ntwo [MASK]")
    watch = "print(repr(window.page.text()), flush=True); window.files.save(); window.close()"
    with running(tmp_path, watch, str(path)) as editor:
        first_line(editor)
        assert first_line(editor) == repr("one\ntwo [MASK]")
    assert path.read_bytes() == b"one\r\ntwo [MASK]"


def test_the_welcome_document_comes_once(tmp_path: Path) -> None:
    watch = "print(window.page.text()[:9] or 'empty', flush=True); window.close()"
    shown = []
    for _ in range(2):
        with running(tmp_path, watch) as editor:
            first_line(editor)
            shown.append(first_line(editor))
    assert shown == ["# Welcome", "empty"]


def test_who_began_with_a_file_comes_back_to_it_and_not_to_the_tour(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("First words")
    with running(tmp_path, "window.close()", str(path)) as editor:
        first_line(editor)
    watch = "print(window.page.text(), flush=True); window.close()"
    with running(tmp_path, watch) as editor:
        first_line(editor)
        assert first_line(editor) == "First words"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_keeps_the_unsaved_words(tmp_path: Path, number: signal.Signals) -> None:
    watch = "window.page.insertPlainText('just typed'); print('typed', flush=True)"
    with running(tmp_path, watch, "--welcome") as editor:
        child = int(first_line(editor))
        assert first_line(editor) == "typed"
        editor.send_signal(number)
    assert editor.returncode == 128 + number
    assert is_gone(child)
    (found,) = RecoveryStore(recovery_path()).left_behind()
    assert "just typed" in found.text


def test_a_signal_waits_for_what_is_being_saved(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    # A slow disk: it is still busy when the signal comes.
    watch = (
        "import os, threading; sync = os.fsync; "
        "os.fsync = lambda disk: (threading.Event().wait(1), sync(disk)); "
        "window.page.insertPlainText('just typed'); "
        "window.commands['save'].trigger(); print(window.files.is_saving, flush=True)"
    )
    with running(tmp_path, watch, str(path)) as editor:
        first_line(editor)
        assert first_line(editor) == "True"
        editor.send_signal(signal.SIGTERM)
    assert path.read_bytes() == b"just typed"
    # It is in its file, so nothing is offered again.
    assert RecoveryStore(recovery_path()).left_behind() == ()


def test_a_new_name_opens_an_empty_page_that_is_saved_there(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    watch = (
        "print(window.windowTitle(), repr(window.page.text()), sep='|', flush=True); "
        "window.page.insertPlainText('first words'); "
        "window.commands['save'].trigger(); window.close()"
    )
    with running(tmp_path, watch, str(path)) as editor:
        first_line(editor)
        title, text = first_line(editor).split("|")
    assert title.startswith("new.md")
    assert text == "''"
    assert path.read_bytes() == b"first words"


def test_a_new_name_alone_makes_no_file(tmp_path: Path) -> None:
    with running(tmp_path, "window.close()", str(tmp_path / "new.md")) as editor:
        first_line(editor)
    assert editor.returncode == 0
    assert not (tmp_path / "new.md").exists()


def test_a_bad_file_is_one_line_in_the_terminal_and_no_window(tmp_path: Path) -> None:
    terminal, its_end = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "maria_editor", str(tmp_path / "nowhere" / "a.txt")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=ROOT,
        stderr=its_end,
        check=False,
        timeout=60,
    )
    said = os.read(terminal, 10_000).decode()
    os.close(terminal)
    os.close(its_end)
    assert done.returncode == 1
    assert f"There is no folder {tmp_path / 'nowhere'} for a.txt" in said
    assert said.strip().count("\n") == 0


def test_where_nobody_reads_the_terminal_the_window_says_it(tmp_path: Path) -> None:
    watch = "print(window.notices.notice.news, flush=True); window.close()"
    with running(tmp_path, watch, str(tmp_path / "nowhere" / "a.txt")) as editor:
        first_line(editor)
        assert "There is no folder" in first_line(editor)
