"""Finds the editor's own files: beside the checkout's pyproject.toml first, then installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(relative: str) -> Path:
    """Return where a file of `resources/` lies, such as `icons/fill.svg`."""
    checkout = _PACKAGE.parent
    root = checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE
    return root / "resources" / relative
