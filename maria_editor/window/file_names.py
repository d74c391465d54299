"""Names of files as writers type them: of which kind, and whether what stands there may go."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QWidget

from maria_editor.theme.theme import Theme
from maria_editor.window.file_questions import may_replace

# What stands behind the last dot of "Chapter 1. Home" or of "tale 2.5" says nothing of a kind.
_IS_KIND = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")


def kind_of(path: Path) -> str:
    """Return the end of a name that says of what kind a file is; empty for none."""
    return path.suffix if _IS_KIND.fullmatch(path.suffix) else ""


def with_kind(path: Path, kind: str) -> Path:
    """Return a path whose name says of what kind it is, as it does already or by `kind`."""
    return path if kind_of(path) else path.with_name(path.name + kind)


def typed_path(theme: Theme, window: QWidget, name: str, kind: str) -> Path | None:
    """Return where a typed name leads, of a kind; None where the writer wants to keep that file.

    Args:
        theme, window: of the question.
        name: as a file dialog gave it, which has asked about that very name itself.
        kind: what is added where the name has none, as ".pdf".
    """
    path = Path(name) if Path(name).is_dir() else with_kind(Path(name), kind)
    is_known = path == Path(name) or not path.exists()
    return path if is_known or may_replace(theme, window, path) else None
