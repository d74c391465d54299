"""The editor with a window: puts the parts together and takes them apart again.

Knows Qt; never torch. What can be said without Qt is in `app`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from maria_editor import __version__
from maria_editor.document.recovery import RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_editor.engine.threads import InlineThread, ProcessThread
from maria_editor.errors import OpenError
from maria_editor.interruptions import ErrorReport, SignalWatch
from maria_editor.logs import open_log
from maria_editor.options import LaunchOptions
from maria_editor.settings import Settings, ThemeChoice
from maria_editor.window.main_window import MainWindow
from maria_editor.window.notice import Notice
from maria_model.api import Device


def run_desktop(options: LaunchOptions) -> int:
    """Show the window and stay until it is closed; return the exit code."""
    open_log("editor")
    if options.file is not None and (problem := _problem_with(options.file)):
        print(problem, file=sys.stderr)
        return 1
    app = _application()
    settings, recovery = Settings(), RecoveryStore()
    engine = _client(options, settings)
    window = MainWindow(engine, settings, recovery)
    SignalWatch(app)
    ErrorReport(app).reported.connect(
        lambda line: window.notices.show_notice(Notice.from_message(line, is_warning=True))
    )
    _show_first(window, options, settings)
    # After the first paint: the child's start must not make the window wait.
    QTimer.singleShot(0, engine.start)
    code = app.exec()
    # The window's own closing has done the same; a signal has not.
    engine.shutdown()
    recovery.close()
    return code


def _problem_with(file: Path) -> str | None:
    """Return why a file cannot be opened, while there is still a terminal to say it in."""
    try:
        TextFile.load(file)
    except OpenError as error:
        return str(error)
    return None


def _application() -> QApplication:
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication(sys.argv[:1])
    app.setApplicationName("maria-editor")
    app.setApplicationDisplayName("Maria Editor")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("maria-editor")
    return app


def _client(options: LaunchOptions, settings: Settings) -> EngineClient:
    worker = WorkerOptions(
        model=options.model or settings.model,
        device=cast(Device, options.device or settings.device),
    )
    in_thread = (options.engine or settings.engine) == "thread"
    return EngineClient(worker, thread_class=InlineThread if in_thread else ProcessThread)


def _show_first(window: MainWindow, options: LaunchOptions, settings: Settings) -> None:
    """Show FILE, the welcome document the first time, an empty page after that."""
    if options.theme is not None:
        window.choose_theme(cast(ThemeChoice, options.theme), remember=False)
    if options.file is not None:
        window.open_path(options.file)
    elif options.welcome or not settings.welcomed:
        window.show_welcome()
    settings.welcomed = True
    window.show()
    window.offer_recovery()
