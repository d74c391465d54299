"""Waits in a Qt event loop for what a benchmark has asked for, and gives up in one line.

Knows nothing of windows and engines: a signal is enough.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEventLoop, Qt, QTimer, SignalInstance

PATIENCE_MS = 120_000


def wait_for(signal: SignalInstance, *, failed: SignalInstance | None = None) -> tuple[object, ...]:
    """Run the event loop until a signal comes; return what it carries.

    End the program when it does not come, or when `failed(job, EngineFailure)` comes first.
    """
    loop = QEventLoop()
    came: list[tuple[object, ...]] = []
    failures: list[str] = []

    def on_signal(*values: object) -> None:
        came.append(values)
        loop.quit()

    def on_failed(job: int, failure: object) -> None:
        failures.append(f"job {job}: {getattr(failure, 'message', failure)}")
        loop.quit()

    signal.connect(on_signal)
    if failed is not None:
        failed.connect(on_failed)
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    loop.exec()
    signal.disconnect(on_signal)
    if failed is not None:
        failed.disconnect(on_failed)
    if failures:
        sys.exit(failures[0])
    if not came:
        sys.exit(f"No answer within {PATIENCE_MS // 1000} s.")
    return came[0]


def pause(milliseconds: float) -> None:
    """Run the event loop for a while."""
    loop = QEventLoop()
    timer = QTimer(loop, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(loop.quit)
    timer.start(round(milliseconds))
    loop.exec()
