"""Spelling in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from maria_editor.settings import Settings
from maria_editor.theme.menu import Menu
from maria_editor.window import spelling_flow
from maria_editor.window.main_window import MainWindow
from maria_editor.window.settings_card import SettingsCard
from maria_editor.window.settings_rooms import WritingRoom
from maria_editor.window.spelling_flow import Dictionaries


class TehIsWrong:
    """Knows every word but two."""

    def __init__(self) -> None:
        self.wrong = {"teh", "малчик"}

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


@pytest.fixture
def dictionaries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let there be dictionaries of five languages; return those that are opened."""
    opened: list[str] = []

    def open_speller(words: Path, language: str) -> TehIsWrong:
        opened.append(language)
        return TehIsWrong()

    installed = ("de_DE", "en_CA", "en_US", "ru_RU", "th_TH")
    monkeypatch.setattr(spelling_flow, "installed_languages", lambda: installed)
    monkeypatch.setattr(spelling_flow, "open_speller", open_speller)
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("de_AT"))
    return opened


def writing_room(window: MainWindow) -> WritingRoom:
    window.commands["settings"].trigger()
    (card,) = window.findChildren(SettingsCard)
    return next(room for room in card.rooms if isinstance(room, WritingRoom))


def test_the_language_is_chosen_in_the_settings(
    dictionaries: list[str], window: MainWindow, settings: Settings, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.spelling.opened):
        room = writing_room(window)
    button = room.language_button
    assert button.text() == "As the system: German (Germany)"
    menu = room.languages()
    # Thai parts its words by no space: there is nothing to look up.
    assert labels(menu) == [
        "As the system",
        "",
        "German (Germany)",
        "English (Canada)",
        "English (United States)",
        "Russian (Russia)",
    ]
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["As the system"]
    with qtbot.waitSignal(window.spelling.opened):
        menu.actions()[3].trigger()
    assert button.text() == "English (Canada)"
    assert button.accessibleName().endswith("English (Canada)")
    assert settings.spelling_language == "en_CA"
    with qtbot.waitSignal(window.spelling.opened):
        room.languages().actions()[0].trigger()
    assert settings.spelling_language == ""
    assert dictionaries == ["de_DE", "en_CA", "de_DE"]


def test_words_are_looked_up_in_the_script_of_the_dictionary(
    dictionaries: list[str], window: MainWindow, qtbot: QtBot
) -> None:
    window.page.load("On teh stairs стоит малчик, малчик.")
    with qtbot.waitSignal(window.spelling.opened):
        window.spelling.look_up()
    assert marked(window) == ["teh"]
    with qtbot.waitSignal(window.spelling.opened):
        window.spelling.choose_language("ru_RU")
    assert marked(window) == ["малчик"]


def marked(window: MainWindow) -> list[str]:
    """Return the unknown word that is selected when the next one is asked for, if any."""
    window.page.select_span(0, 0)
    window.commands["spelling"].trigger()
    return [word] if (word := window.page.textCursor().selectedText()) else []


def test_of_two_choices_the_last_one_holds(
    dictionaries: list[str], window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.spelling.opened):
        pass
    late = window.spelling._opener.number
    with qtbot.waitSignal(window.spelling.opened):
        window.spelling.choose_language("en_US")
    window.spelling._opener.opened.emit(late, None, Dictionaries((), ""))
    assert window.spelling.dictionaries.used == "en_US"


@pytest.fixture
def no_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling_flow, "installed_languages", tuple)


def test_without_dictionaries_there_is_nothing_to_choose(
    no_dictionaries: None, window: MainWindow, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.spelling.opened):
        room = writing_room(window)
    assert room.language_button.text() == "None installed"
    assert not room.language_button.isEnabled()


def test_without_a_dictionary_the_key_says_so(checked: MainWindow, settings: Settings) -> None:
    checked.spelling.use(None)
    checked.commands["spelling"].trigger()
    assert "no dictionary" in checked.notices.notice.news
    checked.commands["check_spelling"].trigger()
    assert not settings.spelling
    checked.commands["spelling"].trigger()
    assert "switched off" in checked.notices.notice.news
