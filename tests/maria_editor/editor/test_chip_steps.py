"""A chip is one unit: for words, selections, the pointer, deletions and what is dropped."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.page import Page

_KEY, _BUTTON = Qt.Key, Qt.MouseButton
_NONE, _CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
RULED = '[MASK:allowed="red|pale blue"]'


def selected(page: Page) -> str:
    return page.textCursor().selectedText()


def middle_of(page: Page, position: int) -> QPoint:
    QApplication.processEvents()
    return page.chip_rect(position).center().toPoint()


def point_of(page: Page, position: int) -> QPoint:
    cursor = QTextCursor(page.document())
    cursor.setPosition(position)
    return page.cursorRect(cursor).center()


def drag(page: Page, start: QPoint, *stops: QPoint) -> None:
    view = page.viewport()
    # A press in a selection would carry it away.
    page.select_at(0, 0)
    QTest.mousePress(view, _BUTTON.LeftButton, _NONE, start)
    for stop in stops:
        place = QPointF(stop)
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(view.mapToGlobal(stop)),
            _BUTTON.NoButton,
            _BUTTON.LeftButton,
            _NONE,
        )
        QApplication.sendEvent(view, move)
    QTest.mouseRelease(view, _BUTTON.LeftButton, _NONE, stops[-1])


@pytest.mark.parametrize("literal", ["[MASK]", "[MASK:2-3]", RULED])
def test_a_chip_is_one_word_to_word_moves(page: Page, literal: str) -> None:
    page.load(f"the {literal} wind")
    end = 4 + len(literal)
    page.select_at(4, 4)
    QTest.keyClick(page, _KEY.Key_Right, _CTRL)
    assert page.textCursor().position() == end
    page.select_at(end + 1, end + 1)
    QTest.keyClick(page, _KEY.Key_Left, _CTRL)
    assert page.textCursor().position() == 4
    QTest.keyClick(page, _KEY.Key_Right, _CTRL | _SHIFT)
    assert selected(page) == literal


def test_deleting_words_stops_at_a_chip(page: Page) -> None:
    page.load("a [MASK] b")
    page.select_at(9, 9)
    delete = QKeySequence(QKeySequence.StandardKey.DeleteStartOfWord)[0]
    QTest.keyClick(page, delete.key(), delete.keyboardModifiers())
    assert page.text() == "a [MASK]b"
    QTest.keyClick(page, delete.key(), delete.keyboardModifiers())
    assert (page.text(), selected(page)) == ("a [MASK]b", "[MASK]")
    QTest.keyClick(page, delete.key(), delete.keyboardModifiers())
    assert page.text() == "a b"
    page.undo()
    page.undo()
    assert page.text() == "a [MASK] b"


def test_a_second_press_removes(page: Page) -> None:
    page.load("a [MASK:2] b")
    page.select_at(2, 2)
    QTest.keyClick(page, _KEY.Key_Delete)
    assert (page.text(), selected(page)) == ("a [MASK:2] b", "[MASK:2]")
    QTest.keyClick(page, _KEY.Key_Delete)
    assert page.text() == "a  b"


def test_clicking_twice_opens_and_selects(page: Page, qtbot: QtBot) -> None:
    page.load("🙂 a [MASK:2] b")
    with qtbot.waitSignal(page.chip_opened) as opened:
        QTest.mouseDClick(page.viewport(), _BUTTON.LeftButton, _NONE, middle_of(page, 5))
    assert opened.args == [5]
    assert selected(page) == "[MASK:2]"


def test_a_word_beside_a_chip_is_chosen_alone(page: Page) -> None:
    page.load("word[MASK]word")
    QTest.mouseDClick(page.viewport(), _BUTTON.LeftButton, _NONE, point_of(page, 2))
    assert selected(page) == "word"


def test_a_drag_from_a_chip_keeps_it_both_ways(page: Page) -> None:
    page.load("one two [MASK] three four")
    middle = middle_of(page, 8)
    drag(page, middle, point_of(page, 18), point_of(page, 20))
    assert selected(page) == "[MASK] three"
    drag(page, middle, point_of(page, 18), point_of(page, 6), point_of(page, 4))
    assert selected(page) == "two [MASK]"


def test_a_drag_over_a_chip_takes_all_or_nothing(page: Page) -> None:
    page.load("one two [MASK:2-3] three")
    rect = page.chip_rect(8)
    near, far = rect.left() + 5, rect.right() - 5
    y = round(rect.center().y())
    drag(page, point_of(page, 4), QPoint(round(near), y))
    assert selected(page) == "two "
    drag(page, point_of(page, 4), QPoint(round(far), y))
    assert selected(page) == "two [MASK:2-3]"


def test_what_is_dropped_on_a_chip_lands_beside_it(page: Page) -> None:
    page.load("a [MASK] b")
    inside = page.textCursor()
    inside.setPosition(6)
    page.blockSignals(True)
    page.setTextCursor(inside)
    page.blockSignals(False)
    data = QMimeData()
    data.setText("x")
    page.insertFromMimeData(data)
    assert page.text() in ("a x[MASK] b", "a [MASK]x b")


def test_cutting_and_pasting_takes_the_literal(page: Page) -> None:
    page.load("a [MASK:2] b")
    page.select_at(2, 2)
    QTest.keyClick(page, _KEY.Key_Right, _SHIFT)
    page.cut()
    assert page.text() == "a  b"
    page.select_at(0, 0)
    page.paste()
    assert page.text() == "[MASK:2]a  b"


def test_a_right_click_on_a_chip_takes_nothing_along_later(page: Page) -> None:
    page.load("one [MASK] two three [MASK] four")
    page.select_at(4, 10)
    # The release goes to the menu.
    QTest.mousePress(page.viewport(), _BUTTON.RightButton, _NONE, middle_of(page, 4))
    page.select_at(21, 27)
    assert selected(page) == "[MASK]"
    assert page.textCursor().selectionStart() == 21
