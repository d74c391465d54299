"""The real window for benchmarks: opened in a folder of its own, with a heart that can be heard.

Set the folder by `MARIA_EDITOR_HOME` before Qt starts, so that nothing of the writer's is touched.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from benchmarks.waiting import wait_for
from maria_editor.desktop import make_application
from maria_editor.document.recovery import RecoveryStore
from maria_editor.engine.client import EngineClient
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow

_BEAT_MS = 4


@contextmanager
def open_window() -> Iterator[tuple[MainWindow, EngineClient]]:
    """Show the window with an engine that is not started; close both at the end."""
    app = cast("QApplication", QApplication.instance() or make_application())
    engine, recovery = EngineClient(), RecoveryStore()
    window = MainWindow(engine, Settings(), recovery, Theme(app, "light"))
    window.show()
    app.processEvents()
    yield window, engine
    # Or closing would ask about changes.
    window.page.document().setModified(False)
    window.close()
    engine.shutdown()
    recovery.close()


def load_model(engine: EngineClient) -> None:
    """Start the engine and wait until it is ready."""
    engine.start()
    wait_for(engine.ready, failed=engine.failed)


class Heartbeat(QObject):
    """Beats every few milliseconds, and notes how long the event loop was away at most."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = (0.0, 0.0)
        self._longest = (0.0, 0.0)

    def begin(self) -> None:
        """Listen from now on."""
        self._longest = (0.0, 0.0)
        self._last = time.perf_counter(), time.thread_time()
        self._timer.start()

    def end(self) -> tuple[float, float]:
        """Listen no more; return the longest gap between two beats, in milliseconds.

        With it what this thread computed in that gap.
        """
        self._beat()
        self._timer.stop()
        gap, computed = self._longest
        return 1000 * gap, 1000 * computed

    @Slot()
    def _beat(self) -> None:
        (last, computed), now = self._last, (time.perf_counter(), time.thread_time())
        gap = now[0] - last
        # Two clocks are read one after the other: they can disagree by a microsecond.
        self._longest = max(self._longest, (gap, min(now[1] - computed, gap)))
        self._last = now
