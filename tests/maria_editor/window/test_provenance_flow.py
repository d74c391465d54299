"""The record as the writer meets it: a switch, the flows that apply words, the report."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.document.provenance import record_beside
from maria_editor.document.recovery import Draft, RecoveryStore
from maria_editor.paths import records_path
from maria_editor.settings import Settings
from maria_editor.window.main_window import MainWindow
from maria_editor.window.provenance_flow import Origin
from maria_editor.window.question import Answer, QuestionCard
from maria_editor.window.recovery_card import RecoveryCard
from maria_editor.window.report_card import ReportCard

TEXT = "She poured the [MASK] into a cup [MASK:2] down."


def put(window: MainWindow, scripted: ScriptedEngine) -> None:
    assert scripted.info is not None
    window.page.load(TEXT)
    second = TEXT.index("[MASK:2]")
    changes = [(15, 21, "tea"), (second, second + 8, "and sat")]
    window.provenance.note(changes, TEXT, Origin(way="fill", model=scripted.info, seed=3))
    window.page.replace(changes)


def card(window: MainWindow) -> ReportCard:
    window.commands["disclosure"].trigger()
    (found,) = window.findChildren(ReportCard)
    return found


def test_nothing_is_noted_while_it_is_off(window: MainWindow, scripted: ScriptedEngine) -> None:
    assert not window.commands["provenance"].isChecked()
    put(window, scripted)
    assert window.provenance.record.all() == ()
    assert "No record was kept" in card(window).view.toPlainText()


def test_while_it_is_on_the_report_does_not_say_how_to_switch_it_on(window: MainWindow) -> None:
    window.commands["provenance"].trigger()
    window.page.load(TEXT)
    words = card(window).view.toPlainText()
    assert "The record is on" in words
    assert "No record was kept" not in words


def test_what_is_accepted_is_noted_where_it_stands(
    window: MainWindow, scripted: ScriptedEngine, settings: Settings, tmp_path: Path
) -> None:
    window.commands["provenance"].trigger()
    assert settings.provenance
    put(window, scripted)
    text = window.page.text()
    noted = window.provenance.record.all()
    assert [(words.wrote, words.replaced) for words in noted] == [
        ("tea", "[MASK]"),
        ("and sat", "[MASK:2]"),
    ]
    for words in noted:
        assert text[words.start : words.start + len(words.wrote)] == words.wrote
    assert (noted[0].model, noted[0].device, noted[0].seed) == ("small", "cpu", 3)
    path = tmp_path / "a.md"
    assert window.files.save_path(path)
    window.provenance.record.all()
    assert len(record_beside(path).read_text(encoding="utf-8").splitlines()) == 2


def test_the_report_is_shown_copied_and_saved(
    window: MainWindow,
    scripted: ScriptedEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    window.commands["provenance"].trigger()
    put(window, scripted)
    shown = card(window)
    words = shown.view.toPlainText()
    assert "Of the 10 words of this text, 3 were written by a language model" in words
    shown.copy.click()
    assert QGuiApplication.clipboard().text() == words
    target = tmp_path / "report.md"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report"), ""))
    shown.save.click()
    assert target.read_text(encoding="utf-8") == words
    assert shown.said.text() == "Saved."
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path), ""))
    shown.save.click()
    assert "is a folder" in shown.said.text()
    with qtbot.waitSignal(shown.closed):
        shown.done.click()


def test_a_deleted_recovery_copy_takes_its_record_along(
    window: MainWindow,
    recovery: RecoveryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = RecoveryStore(tmp_path / "recovery")
    gone.keep(Draft(text="She poured the tea."))
    gone.close()
    (left,) = recovery.left_behind()
    record = records_path() / "untitled" / f"{left.folder.name}.maria.jsonl"
    record.parent.mkdir(parents=True)
    record.write_text("{}\n", encoding="utf-8")
    window.offer_recovery()
    (dialog,) = window.findChildren(RecoveryCard)
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.DELETE)
    dialog.delete.click()
    # Waits for what is on its way.
    window.provenance.record.all()
    assert not record.exists()
