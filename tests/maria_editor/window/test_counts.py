"""The counts in the status bar."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from maria_editor.settings import Settings
from maria_editor.window.main_window import MainWindow


def test_the_selection_is_counted(window: MainWindow, qtbot: QtBot) -> None:
    window.page.load("one two\nthree 🙂")
    assert window.status.words.text() == "4 words"
    window.page.select_span(4, 13)
    qtbot.waitUntil(lambda: window.status.words.text() == "2 of 4 words")
    window.page.select_at(0, 0)
    qtbot.waitUntil(lambda: window.status.words.text() == "4 words")


def test_the_menu_shows_every_count_and_chooses_one(window: MainWindow, settings: Settings) -> None:
    window.page.load("one two\n\nthree 🙂")
    menu = window.counting.menu()
    actions = menu.actions()
    assert [action.text() for action in actions] == [
        "4 words",
        "14 characters",
        "12 characters, no spaces",
        "2 paragraphs",
    ]
    assert actions[0].isChecked()
    actions[1].trigger()
    assert window.status.words.text() == "14 characters"
    assert settings.count == "characters"
    assert "4 words" in window.status.words.accessibleDescription()
