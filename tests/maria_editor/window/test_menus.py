"""The menus of the page."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
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
