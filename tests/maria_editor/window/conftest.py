from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from review_script import Script
from scripted_client import ScriptedEngine

from maria_editor.document.recovery import RecoveryStore
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def scripted() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def recovery(tmp_path: Path) -> Iterator[RecoveryStore]:
    store = RecoveryStore(tmp_path / "recovery")
    yield store
    store.close()


@pytest.fixture
def window(
    qtbot: QtBot,
    scripted: ScriptedEngine,
    settings: Settings,
    recovery: RecoveryStore,
    theme: Theme,
) -> Iterator[MainWindow]:
    window = MainWindow(scripted, settings, recovery, theme)  # type: ignore[arg-type]
    window.show()
    scripted.become_ready()
    yield window
    # Or closing would ask about changes.
    window.page.document().setModified(False)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def script(window: MainWindow, scripted: ScriptedEngine) -> Script:
    """Return what asks for a review and answers."""
    return Script(window, scripted)
