"""Shows on a terminal how far a request is; stays silent where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType

from maria_model.api import Progress, ProgressCallback

_WORDS = {
    "loading": "Loading the model",
    "filling": "Filling",
    "refining": "Reworking",
    "generating": "Writing",
    "scoring": "Reading",
}
_CLEAR_LINE = "\r\x1b[K"


def remark(text: str) -> None:
    """Say something in a line of its own, over a progress line where one stands."""
    print(f"{_CLEAR_LINE if sys.stderr.isatty() else ''}{text}", file=sys.stderr)


class ProgressLine:
    """One line on standard error that is rewritten, and gone when the block ends."""

    def __init__(self) -> None:
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> ProgressCallback | None:
        return self._show if self._visible else None

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._visible:
            print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)

    def _show(self, progress: Progress) -> None:
        text = f"{_WORDS[progress.stage]} … {progress.done} of {progress.total}"
        print(f"{_CLEAR_LINE}{text}", end="", file=sys.stderr, flush=True)
