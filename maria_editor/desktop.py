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
from maria_editor.document.encodings import EncodingError
from maria_editor.document.file_lock import is_open
from maria_editor.document.recovery import RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_editor.engine.threads import InlineThread, ProcessThread
from maria_editor.errors import MissingFileError, OpenError
from maria_editor.garbage import GarbageCollector
from maria_editor.interruptions import ErrorReport, SignalWatch
from maria_editor.logs import open_log
from maria_editor.options import LaunchOptions
from maria_editor.settings import Settings, ThemeChoice
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow
from maria_model.api import Device


def run_desktop(options: LaunchOptions) -> int:
    """Show the window and stay until it is closed; return the exit code."""
    open_log("editor")
    settings = Settings()
    unread = None
    try:
        file = _first_file(options, settings)
    except OpenError as error:
        if sys.stderr.isatty() and not isinstance(error, EncodingError):
            print(error, file=sys.stderr)
            return 1
        # Nobody reads the terminal, or there is something to choose: the window says so.
        file, unread = TextFile(), options.file
    app = make_application()
    theme = Theme(app, cast("ThemeChoice", options.theme or settings.theme))
    engine, recovery = _client(options, settings), RecoveryStore()
    window = MainWindow(engine, settings, recovery, theme)
    SignalWatch(app)
    ErrorReport(app).reported.connect(window.errors.tell)
    window.show_file(file)
    if _shows_tour(options, settings):
        settings.welcomed = True
        window.help.show_tour()
    window.show()
    if unread is not None:
        window.open_path(unread)
    if options.restore is not None:
        window.safety.recovery.restore_named(options.restore)
    else:
        window.offer_recovery()
    # After the first paint: the child's start must not make the window wait.
    QTimer.singleShot(0, engine.start)
    code = app.exec()
    # The window's own closing has done the same; a signal has not.
    engine.shutdown()
    recovery.close()
    return code


def _first_file(options: LaunchOptions, settings: Settings) -> TextFile:
    """Read what the window opens with: FILE, or the last file; the tour is no file."""
    if options.file is not None:
        return _named_file(options.file)
    if options.restore is not None or _shows_tour(options, settings):
        return TextFile()
    return _last_file(settings)


def _named_file(path: Path) -> TextFile:
    """Read a file, or begin it: a name given on the command line may be a new one."""
    try:
        return TextFile.load(path)
    except MissingFileError:
        return TextFile.begin(path)


def _shows_tour(options: LaunchOptions, settings: Settings) -> bool:
    """Return whether the welcome document is wanted, or is due once, to who is new here."""
    if options.file is not None or options.restore is not None:
        return False
    return options.welcome or not (settings.welcomed or settings.has_session)


def _last_file(settings: Settings) -> TextFile:
    """Read the file of the last session; an empty page where it is gone or open elsewhere."""
    path, _ = settings.last_place
    try:
        return TextFile() if path is None or is_open(path) else TextFile.load(path)
    except OpenError:
        return TextFile()


def make_application() -> QApplication:
    """Make the one application object, which knows the program's name."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    app.setApplicationName("maria-editor")
    app.setApplicationDisplayName("Maria Editor")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("maria-editor")
    return app


def _client(options: LaunchOptions, settings: Settings) -> EngineClient:
    worker = WorkerOptions(
        model=options.model or settings.model,
        device=cast("Device", options.device or settings.device),
    )
    in_thread = (options.engine or settings.engine) == "thread"
    return EngineClient(worker, thread_class=InlineThread if in_thread else ProcessThread)
