"""What comes from outside the writer's plan: Ctrl+C, the system's wish to end, unexpected errors.

None of them may cost a word: signals leave the event loop in the ordinary way, and an error is one
line for the writer and a traceback for the log.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from types import FrameType, TracebackType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Signal, Slot

from maria_editor.logs import outline
from maria_editor.paths import log_path

_log = logging.getLogger(__name__)

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class SignalWatch(QObject):
    """Ends the application on Ctrl+C and on the system's wish, without asking anything.

    Python runs its own signal handlers only between two of its instructions, and Qt's event loop
    may have none for hours; so the signal comes through a socket that Qt listens to.
    """

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self._app = app
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)
        signal.set_wakeup_fd(self._theirs.fileno())
        for name in _SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _let_qt_know)

    @Slot()
    def _on_signal(self) -> None:
        number = self._ours.recv(1)[0]
        # Not `quit`: that asks the windows, and a window may ask the writer.
        self._app.exit(128 + number)


class ErrorReport(QObject):
    """Takes the place of `sys.excepthook`: the second and last place that catches everything.

    Signals:
        reported(str): something unexpected happened; one line for the writer.
    """

    reported = Signal(str)

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        sys.excepthook = self.report

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Log an error that nobody caught, without the prose it may quote, and say so."""
        _log.critical("unexpected: %s", outline(error))
        _log.debug("its message: %s", error)
        line = (
            "Something unexpected happened in the editor. Your text is safe; save it now. "
            f"The details are in {log_path('editor')}."
        )
        print(line, file=sys.stderr)
        self.reported.emit(line)


def _let_qt_know(number: int, frame: FrameType | None) -> None:
    """Stand in for the default action, so that the signal reaches the socket and no more."""
