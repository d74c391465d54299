"""Refining: what is asked for, and what is said when nothing comes of it."""

from __future__ import annotations

from pathlib import Path

from likelihood_script import score_page
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from review_script import PAIRS, TEXT, Script, press, review_of
from scripted_client import ScriptedEngine

from maria_editor.engine.client import EngineFailure
from maria_editor.settings import STRENGTHS, Settings
from maria_editor.window.main_window import MainWindow
from maria_model.api import RefineRequest


def type_on(qtbot: QtBot, window: MainWindow, letters: str) -> None:
    """Type where the keyboard leads, which may be elsewhere after a letter."""
    for letter in letters:
        focused = window.focusWidget()
        assert focused is not None
        qtbot.keyClicks(focused, letter)


def test_the_paragraph_at_the_caret_is_asked_for(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    Script(window, scripted).ask()
    request = scripted.requests[-1]
    assert isinstance(request, RefineRequest)
    assert TEXT[request.start : request.end] == "She walked to the side of the sea."
    assert request.strength == STRENGTHS["gentle"]


def test_a_bar_marks_the_paragraph_while_it_is_read(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    script = Script(window, scripted)
    script.ask()
    bar = window.page._paint.bar
    assert bar is not None
    assert bar.selectedText() == "She walked to the side of the sea."
    script.propose()
    assert window.page._paint.bar is None


def test_locked_words_are_told(window: MainWindow, scripted: ScriptedEngine) -> None:
    script = Script(window, scripted)
    window.page.load(TEXT)
    script.select("walked")
    window.commands["lock"].trigger()
    script.put_caret("walked")
    window.top_row.refine.click()
    request = scripted.requests[-1]
    assert isinstance(request, RefineRequest)
    start = TEXT.index("walked")
    assert request.locks == ((start, start + len("walked")),)


def test_nothing_to_improve_is_said_and_more_is_offered(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    Script(window, scripted).propose()
    notice = window.notices.notice
    assert notice.news == "Nothing to improve at Gentle."
    # No good sign: the words were not read for how likely they are.
    assert notice.rest == "For a word you doubt, press Alt+Enter."
    assert [step.label for step in notice.steps] == ["Look more boldly: Medium"]
    assert window.panel.isHidden()
    assert not window.top_row.refine.isChecked()
    notice.steps[0].action()
    request = scripted.requests[-1]
    assert isinstance(request, RefineRequest)
    assert request.strength == STRENGTHS["medium"]


def test_the_last_step_is_named(window: MainWindow, scripted: ScriptedEngine) -> None:
    script = Script(window, scripted)
    script.propose()
    for _ in range(3):
        window.notices.notice.steps[0].action()
        script.answer()
    assert window.notices.notice.news == "Nothing to improve at Bold, the last step."
    assert window.notices.notice.steps == ()


def test_it_is_a_good_sign_where_words_were_read_and_none_is_very_unlikely(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    script = Script(window, scripted)
    for words, is_good in (("lamp", False), ("Rome", True)):
        script.put_caret(words)
        window.reviewing.toggle()
        script.answer()
        assert ("good sign" in window.notices.notice.rest) is is_good
    window.likelihood.close()
    script.put_caret("lamp")
    window.reviewing.toggle()
    script.answer()
    assert window.notices.notice.rest == "For a word you doubt, press Alt+Enter."


def test_looking_more_boldly_is_at_the_same_passage_wherever_the_caret_is(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.propose()
    script.put_caret("Last")
    qtbot.keyClicks(window.page, "The ")
    assert not window.notices.isHidden()
    window.notices.notice.steps[0].action()
    request = script.request
    assert request.text[request.start : request.end] == "She walked to the side of the sea."
    assert request.strength == STRENGTHS["medium"]


def test_looking_more_boldly_is_not_offered_for_a_passage_that_was_edited(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.propose()
    script.put_caret("walked")
    qtbot.keyClicks(window.page, "x")
    assert window.notices.isHidden()


def test_looking_more_boldly_leaves_the_review_of_another_passage(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    script = Script(window, scripted)
    script.propose(("walked", "went"))
    window.reviewing.leave()
    script.put_caret("Last")
    window.reviewing.toggle()
    script.answer()
    script.put_caret("walked")
    window.reviewing.toggle()
    assert window.reviewing.is_open
    window.notices.notice.steps[0].action()
    assert script.request.text[script.request.start : script.request.end] == "Last one."
    assert window.review_pages.isHidden()


def test_trying_again_is_at_the_same_passage(window: MainWindow, scripted: ScriptedEngine) -> None:
    script = Script(window, scripted)
    script.ask()
    script.put_caret("Last")
    scripted.failed.emit(scripted.job, EngineFailure("crashed", "The model stopped. Safe."))
    window.notices.notice.steps[0].action()
    assert script.request.start == TEXT.index("She")


def test_looking_more_boldly_holds_for_this_time_only(
    window: MainWindow, scripted: ScriptedEngine, settings: Settings
) -> None:
    script = Script(window, scripted)
    script.propose()
    window.notices.notice.steps[0].action()
    assert settings.strength == "gentle"
    script.answer(*PAIRS)
    assert window.panel._strength_word.text() == "Medium"
    window.reviewing.leave()
    window.reviewing.toggle()
    # The same review, as it was asked for.
    assert window.panel._strength_word.text() == "Medium"
    window.reviewing.discard()
    window.reviewing.toggle()
    assert script.request.strength == STRENGTHS["gentle"]
    assert settings.strength == "gentle"


def test_a_review_does_not_take_the_page_from_a_writer_who_composes_a_word(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    script = Script(window, scripted)
    script.ask()
    QApplication.sendEvent(window.page, QInputMethodEvent("にほ", []))
    script.preview(1, *PAIRS)
    script.answer(*PAIRS)
    assert not window.reviewing.is_open
    assert window.notices.notice.news == "There are changes to look at."


def test_what_is_typed_as_a_review_opens_goes_into_the_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    Script(window, scripted).propose(*PAIRS)
    # Letters that are the review's own keys.
    type_on(qtbot, window, "y n")
    assert window.page.text() == TEXT.replace("walked", "y nwalked")
    assert window.page.hasFocus()
    assert not window.reviewing.is_open
    assert window.notices.notice.news.startswith("You edited this text")


def test_letters_go_into_the_text_until_the_writer_turns_to_the_review(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.propose(*PAIRS)
    press(qtbot, window, Qt.Key.Key_Shift)
    type_on(qtbot, window, "Then")
    assert window.page.text() == TEXT.replace("walked", "Thenwalked")
    script.propose(*PAIRS)
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_X)
    assert window.page.text() == TEXT
    assert len(review_of(window).left_out()) == 1
    assert window.notices.notice.news == "This text is under review."


def test_writing_on_does_not_stop_the_round_that_runs(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.ask()
    script.preview(1, *PAIRS)
    assert not window.review_pages.isHidden()
    # Another paragraph is left as it was asked about.
    window.page.select_span(2, 2)
    type_on(qtbot, window, "My ")
    script.preview(2, *PAIRS)
    assert not window.reviewing.is_open
    script.answer(*PAIRS)
    assert window.page.text() == TEXT.replace("First", "My First")
    assert scripted.cancels == 0
    assert window.notices.notice.news == "There are changes to look at."
    window.notices.notice.steps[0].action()
    press(qtbot, window, Qt.Key.Key_Y)
    assert len(review_of(window).decisions) == 1


def test_composed_words_go_into_the_text_too(window: MainWindow, scripted: ScriptedEngine) -> None:
    Script(window, scripted).propose(*PAIRS)
    composed = QInputMethodEvent()
    composed.setCommitString("にほ")
    QApplication.sendEvent(window.review_pages.main, composed)
    assert window.page.text() == TEXT.replace("walked", "にほwalked")


def test_an_empty_line_is_no_paragraph(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("one\n\ntwo")
    window.page.select_span(4, 4)
    window.top_row.refine.click()
    assert not scripted.requests
    assert window.notices.notice.news == "There is no paragraph here."
    assert not window.top_row.refine.isChecked()


def test_a_text_for_reading_only_is_left_alone(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.page.setReadOnly(True)
    window.top_row.refine.click()
    assert not scripted.requests
    assert window.notices.notice.news == "This text is open for reading only."


def test_a_failure_is_told_and_can_be_tried_again(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    Script(window, scripted).ask()
    scripted.failed.emit(scripted.job, EngineFailure("crashed", "The model stopped. Safe."))
    assert window.panel.isHidden()
    assert window.notices.notice.news == "The model stopped."
    window.notices.notice.steps[0].action()
    assert len(scripted.requests) == 2


def test_an_edit_of_the_paragraph_sets_the_answer_aside(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.ask()
    qtbot.keyClicks(window.page, "x")
    script.answer(("side", "edge"))
    assert not window.reviewing.is_open
    assert window.notices.notice.news.startswith("You edited this text")
    script.put_caret("Last")
    window.notices.notice.steps[0].action()
    request = script.request
    assert request.text[request.start : request.end] == "She xwalked to the side of the sea."


def test_that_a_passage_was_edited_is_said_until_the_edit_is_undone(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.ask()
    qtbot.keyClicks(window.page, "x")
    script.answer(("side", "edge"))
    assert not window.notices.isHidden()
    window.page.undo()
    assert window.page.text() == TEXT
    assert window.notices.isHidden()


def test_an_edit_elsewhere_keeps_the_answer_but_does_not_thrust_it_on_the_writer(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    script = Script(window, scripted)
    script.ask()
    script.put_caret("First")
    qtbot.keyClicks(window.page, "Now ")
    script.answer(("side", "edge"))
    assert not window.reviewing.is_open
    window.notices.notice.steps[0].action()
    assert not window.review_pages.isHidden()
    window.panel.apply.click()
    assert window.page.text() == TEXT.replace("First", "Now First").replace("side", "edge") or (
        "edge" in window.page.text() and "Now " in window.page.text()
    )


def test_what_came_of_it_is_said_whatever_becomes_of_the_file(
    window: MainWindow, scripted: ScriptedEngine, tmp_path: Path
) -> None:
    script, notices = Script(window, scripted), window.notices
    script.ask()
    assert not window.files.save_path(tmp_path / "none" / "a.md")
    assert notices.notice.news.startswith("Could not save")
    script.answer()
    news = notices.notice.news
    assert window.files.save_path(tmp_path / "a.md")
    assert not notices.isHidden()
    assert not window.files.save_path(tmp_path / "none" / "b.md")
    assert notices.notice.news.startswith("Could not save")
    assert window.files.save_path(tmp_path / "a.md")
    assert notices.notice.news == news
    assert not notices.isHidden()
    notices.dismiss()
    assert not window.files.save_path(tmp_path / "none" / "b.md")
    assert window.files.save_path(tmp_path / "a.md")
    assert notices.isHidden()
