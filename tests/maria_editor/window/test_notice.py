"""The strip of notices: a long one gives way, and whatever a file is called is only text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.theme.button import Button
from maria_editor.theme.label import Label
from maria_editor.window.main_window import MainWindow
from maria_editor.window.notice import Notice, Step


def labels(window: MainWindow) -> list[Label]:
    return window.notices.findChildren(Label)


def test_a_long_path_gives_way_to_the_window_and_is_whole_in_the_tool_tip(
    window: MainWindow,
) -> None:
    window.resize(800, 600)
    news = f"Could not save /home/{'folder/' * 40}a.md: no space left on device."
    window.notices.show_notice(Notice(news, steps=(Step("Save elsewhere…", list),)))
    QApplication.processEvents()
    assert window.minimumSizeHint().width() < 400
    assert window.width() == 800
    assert all(label.geometry().right() < 800 for label in labels(window))
    window.grab()
    assert news in [label.toolTip() for label in labels(window)]


def test_a_short_notice_is_shown_whole(window: MainWindow) -> None:
    window.notices.show_notice(Notice("This file was moved or deleted.", "Your text is here."))
    window.grab()
    assert {label.toolTip() for label in labels(window)} == {""}
    for label in labels(window):
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())


def test_signs_in_a_name_are_no_markup(window: MainWindow) -> None:
    window.notices.show_notice(Notice("“<b>bold</b>.md” does not exist."))
    assert {label.textFormat() for label in labels(window)} == {Qt.TextFormat.PlainText}


def test_a_warning_that_was_not_read_comes_back(window: MainWindow) -> None:
    strip, stands = window.notices, True
    first = Notice("“big.txt” has 95 MB.", is_warning=True)
    second = Notice("No model.", is_warning=True, stands=lambda: stands)
    for notice in (first, second, Notice("Saved."), Notice("Saved again.")):
        strip.show_notice(notice)
    strip._cross.click()
    assert strip.notice is second
    stands = False
    strip.show_notice(Notice("Other news."))
    strip._cross.click()
    assert strip.notice is first
    strip._cross.click()
    assert strip.isHidden()
    for notice in (first, second):
        strip.show_notice(notice)
    strip.dismiss()
    assert strip.isHidden()
    strip.show_notice(Notice("Saved."))
    strip._cross.click()
    assert strip.isHidden()


@pytest.mark.parametrize("opens", ["notice", "find", "replace"])
def test_the_line_that_is_written_stays_in_view_above_or_below_a_bar(
    window: MainWindow, opens: str
) -> None:
    page = window.page
    page.load("He ran along the quay until the lamps went out. " * 400)
    page.select_at(9000, 9000)
    bar = page.verticalScrollBar()
    bar.setValue(bar.value() + page.cursorRect().top() - page.viewport().height())
    page.ensureCursorVisible()
    QApplication.processEvents()
    height = page.viewport().height()
    assert page.cursorRect().bottom() >= height - 2
    if opens == "notice":
        window.notices.show_notice(Notice("Something has happened."))
    else:
        window.commands[opens].trigger()
    QApplication.processEvents()
    assert page.viewport().height() < height
    assert page.cursorRect().bottom() < page.viewport().height()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_key_presses_the_step_that_has_the_focus(
    window: MainWindow, qtbot: QtBot, key: Qt.Key
) -> None:
    taken: list[str] = []
    window.page.load("One")
    step = Step("Compare", lambda: taken.append("compared"))
    window.notices.show_notice(Notice("Something has happened.", steps=(step,)))
    button = next(b for b in window.notices.findChildren(Button) if b.text() == "Compare")
    button.setFocus()
    qtbot.keyClick(button, key)
    assert taken == ["compared"]
    assert window.page.text() == "One"


def test_so_it_does_in_the_top_row(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.top_row.refine_requested):
        qtbot.keyClick(window.top_row.refine, Qt.Key.Key_Return)
