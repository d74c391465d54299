"""The review: nothing changes before Apply, decisions stay, every key and button does its part."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from review_script import TEXT, Script
from scripted_client import ScriptedEngine

from maria_editor.editor.review_text import Decision
from maria_editor.settings import STRENGTHS
from maria_editor.window.main_window import MainWindow
from maria_editor.window.review_session import Review

PAIRS = (("walked", "went", 5.0), ("side", "edge 🙂", 7.0), ("sea", "lake", 6.0))


@pytest.fixture
def script(window: MainWindow, scripted: ScriptedEngine) -> Script:
    return Script(window, scripted)


def review_of(window: MainWindow) -> Review:
    review = window.reviewing.review
    assert review is not None
    return review


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window.review_pages.main, key, held)


def trigger(window: MainWindow, name: str) -> None:
    window.commands[f"review_{name}"].trigger()


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
    window.reviewing.choose(0)
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


def test_a_sweep_shows_its_changes_and_decisions_stay(
    window: MainWindow, script: Script, qtbot: QtBot
) -> None:
    script.propose(*PAIRS, earlier=(PAIRS[:1], PAIRS[:2]))
    review = review_of(window)
    assert review.sweep == 3
    trigger(window, "leave_out")
    press(qtbot, window, Qt.Key.Key_Comma)
    press(qtbot, window, Qt.Key.Key_Comma)
    assert review.sweep == 1
    assert [change.after for change in review.changes] == ["went"]
    assert review.decision(review.changes[0]) is Decision.LEFT_OUT
    assert window.panel._sweep.text() == "Sweep 1 of 3"
    assert window.panel.scrubber.spoken() == "Sweep 1 of 3, flow minus 3.90"
    assert not window.panel.apply.isEnabled()
    press(qtbot, window, Qt.Key.Key_Period)
    assert review.sweep == 2
    window.panel.scrubber.setValue(0)
    assert review.changes == ()
    assert window.review_pages.main.text() == TEXT


def test_a_sweep_without_changes_shows_plain_text(window: MainWindow, script: Script) -> None:
    script.propose(*PAIRS)
    document = window.review_pages.main.document()
    layout = document.findBlockByNumber(2).layout()
    assert layout.formats()
    window.panel.scrubber.setValue(0)
    assert document.findBlockByNumber(2).layout().formats() == []
    assert window.review_pages.buttons.isHidden()


def test_dialling_the_budget_ranks_again_without_running(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.propose(*PAIRS)
    window.panel.budget.setValue(2)
    assert [change.after for change in review_of(window).changes] == ["edge 🙂", "lake"]
    window.panel.budget.setValue(1)
    assert [change.after for change in review_of(window).changes] == ["edge 🙂"]
    window.panel.budget.setValue(window.panel.budget.maximum())
    assert len(review_of(window).changes) == 3
    assert len(scripted.requests) == 1


def test_another_strength_runs_again_and_keeps_decisions(
    window: MainWindow, script: Script
) -> None:
    script.propose(*PAIRS)
    trigger(window, "leave_out")
    window.panel.strength.setValue(4)
    assert script.request.strength == STRENGTHS["bold"]
    script.answer(*PAIRS)
    assert window.reviewing.is_open
    assert review_of(window).count(Decision.LEFT_OUT) == 1


def test_a_strength_chosen_while_it_runs_waits_for_the_stop(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.propose(*PAIRS)
    window.panel.strength.setValue(4)
    window.panel.strength.setValue(3)
    assert scripted.cancels == 1
    scripted.cancelled.emit(scripted.job, ())
    assert script.request.strength == STRENGTHS["strong"]
    assert window.reviewing.is_open


def test_nothing_at_another_strength_is_said_in_the_panel(
    window: MainWindow, script: Script
) -> None:
    script.propose(*PAIRS)
    window.panel.strength.setValue(0)
    script.answer()
    assert window.reviewing.is_open
    assert not window.panel._nothing.isHidden()
    assert not window.panel.apply.isEnabled()


def test_sweeps_show_as_they_come(window: MainWindow, script: Script) -> None:
    script.ask()
    script.preview(1)
    assert not window.reviewing.is_open
    script.preview(2, PAIRS[0])
    assert window.reviewing.is_open
    assert window.panel._sweep.text() == "Sweep 2 of 2"
    assert not window.panel.apply.isEnabled()
    script.answer(*PAIRS[:2], earlier=((), (PAIRS[0],)))
    assert window.panel._sweep.text() == "Sweep 3 of 3"
    assert window.panel.apply.isEnabled()


def test_a_stop_changes_nothing_and_keeps_the_sweeps_if_wanted(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.ask()
    script.preview(1, PAIRS[0])
    script.preview(2, *PAIRS[:2])
    window.commands["stop"].trigger()
    scripted.cancelled.emit(scripted.job, ())
    assert not window.reviewing.is_open
    notice = window.notices.notice
    assert (notice.news, notice.rest) == ("Stopped.", "Nothing was changed.")
    assert notice.steps[0].label == "Look at the 2 sweeps so far"
    notice.steps[0].action()
    assert window.reviewing.is_open
    window.panel.apply.click()
    assert "edge 🙂" in window.page.text()


def test_a_stop_of_a_second_round_goes_back_to_the_first(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.propose(*PAIRS)
    window.panel.strength.setValue(4)
    script.preview(1, PAIRS[0])
    assert len(review_of(window).changes) == 1
    window.commands["stop"].trigger()
    scripted.cancelled.emit(scripted.job, ())
    assert window.reviewing.is_open
    assert len(review_of(window).changes) == 3


def test_leaving_while_it_runs_stops_it_without_a_word(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.ask()
    script.preview(1, PAIRS[0])
    window.panel.cross.click()
    assert scripted.cancels == 1
    scripted.cancelled.emit(scripted.job, ())
    assert not window.reviewing.is_open
    assert window.notices.isHidden()


def test_refining_on_from_a_sweep_is_still_one_step_against_the_document(
    window: MainWindow, script: Script
) -> None:
    script.propose(*PAIRS)
    trigger(window, "leave_out")
    trigger(window, "branch")
    request = script.request
    passage = request.text[request.start : request.end]
    assert passage == "She walked to the edge 🙂 of the lake."
    start = request.text.index("walked")
    assert (start, start + len("walked")) in request.locks
    assert window.page.text() == TEXT
    script.answer(("edge 🙂", "rim"), ("to", "towards"))
    review = review_of(window)
    assert len(review.readings) == 2
    assert [(c.before, c.after) for c in review.changes] == [
        ("to", "towards"),
        ("side", "rim"),
        ("sea", "lake"),
    ]
    window.panel.apply.click()
    expected = "She walked towards the rim of the lake."
    assert window.page.text().split("\n\n")[1] == expected
    window.page.undo()
    assert window.page.text() == TEXT


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
