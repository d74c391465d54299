"""The rounds of a review: its sweeps, another strength, stopping, and going on from a sweep."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from review_script import PAIRS, TEXT, Script, press, review_of, trigger
from scripted_client import ScriptedEngine

from maria_editor.editor.review_text import Decision
from maria_editor.settings import STRENGTHS
from maria_editor.window.main_window import MainWindow


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


def test_figures_are_of_one_kind_from_the_writers_text_to_the_sweep(
    window: MainWindow, script: Script
) -> None:
    script.propose(*PAIRS, earlier=(PAIRS[:1],))
    assert window.panel._flow.text() == "flow  \u22124.00 → \u22123.80"
    window.panel.scrubber.setValue(0)
    assert window.panel._flow.text() == "flow  \u22124.00 → \u22124.00"


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
    assert window.panel._nothing.text() == "Nothing to improve at Light."
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
    assert not window.notices.isHidden()
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
    first, named = window.panel.strength.value(), window.panel._strength_word.text()
    window.panel.strength.setValue(4)
    script.preview(1, PAIRS[0])
    assert len(review_of(window).changes) == 1
    window.commands["stop"].trigger()
    scripted.cancelled.emit(scripted.job, ())
    assert window.reviewing.is_open
    assert len(review_of(window).changes) == 3
    # The slider names what is shown.
    assert (window.panel.strength.value(), window.panel._strength_word.text()) == (first, named)
    assert first != 4


def test_a_branch_of_a_stopped_round_has_no_score_for_the_writers_text(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.ask()
    script.preview(1, *PAIRS)
    window.commands["stop"].trigger()
    scripted.cancelled.emit(scripted.job, ())
    window.notices.notice.steps[0].action()
    trigger(window, "branch")
    script.answer(("edge 🙂", "rim"))
    # What is scored as the start is the sweep that was gone on from.
    unscored, _, scored = review_of(window).scores()
    assert unscored is None
    assert scored is not None


def test_leaving_while_it_runs_stops_it_and_says_so(
    window: MainWindow, script: Script, scripted: ScriptedEngine
) -> None:
    script.ask()
    script.preview(1, PAIRS[0])
    window.panel.cross.click()
    assert scripted.cancels == 1
    scripted.cancelled.emit(scripted.job, ())
    assert not window.reviewing.is_open
    notice = window.notices.notice
    assert not window.notices.isHidden()
    assert (notice.news, notice.rest) == ("Stopped.", "Nothing was changed.")
    assert not notice.steps


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
