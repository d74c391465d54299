"""Where the editor keeps its own things, by the platform's rules. Makes no folder by itself."""

from __future__ import annotations

from pathlib import Path

import platformdirs

_APP = "maria-editor"


def settings_path() -> Path:
    """Return the file that holds the writer's settings."""
    return platformdirs.user_config_path(_APP, appauthor=False) / "settings.ini"


def recovery_path() -> Path:
    """Return the folder that holds unsaved writing."""
    return platformdirs.user_data_path(_APP, appauthor=False) / "recovery"


def versions_path() -> Path:
    """Return the folder that holds earlier versions of texts."""
    return platformdirs.user_data_path(_APP, appauthor=False) / "versions"


def records_path() -> Path:
    """Return the folder that holds records of the model's words that lie beside no file."""
    return platformdirs.user_data_path(_APP, appauthor=False) / "records"


def locks_path() -> Path:
    """Return the folder that says which files are open in which window."""
    return platformdirs.user_state_path(_APP, appauthor=False) / "locks"


def log_path(name: str) -> Path:
    """Return the log file of one process: `editor` or `worker`."""
    return platformdirs.user_log_path(_APP, appauthor=False) / f"{name}.log"
