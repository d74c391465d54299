"""F6 leads the keyboard from pane to pane, and Escape back to the text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from review_script import Script
from scripted_client import ScriptedEngine

from maria_editor.window.main_window import MainWindow
from maria_editor.window.notice import Notice

_SHIFT = Qt.KeyboardModifier.ShiftModifier


def pane(window: MainWindow) -> str:
    """Return the name of the pane that has the keyboard."""
    panes: dict[str, QWidget] = {
        "text": window.page,
        "likelihood": window.likelihood_panel,
        "find": window.find_bar,
        "status": window.status,
        "notice": window.notices,
        "top": window.top_row,
    }
    focused = window.focusWidget()
    assert focused is not None
    return next(n for n, w in panes.items() if focused is w or w.isAncestorOf(focused))


def walk(window: MainWindow, qtbot: QtBot, steps: int, *, backwards: bool = False) -> list[str]:
    modifier = _SHIFT if backwards else Qt.KeyboardModifier.NoModifier
    way = []
    for _ in range(steps):
        focused = window.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_F6, modifier)
        way.append(pane(window))
    return way


def test_from_the_text_to_the_bars_and_round(window: MainWindow, qtbot: QtBot) -> None:
    assert pane(window) == "text"
    assert walk(window, qtbot, 3) == ["status", "top", "text"]
    assert walk(window, qtbot, 3, backwards=True) == ["top", "status", "text"]


def test_what_is_open_lies_on_the_way(window: MainWindow, qtbot: QtBot) -> None:
    window.page.load("A cup of tea.")
    window.commands["likelihood"].trigger()
    window.commands["find"].trigger()
    window.notices.show_notice(Notice("News."))
    window.page.setFocus()
    way = walk(window, qtbot, 6)
    assert way == ["likelihood", "find", "status", "notice", "top", "text"]


def test_in_focus_mode_there_is_only_the_text(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["focus_mode"].trigger()
    assert walk(window, qtbot, 1) == ["text"]


def test_a_pane_is_entered_where_it_was_left(window: MainWindow, qtbot: QtBot) -> None:
    window.top_row.likelihood.setFocus()
    assert walk(window, qtbot, 3) == ["text", "status", "top"]
    assert window.focusWidget() is window.top_row.likelihood


def test_escape_leads_back_to_the_text_last(window: MainWindow, qtbot: QtBot) -> None:
    window.notices.show_notice(Notice("News."))
    window.status.words.setFocus()
    qtbot.keyClick(window.status.words, Qt.Key.Key_Escape)
    assert window.notices.isHidden()
    assert pane(window) == "status"
    qtbot.keyClick(window.status.words, Qt.Key.Key_Escape)
    assert pane(window) == "text"


def test_a_card_keeps_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["settings"].trigger()
    QApplication.processEvents()
    focused = window.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_F6)
    assert window.focusWidget() is focused


def test_the_panel_goes_and_the_last_one_comes_back(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    def press() -> None:
        focused = window.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | _SHIFT)

    Script(window, scripted).propose(("side", "edge"))
    assert window.panel.isVisible()
    press()
    assert not window.panel.isVisible()
    press()
    assert window.panel.isVisible()
    window.commands["likelihood"].trigger()
    assert (window.panel.isVisible(), window.likelihood_panel.isVisible()) == (False, True)
    press()
    assert not window.likelihood_panel.isVisible()
    press()
    assert window.likelihood_panel.isVisible()
