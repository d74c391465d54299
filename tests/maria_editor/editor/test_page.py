"""The page: text in and out, chips as units, formats that leave no trace in the history."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.chips import ChipState
from maria_editor.editor.page import Page

# No-break space, line separator, emoji of two and of seven units, combining marks, right to left.
ODD = "caf\u00e9 n\u00a0b line\u2028sep 🙂 👩‍🚀 e\u0301 שלום (עולם)"


def chip_line(page: Page) -> float:
    """Return the width of the first line up to its end."""
    QApplication.processEvents()
    return page.document().begin().layout().lineAt(0).naturalTextWidth()


def test_text_comes_back_as_it_went_in(page: Page) -> None:
    text = f"# One\n\n{ODD} [MASK] {ODD}\n"
    page.load(text)
    assert page.text() == text
    assert not page.document().isModified()
    assert not page.document().isUndoAvailable()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
@settings(max_examples=60)
def test_any_text_comes_back(text: str) -> None:
    # One page for all examples would carry its history from one to the next.
    page = _PAGES[0]
    text = text.translate({0x2029: " ", 0xFDD0: " ", 0xFDD1: " ", 0xFFFC: " "})
    page.load(text)
    assert page.text() == text


_PAGES: list[Page] = []


@pytest.fixture(autouse=True)
def _share(page: Page) -> None:
    _PAGES[:] = [page]


def test_replacing_is_one_undo_step_and_touches_nothing_else(page: Page) -> None:
    text = f"{ODD} [MASK] {ODD} [MASK:2] {ODD}"
    page.load(text)
    first, second = text.index("[MASK]"), text.index("[MASK:2]")
    page.replace([(first, first + 6, "tea"), (second, second + 8, "two 🙂s")])
    assert page.text() == f"{ODD} tea {ODD} two 🙂s {ODD}"
    page.undo()
    assert page.text() == text
    assert not page.document().isUndoAvailable()
    page.redo()
    assert page.text() == f"{ODD} tea {ODD} two 🙂s {ODD}"


def test_what_is_typed_behind_new_words_is_undone_by_itself(page: Page, qtbot: QtBot) -> None:
    page.load("A cup of [MASK].")
    page.replace([(9, 15, "tea")])
    page.select_at(12, 12)
    qtbot.keyClicks(page, " and more")
    assert page.text() == "A cup of tea and more."
    page.undo()
    assert page.text() == "A cup of tea."
    page.undo()
    assert page.text() == "A cup of [MASK]."
    page.redo()
    page.redo()
    assert page.text() == "A cup of tea and more."
    qtbot.keyClick(page, Qt.Key.Key_Backspace)
    page.undo()
    assert page.text() == "A cup of tea and more."


def test_looks_are_neither_edits_nor_undo_steps(page: Page) -> None:
    page.load("# Title\n\nHe *ran* to the [MASK] and **back**.")
    revision = page.revision
    page.set_zoom(150)
    start = page.text().index("[MASK]")
    page.set_chips([(start, start + 6)], ChipState.PREVIEW, "harbour")
    page.clear_chips()
    assert page.revision == revision
    assert not page.document().isModified()
    assert not page.document().isUndoAvailable()


def test_a_chip_takes_the_width_of_what_it_shows(page: Page) -> None:
    page.load("[MASK]")
    empty = chip_line(page)
    assert empty == pytest.approx(96, abs=1)
    page.set_chips([(0, 6)], ChipState.PREVIEW, "unmistakable")
    assert chip_line(page) > empty + 20
    page.clear_chips()
    assert chip_line(page) == pytest.approx(empty)


def height_of(page: Page, number: int) -> float:
    """Return how tall a paragraph of one line is."""
    block = page.document().findBlockByNumber(number)
    return page.document().documentLayout().blockBoundingRect(block).height()


def test_a_typed_heading_takes_its_line_height_with_it_through_undo(
    page: Page, qtbot: QtBot
) -> None:
    page.load("one")
    plain = height_of(page, 0)
    page.select_at(0, 0)
    qtbot.keyClicks(page, "# ")
    assert page.text() == "# one"
    assert height_of(page, 0) > plain
    while page.document().isUndoAvailable():
        page.undo()
    assert page.text() == "one"
    assert height_of(page, 0) == plain
    assert page.document().isRedoAvailable()
    while page.document().isRedoAvailable():
        page.redo()
    assert page.text() == "# one"
    assert height_of(page, 0) > plain


def test_a_line_after_a_heading_is_plain(page: Page, qtbot: QtBot) -> None:
    page.load("# one")
    page.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClick(page, Qt.Key.Key_Return)
    qtbot.keyClicks(page, "two")
    assert height_of(page, 1) < height_of(page, 0)


def test_arrow_keys_step_over_a_chip(page: Page, qtbot: QtBot) -> None:
    page.load("a [MASK] b")
    page.select_at(2, 2)
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert page.textCursor().position() == 8
    qtbot.keyClick(page, Qt.Key.Key_Left)
    assert page.textCursor().position() == 2
    qtbot.keyClick(page, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.textCursor().selectedText() == "[MASK]"


def test_no_move_ends_inside_a_chip(page: Page, qtbot: QtBot) -> None:
    page.load("aaaa [MASK:2-3] bbbb\ncc cc cc cc cc cc")
    for position in range(len(page.text())):
        page.select_at(position, position)
        qtbot.keyClick(page, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(page, Qt.Key.Key_Up)
        assert not 5 < page.textCursor().position() < 15


@pytest.mark.parametrize(("key", "caret"), [(Qt.Key.Key_Backspace, 8), (Qt.Key.Key_Delete, 2)])
def test_a_chip_is_selected_first_and_removed_then(
    page: Page, qtbot: QtBot, key: Qt.Key, caret: int
) -> None:
    page.load("a [MASK] b")
    page.select_at(caret, caret)
    qtbot.keyClick(page, key)
    assert page.text() == "a [MASK] b"
    assert chip_selected(page.states, page.textCursor()) is not None
    qtbot.keyClick(page, key)
    assert page.text() == "a  b"


def test_a_click_takes_the_whole_chip(page: Page, qtbot: QtBot) -> None:
    page.load("a [MASK] b")
    middle = page.chip_rect(2).center().toPoint()
    qtbot.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=middle + QPoint(10, 0))
    assert page.textCursor().selectedText() == "[MASK]"
    assert page.chip_at(page.chip_rect(2).center()) is not None


def test_copy_gives_the_literal_as_plain_text(page: Page) -> None:
    page.load("a [MASK:2-3] b\nc")
    page.selectAll()
    page.copy()
    data = QApplication.clipboard().mimeData()
    assert data.text() == "a [MASK:2-3] b\nc"
    assert not data.hasHtml()


def test_states_follow_their_blank_through_edits(page: Page, qtbot: QtBot) -> None:
    page.load("a [MASK] b [MASK]")
    page.set_chips([(11, 17)], ChipState.PENDING)
    page.select_at(0, 0)
    qtbot.keyClicks(page, "xyz")
    chips = page.states.chips(page.document().begin())
    assert [chip.state for chip in chips] == [ChipState.EMPTY, ChipState.PENDING]


@pytest.mark.parametrize("zoom", [80, 100, 200])
@pytest.mark.parametrize("width", [480, 900, 1600])
def test_the_column_is_centred_or_gives_way(page: Page, zoom: int, width: int) -> None:
    page.load(ODD * 200)
    page.set_zoom(zoom)
    page.resize(width, 600)
    QApplication.processEvents()
    viewport = page.viewport().geometry()
    assert viewport.width() > 0
    assert viewport.right() <= page.width()
    free = page.width() - viewport.width()
    assert viewport.left() == pytest.approx(free / 2, abs=13)


def test_line_heights_follow_the_zoom(page: Page) -> None:
    page.load("one two " * 60)
    layout = page.document().begin().layout()

    def pitch() -> float:
        QApplication.processEvents()
        return layout.lineAt(1).y() - layout.lineAt(0).y()

    assert pitch() == pytest.approx(32, abs=0.1)
    page.set_zoom(150)
    assert pitch() == pytest.approx(48, abs=0.3)
