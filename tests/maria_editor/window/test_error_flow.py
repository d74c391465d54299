"""What the writer reads when something goes wrong, and what may be passed on about it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.document.storage import write_beside
from maria_editor.engine.client import EngineFailure
from maria_editor.engine.messages import LOADING
from maria_editor.error_report import error_report
from maria_editor.paths import log_path
from maria_editor.window.main_window import MainWindow
from maria_editor.window.report_card import ReportCard

PROSE = "She poured the tea"


def labels(window: MainWindow) -> list[str]:
    return [step.label for step in window.notices.notice.steps]


def fill(window: MainWindow) -> None:
    window.page.load(f"{PROSE} into a [MASK].")
    window.commands["fill_all"].trigger()


def test_an_unexpected_error_of_the_model_has_details(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    fill(window)
    message = "The model met an error it did not expect. Your text is safe."
    scripted.failed.emit(scripted.job, EngineFailure("internal", message))
    assert labels(window) == ["Try again", "Details…"]
    window.notices.notice.steps[-1].action()
    (card,) = window.findChildren(ReportCard)
    assert "Maria Editor " in card.view.toPlainText()


def test_a_failure_that_was_foreseen_has_none(window: MainWindow, scripted: ScriptedEngine) -> None:
    fill(window)
    scripted.failed.emit(scripted.job, EngineFailure("ContextLengthError", "Too long. Shorten it."))
    assert labels(window) == ["Try again"]


def test_a_model_that_died_while_loading_has_details(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    scripted.failed.emit(LOADING, EngineFailure("crashed", "The model stopped. Your text is safe."))
    assert labels(window) == ["Try again", "Details…"]


def test_out_of_memory_says_what_happened_to_the_text_first(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    fill(window)
    failure = EngineFailure("OutOfMemoryError", "The computer ran out of memory. Choose another.")
    scripted.failed.emit(scripted.job, failure)
    notice = window.notices.notice
    assert notice.news == "The model ran out of memory."
    assert notice.rest == "Your text is safe and nothing was changed."
    assert notice.is_warning


def test_a_full_card_is_said_and_the_status_bar_tells_the_device(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    assert scripted.info is not None
    scripted.ready.emit(replace(scripted.info, device="cuda:0"))
    assert window.status.device.text() == "GPU"
    scripted.moved.emit(scripted.info)
    notice = window.notices.notice
    assert notice.news == "The graphics card was full, so this ran on the CPU."
    assert notice.rest == "It may be slower."
    assert window.status.device.text() == "CPU"


def test_an_error_of_the_editor_has_details(window: MainWindow) -> None:
    window.errors.tell("Something unexpected happened in the editor. Your text is safe.")
    assert labels(window) == ["Details…"]
    assert window.notices.notice.is_warning


def test_the_report_holds_versions_and_logs_but_no_prose(
    window: MainWindow, scripted: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test of this run may have imported it.
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    window.page.load(PROSE)
    path = log_path("editor")
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"line {number} in {Path.home()}/x.py\n" for number in range(100))
    write_beside(path, lines.encode()).replace(path)
    window.commands["report"].trigger()
    (card,) = window.findChildren(ReportCard)
    words = card.view.toPlainText()
    assert PROSE not in words
    assert "torch " in words
    assert "Model: small on cpu (ready)" in words
    assert "line 99 in ~/x.py" in words
    assert "line 10 " not in words
    assert str(Path.home()) not in words
    assert "torch" not in sys.modules


def test_the_report_without_a_model_and_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    words = error_report(None, state="failed", screen="Screen")
    assert "Model: none loaded (failed)" in words
    assert words.count("(empty)") == 2


def test_tab_goes_round_the_report_and_its_place_is_seen(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["report"].trigger()
    (card,) = window.findChildren(ReportCard)
    stops = []
    pictures = []
    for _ in range(4):
        focused = window.focusWidget()
        stops.append(focused)
        pictures.append(card.grab().toImage())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert stops == [card.done, card.view, card.copy, card.save]
    assert window.focusWidget() is card.done
    # Of all that could show it, the ring is beside the text.
    corner = card.view.mapTo(card, QPoint(0, 0))
    at = corner + QPoint(-2, card.view.height() // 2)
    rings = [picture.pixelColor(at * picture.devicePixelRatio()) for picture in pictures]
    assert rings[1] != rings[0]
    assert rings[0] == rings[2] == rings[3]
