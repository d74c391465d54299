"""`maria-editor --selftest`: the real window opens, fills a blank, saves, reads it back and quits.

Everything it writes lies in a folder of its own, so that the writer's settings, unsaved writing and
recent files stay as they are. Prints one line for each step.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEventLoop, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication

from maria_editor.desktop import make_application
from maria_editor.document.recovery import RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.engine.client import EngineClient, EngineFailure, WorkerOptions
from maria_editor.engine.threads import InlineThread, ProcessThread
from maria_editor.errors import EditorError
from maria_editor.logs import open_log
from maria_editor.options import LaunchOptions
from maria_editor.paths import HOME_VARIABLE, log_path
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow
from maria_model.api import Device

_TEXT = "He shook his [MASK] and said nothing. \U0001f375 Ünïcode stays.\n"
_BLANK = "[MASK]"
# For a cold start on a slow disk: the model's libraries alone take a while.
_LOADING_S, _ANSWER_S = 600.0, 300.0


class SelfTestError(EditorError):
    """A step did not do what it should."""


def run_selftest(options: LaunchOptions) -> int:
    """Go through the steps; return 0 if all is well, else 1."""
    folder = Path(tempfile.mkdtemp(prefix="maria-selftest-"))
    # The spelling checker's library has a folder of its own besides.
    os.environ[HOME_VARIABLE] = os.environ["ENCHANT_CONFIG_DIR"] = str(folder)
    open_log("editor")
    test = SelfTest(options, folder)
    code = test.run()
    if code:
        print(f"What it wrote, its logs too, is in {folder}.", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        print("All is well.", flush=True)
    return code


class SelfTest:
    """The steps, each a method that returns what to say about it."""

    def __init__(self, options: LaunchOptions, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._app = QApplication.instance() or make_application()
        self._settings = Settings()
        self._recovery = RecoveryStore()
        self._engine = self._client()
        self._failure: EngineFailure | None = None
        self._engine.failed.connect(self._on_failed)
        self._window: MainWindow | None = None
        self._path = folder / "selftest.md"

    def run(self) -> int:
        """Take the steps one after the other; always leave no process behind."""
        steps: tuple[tuple[str, Callable[[], str]], ...] = (
            ("open the window", self._open),
            ("load the model", self._load),
            ("fill a blank", self._fill),
            ("save", self._save),
            ("read it back", self._read_back),
            ("quit", self._quit),
        )
        try:
            for name, step in steps:
                started = time.monotonic()
                try:
                    said = step()
                except EditorError as error:
                    return _fail(name, str(error))
                print(f"{said} ({time.monotonic() - started:.1f} s)", flush=True)
        finally:
            # Nothing may write into the folder after this: it goes.
            self._engine.shutdown()
            self._recovery.close()
            self._settings.save()
        return 0

    def _client(self) -> EngineClient:
        options = self._options
        worker = WorkerOptions(model=options.model, device=cast("Device", options.device or "auto"))
        in_thread = options.engine == "thread"
        return EngineClient(worker, thread_class=InlineThread if in_thread else ProcessThread)

    def _open(self) -> str:
        theme = Theme(cast("QApplication", self._app), "light")
        self._window = MainWindow(self._engine, self._settings, self._recovery, theme)
        self._window.show()
        self._window.files.show_text(_TEXT, title="Self-test")
        QApplication.processEvents()
        if self._window.page.text() != _TEXT:
            raise SelfTestError("The page shows another text. Install the program again.")
        return f"The window is open ({QApplication.platformName()})."

    def _load(self) -> str:
        self._engine.start()
        self._wait(self._engine.ready, _LOADING_S, "The model did not load")
        info = self._engine.info
        assert info is not None
        where = "this process" if self._options.engine == "thread" else "a process of its own"
        return f"{info.name} is loaded in {where}, on {info.device}."

    def _fill(self) -> str:
        window = self._shown()
        window.filling.fill_all()
        self._wait(window.filling.answered, _ANSWER_S, "No answer came")
        # Words are offered first, and land when the writer takes them.
        window.candidates.accept_all()
        before, after = _TEXT.split(_BLANK)
        text = window.page.text()
        fill = text[len(before) : len(text) - len(after)]
        if not (fill.strip() and text.startswith(before) and text.endswith(after)):
            raise SelfTestError("The text around the blank is another. Install the program again.")
        return f"The blank is filled: “{fill.strip()}”."

    def _save(self) -> str:
        if not self._shown().files.save_path(self._path):
            raise SelfTestError(f"{self._path} was not written. Free some room in its folder.")
        return f"The text is saved, {self._path.stat().st_size} bytes."

    def _read_back(self) -> str:
        window = self._shown()
        text = window.page.text()
        if TextFile.load(self._path).text != text or not window.open_path(self._path):
            raise SelfTestError(f"{self._path} holds another text. Check the disk.")
        return "The file holds the same text."

    def _quit(self) -> str:
        if not self._shown().close():
            raise SelfTestError("The window did not close. Restart the computer's session.")
        if left := multiprocessing.active_children():
            raise SelfTestError(f"Process {left[0].pid} is still there. End it.")
        return "The window is closed, and no process is left."

    def _shown(self) -> MainWindow:
        assert self._window is not None
        return self._window

    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        self._failure = failure

    def _wait(self, signal: SignalInstance, seconds: float, otherwise: str) -> None:
        """Let the window live until `signal` comes; raise if a failure or no signal does."""
        loop = QEventLoop()
        came: list[object] = []
        signal.connect(lambda *values: came.append(values))
        signal.connect(loop.quit)
        self._engine.failed.connect(loop.quit)
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()
        if self._failure is not None:
            raise SelfTestError(self._failure.message)
        if not came:
            log = log_path("worker")
            raise SelfTestError(f"{otherwise} within {seconds:.0f} s. The details are in {log}.")


def _fail(step: str, message: str) -> int:
    print(f"Could not {step}: {message}", file=sys.stderr)
    return 1
