"""Who may import whom, asked of a fresh interpreter each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def imported_by(statement: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter has after a statement."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_editor_imports_neither_torch_nor_qt_at_once() -> None:
    assert not imported_by("import maria_editor.app") & {"torch", "transformers", "PySide6"}


def test_the_window_imports_no_torch() -> None:
    pytest.importorskip("PySide6")
    modules = imported_by("import maria_editor.desktop")
    assert "PySide6.QtWidgets" in modules
    assert not modules & {"torch", "transformers", "tokenizers", "numpy"}


def test_the_worker_imports_no_qt() -> None:
    assert not imported_by("import maria_editor.engine.worker") & {"torch", "PySide6"}


def test_the_child_of_the_program_imports_no_qt() -> None:
    # What a spawned child does with its parent's main module before it begins to work.
    prepare = "from multiprocessing import spawn; spawn.prepare({'init_main_from_name': %r})"
    modules = imported_by(prepare % "maria_editor.__main__")
    assert "__mp_main__" in modules
    assert not modules & {"torch", "PySide6"}


def test_the_model_is_light_until_used() -> None:
    modules = imported_by("import maria_model, maria_model.api, maria_model.errors")
    assert not modules & {"torch", "transformers", "numpy", "PySide6"}


def test_the_model_knows_neither_qt_nor_the_editor() -> None:
    modules = imported_by("from maria_model import *")
    assert "torch" in modules
    assert not {name.partition(".")[0] for name in modules} & {
        "PySide6",
        "shiboken6",
        "maria_editor",
        "training",
    }
