"""The command palette."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from maria_editor.resources import resource_path
from maria_editor.window.actions import COMMANDS
from maria_editor.window.main_window import MainWindow
from maria_editor.window.palette import CommandPalette
from maria_editor.window.palette_entries import icon_of
from maria_editor.window.palette_list import SCROLL_BAR


@pytest.fixture
def palette(window: MainWindow) -> CommandPalette:
    window.commands["palette"].trigger()
    return window.palette_popup


def shown(palette: CommandPalette) -> list[str]:
    return [palette.model.entry(row).label for row in range(palette.model.rowCount())]


def test_every_other_command_is_there(palette: CommandPalette) -> None:
    heard = [command for command in COMMANDS if palette._actions[command.name].isEnabled()]
    assert palette.model.rowCount() == len(heard) - 1
    assert palette.field.hasFocus() or palette.window().focusWidget() is palette.field


def test_every_row_has_an_icon_of_ours(palette: CommandPalette) -> None:
    icons = {command.name: icon_of(command.name) for command in COMMANDS}
    missing = [
        name for name, icon in icons.items() if not resource_path(f"icons/{icon}.svg").is_file()
    ]
    assert missing == []
    shown = [palette.model.entry(row).icon for row in range(palette.model.rowCount())]
    assert all(shown)


def test_a_row_says_what_its_menu_would(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "blank length")
    assert shown(palette) == ["Blank length and rules"]


def test_a_scroll_bar_takes_nothing_from_the_rows(palette: CommandPalette) -> None:
    bar = palette.list.verticalScrollBar()
    assert bar.isVisible()
    row = palette.list.visualRect(palette.model.index(0))
    assert row.width() == palette.list.width() - SCROLL_BAR


def test_letters_narrow_and_enter_runs(
    window: MainWindow, palette: CommandPalette, qtbot: QtBot
) -> None:
    qtbot.keyClicks(palette.field, "wide col")
    assert shown(palette) == ["Wide column"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isHidden()
    assert window.commands["measure_80"].isChecked()
    assert window.focusWidget() is window.page


def test_arrows_go_around_and_escape_closes(
    window: MainWindow, palette: CommandPalette, qtbot: QtBot
) -> None:
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == palette.model.rowCount() - 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 0
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.isHidden()


def test_nothing_fits_and_nothing_runs(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "qqqq")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isHidden()
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)


def test_a_small_window_holds_it(window: MainWindow, palette: CommandPalette) -> None:
    window.resize(480, 320)
    assert palette.parentWidget().rect().adjusted(-20, -20, 20, 20).contains(palette.geometry())


def test_rows_say_menu_and_keys(palette: CommandPalette, qtbot: QtBot) -> None:
    qtbot.keyClicks(palette.field, "fill all")
    index = palette.model.index(0)
    said = palette.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Fill all blanks, Blanks, Ctrl+Shift+Enter"
    keys = {palette.model.entry(0).label: palette.model.entry(0).keys}
    assert keys == {"Fill all blanks": ("Ctrl", "Shift", "Enter")}


def test_a_click_runs_a_row(window: MainWindow, palette: CommandPalette) -> None:
    row = shown(palette).index("Narrow column")
    palette.list.clicked.emit(palette.model.index(row))
    assert window.commands["measure_60"].isChecked()
