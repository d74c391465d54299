"""What the editor does where no window can be shown: fill a text's blanks, print it twice.

Imports no Qt, and torch only with the engine, once it is needed.
"""

from __future__ import annotations

import sys

from maria_editor.document.storage import TextFile
from maria_editor.errors import EditorError
from maria_editor.options import LaunchOptions, welcome_path
from maria_model.api import FillRequest
from maria_model.errors import MariaError
from maria_model.libraries import quiet_libraries


def fill_in_terminal(options: LaunchOptions) -> int:
    """Print a text before and after its blanks are filled; return the exit code."""
    try:
        text = TextFile.load(options.file or welcome_path()).text
        print(_titled("Before", text), flush=True)
        print(_titled("After", _fill(text, options)))
    except (EditorError, MariaError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _fill(text: str, options: LaunchOptions) -> str:
    quiet_libraries()
    from maria_model import MariaEngine

    engine = MariaEngine.load(options.model, device=options.device or "auto")
    return engine.fill(FillRequest(text=text)).text


def _titled(title: str, text: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{text}"
