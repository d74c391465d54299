"""The log files: where tracebacks go, so that the writer reads one kind line instead.

Never the writer's prose above DEBUG: an error's message may quote it, so `outline` leaves the
messages of errors out.
"""

from __future__ import annotations

import logging
import traceback
from logging.handlers import RotatingFileHandler

from maria_editor.paths import log_path

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_log(name: str) -> None:
    """Send this process's log records to its file; without a place to write, to nowhere."""
    path = log_path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=1_000_000, backupCount=1, encoding="utf-8"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def outline(error: BaseException) -> str:
    """Return an error's type and the lines of code it passed, without its message."""
    parts = [f"{type(error).__name__}\n", *traceback.format_tb(error.__traceback__)]
    cause = error.__cause__ or error.__context__
    return "".join(parts) + (f"caused by {outline(cause)}" if cause else "")
