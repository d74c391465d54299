"""Whose keys they are when words arrive: a writer who waits gets the popup, one who writes does not
lose a letter to it.
"""

from __future__ import annotations

import pytest
from candidates_script import BUN, TEA, Held, Key, found, offer, press, previews
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.window.main_window import MainWindow

TEXT = "A cup of [MASK] and a [MASK].\n\nThe end."


def ask(window: MainWindow, text: str = TEXT) -> None:
    window.page.load(text)
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    window.filling.fill_all()


def answer(scripted: ScriptedEngine, text: str = TEXT) -> None:
    scripted.answer((found(0, text, TEA), found(1, text, BUN)))


def write(qtbot: QtBot, window: MainWindow, words: str) -> None:
    """Press keys where the keyboard is."""
    for letter in words:
        focused = window.focusWidget()
        assert focused is not None
        if letter == "\n":
            qtbot.keyClick(focused, Key.Key_Return)
        else:
            qtbot.keyClicks(focused, letter)


def test_who_waits_gets_the_popup_with_the_keyboard(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    answer(scripted)
    popup = window.candidates.popup
    assert popup.isVisible()
    qtbot.waitUntil(lambda: popup.has_keyboard)
    assert window.focusWidget() is popup.list
    assert not popup.way_in.isVisible()


def test_what_is_written_while_the_model_works_stays_in_the_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    write(qtbot, window, " She went")
    answer(scripted)
    popup = window.candidates.popup
    assert popup.isVisible()
    assert popup.is_aside
    assert popup.way_in.isVisible()
    write(qtbot, window, " on 1 2\n3")
    assert window.page.text() == f"{TEXT} She went on 1 2\n3"
    assert previews(window) == ["tea", "bun"]
    assert popup.isVisible()
    line = window.page.cursorRect()
    corner = window.page.viewport().mapTo(window, QPoint(0, line.top()))
    written = QRect(corner, line.size()).adjusted(0, 0, window.page.viewport().width(), 0)
    assert not popup.panel_rect().intersects(written)


def test_alt_down_gives_the_keyboard_to_a_popup_that_stands_aside(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    write(qtbot, window, "!")
    answer(scripted)
    qtbot.keyClick(window.page, Key.Key_Down, Held.AltModifier)
    popup = window.candidates.popup
    assert popup.has_keyboard
    assert previews(window) == ["tea", "bun"]
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == TEXT.replace("[MASK]", "tea", 1) + "!"


def test_a_click_gives_it_the_keyboard_and_escape_closes_it(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    popup = window.candidates.popup
    for is_clicked in (True, False):
        ask(window)
        write(qtbot, window, "!")
        answer(scripted)
        if is_clicked:
            qtbot.waitUntil(lambda: not popup._is_new)
            qtbot.mouseClick(popup, Qt.MouseButton.LeftButton, pos=popup.title.geometry().center())
            assert popup.has_keyboard
        focused = window.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Key.Key_Escape)
        assert not popup.isVisible()
        assert previews(window) == []
        assert window.page.text() == f"{TEXT}!"
        assert window.focusWidget() is window.page


def test_a_key_in_the_moment_the_popup_opens_was_meant_for_the_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    answer(scripted)
    write(qtbot, window, "1")
    popup = window.candidates.popup
    qtbot.waitUntil(lambda: popup.is_aside)
    assert window.page.text() == f"{TEXT}1"
    assert window.focusWidget() is window.page


def test_a_click_in_the_moment_the_popup_opens_was_meant_for_what_it_covers(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    answer(scripted)
    popup = window.candidates.popup
    rows = popup.list.viewport()
    at = popup.list.visualRect(popup.list.candidates.index(1)).center()
    qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=at)
    popup.accept_all.click()
    assert window.page.text() == TEXT
    qtbot.waitUntil(lambda: not popup._is_new)
    qtbot.mouseClick(rows, Qt.MouseButton.LeftButton, pos=at)
    assert window.page.text() == TEXT.replace("[MASK]", "coffee", 1)


def test_a_popup_that_stands_aside_stays_when_the_keyboard_goes_back_to_the_text(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    ask(window)
    window.commands["find"].trigger()
    answer(scripted)
    window.page.setFocus()
    popup = window.candidates.popup
    assert popup.isVisible()
    window.commands["find"].trigger()
    window.status.saved.setFocus()
    assert not popup.isVisible()
    assert previews(window) == ["tea", "bun"]


def test_a_word_that_is_being_composed_is_not_torn_away(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    ask(window)
    QApplication.sendEvent(window.page, QInputMethodEvent("にほ", []))
    answer(scripted)
    assert window.candidates.popup.is_aside
    assert window.page.textCursor().block().layout().preeditAreaText() == "にほ"
    done = QInputMethodEvent("", [])
    done.setCommitString("日本")
    QApplication.sendEvent(window.page, done)
    assert window.page.text() == f"{TEXT}日本"


def test_a_field_that_is_written_in_keeps_the_keyboard(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    ask(window)
    window.commands["find"].trigger()
    field = window.focusWidget()
    assert field is not window.page
    answer(scripted)
    assert window.candidates.popup.is_aside
    assert window.focusWidget() is field


@pytest.mark.parametrize("is_written_in", [True, False])
def test_a_field_that_was_asked_from_keeps_the_keyboard_if_it_is_written_in(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot, is_written_in: bool
) -> None:
    window.page.load(TEXT)
    window.commands["find"].trigger()
    window.commands["fill_all"].trigger()
    if is_written_in:
        write(qtbot, window, "tea")
    answer(scripted)
    popup = window.candidates.popup
    assert popup.is_aside == is_written_in
    if not is_written_in:
        qtbot.waitUntil(lambda: popup.has_keyboard)


def test_a_popup_that_is_looked_at_does_not_change_under_the_hands(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    ask(window)
    answer(scripted)
    window.candidates.close()
    window.filling.fill((0,))
    window.page.select_span(TEXT.rindex("[MASK]"), TEXT.rindex("[MASK]"))
    assert window.candidates.open_here()
    assert window.candidates.popup.title.text() == "Blank 2 of 2"
    scripted.answer((found(0, TEXT, TEA),))
    assert window.candidates.popup.title.text() == "Blank 2 of 2"
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == "A cup of [MASK] and a bun.\n\nThe end."


def test_the_page_is_not_scrolled_under_the_hands(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = TEXT + "\n\nOn and on." * 60
    ask(window, text)
    window.page.ensureCursorVisible()
    write(qtbot, window, " So")
    top = window.page.verticalScrollBar().value()
    assert top > window.height()
    answer(scripted, text)
    # At most as far as the notice needs room: what is written is still in view.
    assert top <= window.page.verticalScrollBar().value() <= top + window.notices.height()
    caret = window.page.cursorRect()
    assert 0 <= caret.top() < caret.bottom() <= window.page.viewport().height()
    assert not window.candidates.popup.isVisible()
    notice = window.notices.notice
    assert notice.news == "Suggestions are ready."
    notice.steps[0].action()
    assert window.candidates.popup.has_keyboard
    assert window.page.verticalScrollBar().value() < top
    window.candidates.dismiss()
    assert window.notices.isHidden()


@pytest.mark.parametrize(("index", "title"), [(0, "Blank 1 of 2"), (1, "Blank 2 of 2")])
def test_the_popup_says_which_blank_of_the_page_it_is_about(
    window: MainWindow, scripted: ScriptedEngine, index: int, title: str
) -> None:
    window.page.load(f"🙂 {TEXT}")
    window.filling.fill((index,))
    scripted.answer((found(index, f"🙂 {TEXT}", TEA),))
    assert window.candidates.popup.title.text() == title


def test_offers_of_the_last_text_do_not_open_in_the_next(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    window.page.load("Another text.")
    assert not window.candidates.popup.isVisible()
    write(qtbot, window, "1")
    assert window.page.text() == "1Another text."
