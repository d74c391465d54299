"""Notices, hints and the tour name the keys the commands have, not those they came with."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from review_script import Script
from scripted_client import ScriptedEngine

from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.key_names import key_name, key_names
from maria_editor.theme.label import Label
from maria_editor.window.main_window import MainWindow
from maria_editor.window.settings_card import SettingsCard


def give(window: MainWindow, name: str, keys: str) -> None:
    assert window.settings_flow.keys.give(name, QKeySequence(keys)) == ""


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ("Ctrl+Return", ("Ctrl", "Enter")),
        ("Ctrl++", ("Ctrl", "+")),
        ("F8", ("F8",)),
        ("", ()),
    ],
)
def test_keys_are_spelled_in_one_way(keys: str, names: tuple[str, ...]) -> None:
    assert key_names(QKeySequence(keys)) == names
    assert key_name(QKeySequence(keys)) == "+".join(names)


def hints(window: MainWindow) -> list[str]:
    caps = window.empty.hints.findChildren(KeyCaps)
    return [shown.accessibleName() for shown in caps if shown.isVisible()]


def test_the_hints_of_an_empty_page(window: MainWindow) -> None:
    assert hints(window) == ["Ctrl+Shift+B", "Ctrl+Enter", "Ctrl+Shift+R", "Ctrl+Shift+P"]
    QApplication.processEvents()
    height = window.empty.hints.height()
    give(window, "fill", "Ctrl+J")
    give(window, "palette", "")
    assert hints(window) == ["Ctrl+Shift+B", "Ctrl+J", "Ctrl+Shift+R"]
    QApplication.processEvents()
    assert window.empty.hints.height() < height
    window.settings_flow.keys.reset_all()
    assert hints(window) == ["Ctrl+Shift+B", "Ctrl+Enter", "Ctrl+Shift+R", "Ctrl+Shift+P"]


@pytest.mark.parametrize(
    ("keys", "rest"),
    [
        ("Ctrl+J", "Select a word and press Ctrl+J."),
        ("", "Select a word and choose “Blank out word or selection” in the menus."),
    ],
)
@pytest.mark.parametrize("command", ["fill_all", "next_blank"])
def test_how_to_make_a_blank(window: MainWindow, command: str, keys: str, rest: str) -> None:
    give(window, "blank_out", keys)
    window.page.load("no blanks")
    window.commands[command].trigger()
    assert window.notices.notice.rest == rest


def test_how_to_find_one(window: MainWindow) -> None:
    give(window, "next_blank", "Ctrl+J")
    window.page.load("[MASK] and words")
    window.page.select_at(12, 12)
    window.commands["remove_blank"].trigger()
    assert window.notices.notice.rest == "Put the cursor beside one, or press Ctrl+J for the next."


def test_the_tour(window: MainWindow) -> None:
    window.commands["tour"].trigger()
    usual = window.page.text()
    assert "`Ctrl+Enter`" in usual
    give(window, "fill", "Ctrl+J")
    give(window, "palette", "")
    give(window, "stop", "F9")
    window.commands["tour"].trigger()
    expected = usual.replace("`Ctrl+Enter`", "`Ctrl+J`")
    expected = expected.replace("`Ctrl+Shift+P`", "the menu’s “Command palette”")
    assert window.page.text() == expected


def test_what_stops_the_model(window: MainWindow) -> None:
    give(window, "stop", "F9")
    window.status.progress.show_progress("Reading both sides", 0.5, can_stop=True)
    (caps,) = window.status.progress.findChildren(KeyCaps)
    assert caps.accessibleName() == "F9"


def test_a_review_says_its_keys(window: MainWindow, scripted: ScriptedEngine) -> None:
    give(window, "review_keep", "K")
    give(window, "review_leave_out", "")
    give(window, "next_blank", "F9")
    Script(window, scripted).propose(("side", "edge"))
    said = window.review_pages.main.accessibleDescription()
    assert said == "K keeps a change, F9 goes on"


def test_the_settings_name_them_too(window: MainWindow) -> None:
    give(window, "spelling", "F9")
    window.commands["settings"].trigger()
    (card,) = window.findChildren(SettingsCard)
    notes = [label.text() for label in card.findChildren(Label)]
    assert "Unknown words are underlined; press F9 for the next one." in notes
