from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.interruptions import ErrorReport

ROOT = Path(__file__).parents[2]

PROGRAM = """
from PySide6.QtCore import QCoreApplication, QTimer
from maria_editor.interruptions import SignalWatch

app = QCoreApplication([])
SignalWatch(app)
QTimer.singleShot(0, lambda: print("running", flush=True))
code = app.exec()
print("left in peace", flush=True)
raise SystemExit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_event_loop(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        program.send_signal(number)
        assert program.stdout.read() == "left in peace\n"
    assert program.returncode == 128 + number


def test_an_error_is_one_line_and_the_log_holds_no_prose(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    qapp: object,
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    report = ErrorReport(qapp)
    prose = "the secret words"
    with caplog.at_level(logging.INFO), qtbot.waitSignal(report.reported) as reported:
        try:
            raise ValueError(prose) from KeyError(prose)
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    (line,) = reported.args
    assert "Your text is safe" in line
    assert "\n" not in line
    assert capsys.readouterr().err == f"{line}\n"
    assert "ValueError" in caplog.text
    assert "caused by KeyError" in caplog.text
    assert prose not in caplog.text
