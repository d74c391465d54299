"""Where the editor keeps its own things, by the platform's rules. Makes no folder by itself.

The variable `MARIA_EDITOR_HOME` names one folder for all of it instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

HOME_VARIABLE = "MARIA_EDITOR_HOME"
_APP = "maria-editor"


def settings_path() -> Path:
    """Return the file that holds the writer's settings."""
    return _folder(platformdirs.user_config_path) / "settings.ini"


def recovery_path() -> Path:
    """Return the folder that holds unsaved writing."""
    return _folder(platformdirs.user_data_path) / "recovery"


def versions_path() -> Path:
    """Return the folder that holds earlier versions of texts."""
    return _folder(platformdirs.user_data_path) / "versions"


def records_path() -> Path:
    """Return the folder that holds records of the model's words that lie beside no file."""
    return _folder(platformdirs.user_data_path) / "records"


def locks_path() -> Path:
    """Return the folder that says which files are open in which window."""
    return _folder(platformdirs.user_state_path) / "locks"


def log_path(name: str) -> Path:
    """Return the log file of one process: `editor` or `worker`."""
    return _folder(platformdirs.user_log_path) / f"{name}.log"


def _folder(standard: Callable[..., Path]) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) if home else standard(_APP, appauthor=False)
