"""Earlier versions: one before each change by the model, and one brought back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.window.main_window import MainWindow
from maria_editor.window.versions_card import VersionsCard
from maria_model.api import BlankResult


def open_card(window: MainWindow) -> VersionsCard:
    window.commands["versions"].trigger()
    return window.findChildren(VersionsCard)[-1]


def fill(window: MainWindow, scripted: ScriptedEngine, word: str) -> None:
    text = window.page.text()
    start = text.index("[MASK]")
    window.filling.fill_all()
    end = start + len("[MASK]")
    scripted.answer((BlankResult(index=0, start=start, end=end, fill=word, logprob=-1.0),))
    window.candidates.accept_all()


def test_a_version_is_kept_before_each_fill_and_brought_back_as_one_step(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load("A cup of [MASK].")
    fill(window, scripted, "tea")
    assert window.page.text() == "A cup of tea."
    window.page.replace([(0, 1, "Another")])
    card = open_card(window)
    assert card.list.count() == 1
    assert "before filling blanks" in card.list.item(0).text()
    shown = card.view.toPlainText()
    assert "[MASK]" in shown
    assert "tea" in shown
    card.bring_back.click()
    assert window.page.text() == "A cup of [MASK]."
    assert [version.text for version in window.safety.versions.ring.all()] == [
        "Another cup of tea.",
        "A cup of [MASK].",
    ]
    window.page.undo()
    assert window.page.text() == "Another cup of tea."


def test_a_version_is_kept_before_refining(window: MainWindow) -> None:
    window.page.load("A paragraph.")
    window.refining.refine()
    (version,) = window.safety.versions.ring.all()
    assert (version.text, version.before) == ("A paragraph.", "refining")


def test_without_versions_it_says_so(window: MainWindow, qtbot: QtBot) -> None:
    card = open_card(window)
    assert card.subtitle.text().startswith("None yet.")
    assert not card.bring_back.isEnabled()
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert card.isHidden()


def test_versions_belong_to_their_file(window: MainWindow, tmp_path: Path) -> None:
    window.page.load("A draft.")
    window.refining.refine()
    assert window.files.save_path(tmp_path / "a.md")
    assert open_card(window).list.count() == 1
    (tmp_path / "b.md").write_text("another", encoding="utf-8")
    window.open_path(tmp_path / "b.md")
    assert open_card(window).list.count() == 0
    window.open_path(tmp_path / "a.md")
    assert open_card(window).list.count() == 1


def test_the_saved_time_leads_to_them(window: MainWindow) -> None:
    window.status.saved.click()
    assert window.findChildren(VersionsCard)
