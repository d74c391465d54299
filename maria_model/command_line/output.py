"""Writes a command's answer: to standard output byte for byte, or to a file, all or nothing."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from maria_model.api import ModelInfo, Stats
from maria_model.errors import MariaError

STANDARD_OUTPUT = "-"


class OutputError(MariaError):
    """The answer cannot be written: choose another place."""


def check_output(file: str | None) -> None:
    """Refuse an output that cannot work, before the model is loaded for nothing.

    Raises:
        OutputError: its folder is missing, or it is a folder itself.
    """
    if file is None or file == STANDARD_OUTPUT:
        return
    path = Path(file)
    if path.is_dir():
        raise OutputError(f"{path}: this is a folder. Name the file to write in it.")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: no folder {path.parent}. Make it, or choose another.")


def write_output(text: str, file: str | None) -> None:
    """Write a text as UTF-8, line endings as they are.

    Raises:
        OutputError: it cannot be written; a file that is there stays as it was.
    """
    if file is None or file == STANDARD_OUTPUT:
        _write_standard_output(text.encode())
        return
    try:
        _replace_file(Path(file).resolve(), text.encode())
    except OSError as error:
        raise OutputError(
            f"{file}: cannot be written ({error.strerror}). Choose another place with -o."
        ) from error


def as_json(answer: Any) -> str:
    """Return an answer as readable JSON that ends in a newline."""
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def model_as_json(model: ModelInfo) -> dict[str, str]:
    """Return what a reader of an answer wants to know of the model."""
    return {"name": model.name, "causal_lm": model.causal_lm, "masked_lm": model.masked_lm}


def stats_as_json(stats: Stats) -> dict[str, object]:
    """Return what an answer cost."""
    return {
        "method": stats.method,
        "ar_passes": stats.ar_passes,
        "mlm_passes": stats.mlm_passes,
        "tokens": stats.tokens,
        "drafted": stats.drafted,
        "accepted": stats.accepted,
        "cache": stats.cache,
        "seconds": stats.seconds,
    }


def _write_standard_output(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"Standard output cannot be written ({error.strerror}).") from error


def _replace_file(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():  # a pipe or a terminal: it cannot be replaced
        path.write_bytes(data)
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_for(path))
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _mode_for(path: Path) -> int:
    """Return the mode of the file that is there, or the one a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
