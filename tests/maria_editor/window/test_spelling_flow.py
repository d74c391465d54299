"""Spelling in the window."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.settings import Settings
from maria_editor.theme.menu import Menu
from maria_editor.window.main_window import MainWindow


class TehIsWrong:
    """Knows every word but one."""

    def __init__(self) -> None:
        self.wrong = {"teh"}

    def is_known(self, word: str) -> bool:
        return word not in self.wrong

    def suggestions(self, word: str) -> list[str]:
        return ["the", "tea"]

    def add(self, word: str) -> None:
        self.wrong.discard(word)

    def ignore(self, word: str) -> None:
        self.wrong.discard(word)


@pytest.fixture
def checked(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Return a window with the dictionary of this test, after its own has been opened."""
    with qtbot.waitSignal(window.spelling.opened):
        pass
    window.spelling.use(TehIsWrong())
    window.page.load("🙂 On teh stairs.\n\nIn teh dark.")
    return window


def offered(window: MainWindow, position: int) -> Menu:
    menu = window.menu.menu_at(None)
    window.spelling.extend(menu, position)
    return menu


def labels(menu: Menu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_a_menu_offers_likelier_words(checked: MainWindow) -> None:
    menu = offered(checked, 7)
    assert labels(menu)[:5] == ["the", "tea", "", "Add to dictionary", "Ignore for now"]
    menu.actions()[0].trigger()
    assert checked.page.text() == "🙂 On the stairs.\n\nIn teh dark."
    checked.page.undo()
    assert checked.page.text() == "🙂 On teh stairs.\n\nIn teh dark."
    assert "the" not in labels(offered(checked, 1))


def test_the_key_goes_from_one_to_the_next(
    checked: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Menu, "popup", lambda menu, point: None)
    places = []
    for _ in range(3):
        checked.commands["spelling"].trigger()
        places.append(checked.page.textCursor().selectionStart())
    assert places == [6, 22, 6]
    offered(checked, 6).actions()[3].trigger()
    checked.commands["spelling"].trigger()
    assert checked.notices.notice.news == "No unknown words."


def test_unknown_words_are_underlined_until_they_are_known(checked: MainWindow) -> None:
    def picture() -> object:
        return checked.page.viewport().grab().toImage()

    marked = picture()
    checked.commands["check_spelling"].trigger()
    plain = picture()
    assert plain != marked
    checked.commands["check_spelling"].trigger()
    assert picture() == marked
    offered(checked, 7).actions()[4].trigger()
    assert picture() == plain


def test_without_a_dictionary_the_key_says_so(checked: MainWindow, settings: Settings) -> None:
    checked.spelling.use(None)
    checked.commands["spelling"].trigger()
    assert "no dictionary" in checked.notices.notice.news
    checked.commands["check_spelling"].trigger()
    assert not settings.spelling
    checked.commands["spelling"].trigger()
    assert "switched off" in checked.notices.notice.news
