"""The menus of the page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.editor.chip_steps import chip_selected
from maria_editor.theme.menu import Menu
from maria_editor.window.main_window import MainWindow
from maria_model.api import FillRequest


def labels(menu: Menu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def find(menu: Menu, label: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == label)


@pytest.fixture
def menu(window: MainWindow) -> Menu:
    window.page.load("🙂 oil can tucked against her [MASK].")
    start = window.page.text().index("tucked")
    window.page.select_span(start, start + 6)
    window.blanking.blank_out()
    return window.menu.menu_at(window.page.position(start))


def test_a_blank_offers_what_can_be_done_with_it(menu: Menu) -> None:
    assert labels(menu) == [
        "Fill this blank",
        "Fill all blanks",
        "Length and rules…",
        "Link with…",
        "Put “tucked” back",
        "Remove blank",
        "Copy",
        "Paste",
    ]


def test_this_blank_alone_is_filled(
    window: MainWindow, scripted: ScriptedEngine, menu: Menu
) -> None:
    find(menu, "Fill this blank").trigger()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks == (0,)


def test_words_go_back_and_blanks_go_away(window: MainWindow, menu: Menu) -> None:
    find(menu, "Put “tucked” back").trigger()
    assert window.page.text() == "🙂 oil can tucked against her [MASK]."
    start = window.page.text().index("[MASK]")
    other = window.menu.menu_at(window.page.position(start))
    assert not any(label.startswith("Put ") for label in labels(other))
    find(other, "Remove blank").trigger()
    assert window.page.text() == "🙂 oil can tucked against her ."


def link_menu(window: MainWindow, position: int) -> Menu:
    menu = window.menu.menu_at(window.page.position(position))
    found = find(menu, "Link with…").menu()
    assert isinstance(found, Menu)
    return found


def test_a_blank_links_with_a_name_or_with_another_blank(window: MainWindow) -> None:
    text = "[MASK:2,name=hero] went & saw [MASK] near\nthe [MASK] of old"
    window.page.load(text)
    start = text.index("[MASK] near")
    menu = link_menu(window, start)
    assert labels(menu) == ["hero", "Blank 3: the ___ of old"]
    menu.actions()[1].trigger()
    assert window.page.text() == text.replace("[MASK]", "[MASK:name=word]")
    window.page.undo()
    link_menu(window, start).actions()[0].trigger()
    assert window.page.text() == text.replace("[MASK] near", "[MASK:2,name=hero] near")
    find(link_menu(window, 0), "Unlink").trigger()
    assert window.page.text().startswith("[MASK:2] went")


def test_a_selection_with_several_blanks_is_linked_whole(window: MainWindow) -> None:
    window.page.load("a [MASK] b [MASK] c")
    window.page.selectAll()
    menu = window.menu.menu_at(2)
    assert "Link blanks" in labels(menu)
    assert "Blank each word of the selection" in labels(menu)
    find(menu, "Link blanks").trigger()
    assert window.page.text() == "a [MASK:name=word] b [MASK:name=word] c"


def test_length_and_rules_open_from_the_menu(window: MainWindow, menu: Menu) -> None:
    find(menu, "Length and rules…").trigger()
    assert window.blanks.popover.isVisible()


def test_the_chip_is_ringed_while_its_menu_is_open(window: MainWindow, menu: Menu) -> None:
    assert chip_selected(window.page.states, window.page.textCursor()) is not None


def test_a_place_without_a_blank_offers_the_text(window: MainWindow) -> None:
    names = labels(window.menu.menu_at(None))
    assert names[0] == "Blank out word or selection"
    assert "Paste" in names


def test_a_menu_draws_itself(window: MainWindow, menu: Menu) -> None:
    menu.aboutToShow.emit()
    menu.resize(menu.sizeHint())
    menu.setActiveAction(menu.actions()[0])
    image = menu.grab().toImage()
    panel = menu.panel_rect()
    assert image.pixelColor(panel.center()).alpha() == 255
    assert image.pixelColor(1, 1).alpha() < 40
    assert panel.width() > 240


def test_a_blank_is_not_linked_with_one_that_cannot_be_read(window: MainWindow) -> None:
    window.page.load("One [MASK] and [MASK:0] and [MASK].")
    link = find(window.menu.menu_at(4), "Link with…").menu()
    assert isinstance(link, Menu)
    assert [label.partition(":")[0] for label in labels(link)] == ["Blank 3"]


def opened(window: MainWindow) -> Menu:
    """Return the menu that is shown."""
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, Menu)
    menu.close()
    return menu


def test_keys_open_the_menu_of_the_blank_at_the_caret(window: MainWindow, qtbot: QtBot) -> None:
    window.page.load("A cup of [MASK].")
    window.page.setFocus()
    window.commands["next_blank"].trigger()
    qtbot.keyClick(window.page, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert labels(opened(window))[0] == "Fill this blank"


def test_a_right_click_outside_the_selection_is_about_the_words_under_it(
    window: MainWindow,
) -> None:
    window.page.load("A cup of tea.")
    window.page.select_span(0, 5)
    for index, selected in ((3, "A cup"), (10, "")):
        cursor = window.page.textCursor()
        cursor.setPosition(index)
        point = window.page.cursorRect(cursor).center()
        reason = QContextMenuEvent.Reason.Mouse
        at = window.page.viewport().mapToGlobal(point)
        window.page.menu_requested.emit(QContextMenuEvent(reason, point, at))
        assert labels(opened(window))[0] == "Alternatives"
        assert window.page.textCursor().selectedText() == selected
    assert window.page.textCursor().position() == 10
