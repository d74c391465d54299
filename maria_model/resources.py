"""Finds `maria_model`'s own files: beside the checkout's pyproject.toml first, then installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def embedded_model_path() -> Path:
    """Return the folder of the embedded model; whether it holds one is the loader's question."""
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / "resources" / "model"
    return _PACKAGE / "resources" / "model"
