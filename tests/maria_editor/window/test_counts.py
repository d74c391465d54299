"""The counts in the status bar."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.counting import sentences
from maria_editor.settings import Settings
from maria_editor.window.main_window import MainWindow
from maria_editor.window.statistics_card import StatisticsCard


def test_the_selection_is_counted(window: MainWindow, qtbot: QtBot) -> None:
    window.page.load("one two\nthree 🙂")
    assert window.status.words.text() == "4 words"
    window.page.select_span(4, 13)
    qtbot.waitUntil(lambda: window.status.words.text() == "2 of 4 words")
    window.page.select_at(0, 0)
    qtbot.waitUntil(lambda: window.status.words.text() == "4 words")


def test_a_longer_count_has_its_room_in_the_very_next_frame(window: MainWindow) -> None:
    words = window.status.words
    window.page.load("one two\nthree " * 100)
    QApplication.processEvents()
    window.page.select_span(0, 3)
    window.counting.show_counts()
    assert words.text() == "1 of 300 words"
    assert words.width() == words.sizeHint().width()


def card(window: MainWindow) -> StatisticsCard:
    window.status.words.click()
    (found,) = window.findChildren(StatisticsCard)
    return found


def test_a_click_shows_every_count_and_chooses_one(window: MainWindow, settings: Settings) -> None:
    window.page.load("# A title\n\nOne two [MASK]. “Three?” Four")
    shown = card(window)
    assert [fact[1:] for fact in shown.facts] == [
        ("8",),
        ("38",),
        ("32",),
        ("3",),
        ("2",),
        ("1",),
        ("under a minute",),
    ]
    shown.shown.chosen.emit(1)
    assert window.status.words.text() == "38 characters"
    assert settings.count == "characters"
    assert "8 words" in window.status.words.accessibleDescription()


def test_the_selection_has_a_column_of_its_own(window: MainWindow) -> None:
    window.page.load("One two. Three four five.")
    window.page.select_span(9, 25)
    shown = card(window)
    assert shown.facts[0] == ("", "Text", "Selection")
    assert shown.facts[1] == ("Words", "5", "3")
    assert shown.facts[4] == ("Sentences", "2", "1")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("No end", 1),
        ("One. Two! Three?", 3),
        ("One. And two", 2),
        ("“Oh…” he said. “No.”", 2),
        ("3.14 is one.", 1),
        ("# Heading.\n\nText.", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert sentences(text) == count
