"""Each fact in the status bar is a button to its own thing."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from scripted_client import ScriptedEngine

from maria_editor.engine.client import EngineState
from maria_editor.paths import recovery_path
from maria_editor.window.facts_card import FactsCard
from maria_editor.window.main_window import MainWindow
from maria_editor.window.model_card import worker_memory
from maria_editor.window.versions_card import VersionsCard


@pytest.mark.parametrize("name", ["model", "device", "speed"])
def test_the_model_its_device_and_its_speed_show_what_is_loaded(
    window: MainWindow, name: str
) -> None:
    getattr(window.status, name).click()
    (card,) = window.findChildren(FactsCard)
    facts = dict(card.facts)
    assert facts["Model"] == "small"
    assert facts["Reads at once"] == "512 pieces of words"
    assert facts["Joined by"] == "a trained layer"
    assert facts["Runs on"] == "the CPU"


def test_while_there_is_no_model_the_card_says_so(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    scripted.info = None
    scripted.state = EngineState.STARTING
    assert window.model_facts.facts() == [("Model", "waking up")]
    scripted.state = EngineState.FAILED
    assert window.model_facts.facts() == [("Model", "none is loaded")]


def test_a_model_that_was_left_off_is_not_shown_as_present(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    status = window.status
    window.resize(1280, 820)
    status.speed.show_words("38 words/s")
    scripted.set_state(EngineState.STARTING)
    assert [item.text() for item in (status.model, status.device, status.speed)] == ["", "", ""]
    scripted.info = None
    scripted.set_state(EngineState.FAILED)
    assert status.model.text() == "The model is not running"
    assert not status.model.isHidden()
    assert status.device.isHidden()
    status.model.click()
    (card,) = window.findChildren(FactsCard)
    assert card.facts == (("Model", "none is loaded"),)
    assert card.step is not None
    assert card.step.text() == "Start the model"
    card.step.click()
    assert scripted.state is EngineState.STARTING
    scripted.become_ready()
    assert status.model.text() == "small, on this computer"
    assert status.device.text() == "CPU"
    status.model.click()
    assert window.findChildren(FactsCard)[-1].step is None


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells")
def test_the_memory_is_that_of_the_child_where_there_is_one() -> None:
    bytes_here, process = worker_memory()
    assert process == "the editor's process"
    assert bytes_here > 10_000_000
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    child = context.Process(target=stop.wait, name="maria-worker", daemon=True)
    child.start()
    try:
        assert worker_memory()[1] == "a process of its own"
    finally:
        stop.set()
        child.join()


def test_saved_shows_versions_and_recovery_its_folder(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.status.saved.click()
    assert len(window.findChildren(VersionsCard)) == 1
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    window.status.recovery.click()
    assert opened == [str(recovery_path())]


def test_a_narrow_window_drops_speed_then_device_then_recovery_never_saved(
    window: MainWindow,
) -> None:
    status = window.status
    status.speed.show_words("38 words/s")
    dropped: list[str] = []
    for width in range(1200, 480, -10):
        status.resize(width, status.height())
        status.fit()
        for name in ("speed", "device", "recovery", "model", "saved"):
            if getattr(status, name).isHidden() and name not in dropped:
                dropped.append(name)
        if width >= 900:
            assert dropped == []
    assert dropped[:3] == ["speed", "device", "recovery"]
    assert "saved" not in dropped
