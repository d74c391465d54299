"""The review: nothing changes before Apply, decisions stay, every key and button does its part."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSlider, QApplication
from pytestqt.qtbot import QtBot
from review_script import PAIRS, TEXT, Script, press, review_of, trigger
from scripted_client import ScriptedEngine

from maria_editor.editor.review_text import Decision
from maria_editor.window.main_window import MainWindow


def test_nothing_changes_before_apply_and_apply_is_one_step(
    window: MainWindow, script: Script
) -> None:
    script.propose(*PAIRS)
    page = window.page
    assert page.text() == TEXT
    assert not page.document().isModified()
    assert not page.document().isUndoAvailable()
    assert window.top_row.refine.isChecked()
    assert window.panel.apply.text() == "Apply 3 changes"
    window.panel.apply.click()
    expected = TEXT.replace("walked", "went").replace("side", "edge 🙂").replace("sea", "lake")
    assert page.text() == expected
    assert not window.reviewing.is_open
    assert window.panel.isHidden()
    page.undo()
    assert page.text() == TEXT
    assert not page.document().isUndoAvailable()
    (version,) = window.safety.versions.ring.all()
    assert version.text == TEXT


def test_both_versions_are_shown_in_the_text_around_them(
    window: MainWindow, script: Script
) -> None:
    script.propose(("walked", "went"))
    shown = window.review_pages.main.text()
    assert shown == TEXT.replace("walked", "walked\u00a0went")
    assert window.review_pages.main.isReadOnly()
    assert window.page.isHidden()


def test_the_result_and_both_columns_can_be_seen(window: MainWindow, script: Script) -> None:
    script.propose(("walked", "went"), ("side", "edge"))
    trigger(window, "leave_out")
    trigger(window, "result")
    pages = window.review_pages
    assert pages.main.text() == TEXT.replace("side", "edge")
    assert pages.other.isHidden()
    trigger(window, "side_by_side")
    assert not pages.other.isHidden()
    assert pages.other.text() == TEXT
    assert pages.main.text() == TEXT.replace("side", "edge")


def test_both_columns_show_the_same_place_from_the_first_time_on(
    window: MainWindow, script: Script
) -> None:
    around = "\n\n".join(["On and on they went, over hill and down dale, and further still."] * 60)
    text = f"{around}\n\nShe walked to the sea.\n\n{around}"
    window.page.load(text)
    script.put_caret("walked")
    window.page.ensureCursorVisible()
    window.top_row.refine.click()
    script.answer(("walked", "went"))
    pages = window.review_pages
    for _ in range(2):
        trigger(window, "side_by_side")
        QApplication.processEvents()
        assert pages.other.passage_top() == pages.main.passage_top()
        assert 0 < pages.main.passage_top() < pages.main.viewport().height()
        trigger(window, "inline")
        QApplication.processEvents()


def test_all_of_the_passage_is_brought_into_view(window: MainWindow, script: Script) -> None:
    window.resize(1000, 600)
    passage = "She walked to the side of the sea. " * 6
    window.page.load("One line.\n" * 30 + passage + "\nAnother line." * 30)
    script.put_caret("walked")
    # At the lower edge.
    QApplication.processEvents()
    bar = window.page.verticalScrollBar()
    bar.setValue(bar.value() + window.page.cursorRect().bottom() - window.page.height() + 40)
    window.top_row.refine.click()
    script.answer(*PAIRS)
    QApplication.processEvents()
    shown = window.review_pages.main
    assert 0 < shown.passage_top() < shown.passage_bottom() < shown.viewport().height()


@pytest.mark.parametrize("width", [1000, 1280])
def test_another_view_leaves_the_passage_in_view(
    window: MainWindow, script: Script, width: int
) -> None:
    window.resize(width, 700)
    around = "\n\n".join(["On and on they went, over hill and down dale. " * 9] * 12)
    passage = "She walked to the side of the sea, as ever. " * 4
    window.page.load(f"{around}\n\n{passage}\n\n{around}")
    script.put_caret("walked")
    window.page.ensureCursorVisible()
    window.top_row.refine.click()
    script.answer(("walked", "went"))
    pages = window.review_pages
    for view in ("side_by_side", "result", "side_by_side"):
        trigger(window, view)
        QApplication.processEvents()
        assert pages.main.passage_top() > 0
        assert pages.main.passage_bottom() < pages.main.viewport().height()


def test_either_column_scrolls_both(window: MainWindow, script: Script) -> None:
    window.page.load("One line.\n" * 60 + "She walked to the sea.\n" + "Another line.\n" * 60)
    script.put_caret("walked")
    window.top_row.refine.click()
    script.answer(("walked", "went"))
    trigger(window, "side_by_side")
    QApplication.processEvents()
    pages = window.review_pages
    for page in (pages.other, pages.main):
        before = pages.main.passage_top()
        page.verticalScrollBar().triggerAction(QAbstractSlider.SliderAction.SliderSingleStepSub)
        assert pages.main.passage_top() > before
        assert pages.other.passage_top() == pages.main.passage_top()


def test_left_out_changes_are_not_applied(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    trigger(window, "keep")
    trigger(window, "leave_out")
    assert window.panel.apply.text() == "Apply 2 changes"
    assert window.panel._said.text() == "1 kept, 1 left out"
    trigger(window, "apply")
    assert window.page.text() == TEXT.replace("walked", "went").replace("sea", "lake")


def test_keys_decide_step_and_apply(window: MainWindow, script: Script, qtbot: QtBot) -> None:
    script.propose(*PAIRS)
    review = review_of(window)
    press(qtbot, window, Qt.Key.Key_N)
    assert review.decision(review.changes[0]) is Decision.LEFT_OUT
    assert review.current == 1
    press(qtbot, window, Qt.Key.Key_F8)
    assert review.current == 2
    press(qtbot, window, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert review.current == 1
    press(qtbot, window, Qt.Key.Key_Y)
    assert review.decision(review.changes[1]) is Decision.KEPT
    window.reviewing.steps.choose(0)
    press(qtbot, window, Qt.Key.Key_U)
    assert review.decision(review.changes[0]) is Decision.PROPOSED
    press(qtbot, window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "went" in window.page.text()
    assert "lake" in window.page.text()


def test_escape_leaves_and_the_page_hears_its_keys_again(
    window: MainWindow, script: Script, qtbot: QtBot
) -> None:
    script.propose(*PAIRS)
    for name in ("undo", "paste", "blank_out", "fill", "lock", "find"):
        assert not window.commands[name].isEnabled(), name
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not window.reviewing.is_open
    assert not window.top_row.refine.isChecked()
    assert window.page.text() == TEXT
    assert window.commands["blank_out"].isEnabled()
    assert window.commands["fill"].shortcut().toString() == "Ctrl+Return"
    assert not window.commands["review_keep"].isEnabled()
    assert window.commands["review_apply"].shortcut().isEmpty()
    window.page.selectAll()
    qtbot.keyClicks(window.page, "ynu")
    assert window.page.text() == "ynu"


def test_decisions_are_kept_until_the_paragraph_is_edited(
    window: MainWindow, script: Script, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script.propose(*PAIRS)
    trigger(window, "leave_out")
    window.panel.cross.click()
    asked = len(scripted.requests)
    script.put_caret("First")
    qtbot.keyClicks(window.page, "My ")
    script.put_caret("walked")
    window.top_row.refine.click()
    assert len(scripted.requests) == asked
    review = review_of(window)
    assert review.count(Decision.LEFT_OUT) == 1
    window.panel.apply.click()
    text = window.page.text()
    assert "My First" in text
    assert "She walked to the edge 🙂 of the lake." in text


def test_an_edit_of_the_paragraph_forgets_them(
    window: MainWindow, script: Script, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script.propose(*PAIRS)
    window.panel.cross.click()
    script.put_caret("walked")
    qtbot.keyClicks(window.page, "x")
    assert window.reviewing.review is None
    window.top_row.refine.click()
    assert len(scripted.requests) == 2


def test_discard_forgets_them(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    window.panel.discard.click()
    assert window.reviewing.review is None
    assert not window.reviewing.is_open
    assert window.page.text() == TEXT


def test_another_text_ends_the_review(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    window.page.load("Another text.")
    assert not window.reviewing.is_open
    assert window.reviewing.review is None
    assert not window.page.isHidden()


def test_no_gain_reads_as_a_loss(window: MainWindow, script: Script) -> None:
    script.propose(("walked", "went", -0.9), ("side", "edge", 1.24), ("sea", "lake", -0.04))
    rows = zip(review_of(window).changes, window.panel.rows.rows, strict=True)
    assert {change.before: row.gain() for change, row in rows} == {
        "walked": "",
        "side": "+1.2",
        "sea": "",
    }


def test_rows_and_buttons_decide_by_mouse(window: MainWindow, script: Script, qtbot: QtBot) -> None:
    script.propose(*PAIRS)
    review = review_of(window)
    rows = window.panel.rows.rows
    rows[2].second.click()
    assert review.decision(review.changes[2]) is Decision.LEFT_OUT
    rows[2].second.click()
    assert review.decision(review.changes[2]) is Decision.PROPOSED
    qtbot.mouseClick(rows[1], Qt.MouseButton.LeftButton)
    assert review.current == 1
    QApplication.processEvents()
    buttons = window.review_pages.buttons
    assert buttons.isVisible()
    buttons.keep.click()
    assert review.decision(review.changes[1]) is Decision.KEPT
    ring = window.review_pages.main.marks.ring_rects(0)[0].center().toPoint()
    qtbot.mouseClick(window.review_pages.main.viewport(), Qt.MouseButton.LeftButton, pos=ring)
    assert review.current == 0


def test_a_lock_can_be_let_go_in_the_panel(window: MainWindow, script: Script) -> None:
    window.page.load(TEXT)
    script.select("She")
    window.commands["lock"].trigger()
    script.put_caret("walked")
    window.top_row.refine.click()
    script.answer(*PAIRS)
    (chip,) = window.panel.locks.own
    assert chip.words == "She"
    shown = window.review_pages.main
    assert [shown.text()[a:b] for a, b in shown._locks.spans()] == ["She"]
    chip.click()
    assert window.panel.locks.own == []
    assert script.request.locks == ()


def test_the_status_bar_says_what_is_reviewed(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    item = window.reviewing.stage.status_item
    assert item.text() == "reviewing 3 changes"
    window.reviewing.leave()
    assert item.isHidden()


def test_filling_leaves_the_review_first(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    window.top_row.fill_requested.emit()
    assert not window.reviewing.is_open
