"""The report of an error: what a developer needs, without a word of the writer's.

Versions are read from the installed packages' own data, so that no torch is imported. Knows
nothing of windows.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from maria_editor import __version__
from maria_editor.paths import log_path
from maria_model.api import ModelInfo

_PACKAGES = ("PySide6-Essentials", "torch", "transformers", "tokenizers", "safetensors", "numpy")
_LINES = 40


def error_report(info: ModelInfo | None, *, state: str, screen: str) -> str:
    """Return the report: versions, the model, and the last lines of both logs.

    `state` is what the engine was doing, `screen` how the window is shown. The logs hold no prose
    (`logs.outline`); the name of the writer's home folder is left out as well.
    """
    sections = [_versions(screen), _model(info, state)]
    for name in ("editor", "worker"):
        lines = last_lines(log_path(name)) or ["(empty)"]
        sections.append("\n".join([f"Log of the {name}:", *lines]))
    return _without_home("\n\n".join(sections)) + "\n"


def last_lines(path: Path, count: int = _LINES) -> list[str]:
    """Return the last lines of a file; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def _versions(screen: str) -> str:
    lines = [
        f"Maria Editor {__version__}",
        f"Python {platform.python_version()} on {platform.platform()}",
        *(f"{name} {_version(name)}" for name in _PACKAGES),
        screen,
    ]
    return "\n".join(lines)


def _model(info: ModelInfo | None, state: str) -> str:
    if info is None:
        return f"Model: none loaded ({state})"
    head = "trained head" if info.trained_head else "untrained head"
    return (
        f"Model: {info.name} on {info.device} ({state})\n"
        f"{info.causal_lm} + {info.masked_lm}, {head}, {info.context_length} tokens of context"
    )


def _version(name: str) -> str:
    # Every start of the window would pay for what a report alone needs.
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed" if not getattr(sys, "frozen", False) else "bundled"


def _without_home(text: str) -> str:
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text
