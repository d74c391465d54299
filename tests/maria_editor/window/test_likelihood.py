"""The likelihood view: what it asks of the engine and when, and what it marks."""

from __future__ import annotations

from likelihood_script import (
    TEXT,
    answer,
    asked,
    last,
    listed,
    marked,
    score_page,
    status_words,
)
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.window.likelihood_scoring import PageScoring
from maria_editor.window.main_window import MainWindow
from maria_model.api import ScoreRequest, ScoreResult


def test_it_is_off_at_first(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    assert not window.likelihood.is_on
    assert window.likelihood_panel.isHidden()
    assert scripted.requests == []


def test_words_are_judged_without_the_signs_of_markdown(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "The *lamp* **hung _four_ feet** over the [hem](http://h.em/four)."
    window.page.load(text)
    window.top_row.likelihood.click()
    assert asked(scripted) == ["The lamp hung four feet over the hem."]
    answer(scripted)
    assert marked(window) == ["four", "hem"]
    word = window.likelihood_panel.list.words[0]
    window.likelihood_panel.list.use_requested.emit(word)
    assert window.page.text() == text.replace("four", "for", 1)


def test_paragraphs_in_view_are_asked_for_one_by_one(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.top_row.likelihood.click()
    assert asked(scripted) == ["The lamp hung four feet over the hem."]
    assert last(scripted).text == TEXT.removeprefix("# ")
    assert "2 paragraphs not scored yet" in status_words(window)
    answer(scripted)
    assert asked(scripted)[1:] == ["🙂 She was knocking at the gate of Rome."]
    assert "1 paragraph not scored yet" in status_words(window)
    answer(scripted)
    assert len(scripted.requests) == 2
    assert "page scored" in status_words(window)
    assert window.top_row.likelihood.isChecked()


def test_words_that_stand_out_are_marked_and_listed_strongest_first(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    assert marked(window) == ["four", "hem", "knocking", "gate"]
    assert listed(window) == ["four", "hem", "knocking", "gate"]
    assert window.likelihood_panel._count.text() == "4 on this page"


def test_the_list_is_read_out(window: MainWindow, scripted: ScriptedEngine) -> None:
    score_page(window, scripted)
    model = window.likelihood_panel.list.model()
    spoken = [
        model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole) for row in range(4)
    ]
    assert spoken == [
        "four, very unlikely, perhaps a slip. Likelier here: for, on",
        "hem, unlikely. Likelier here: edge, side, rim",
        "knocking, unusual",
        "gate, a little unusual. Likelier here: door",
    ]


def test_opening_again_asks_nothing_again(window: MainWindow, scripted: ScriptedEngine) -> None:
    score_page(window, scripted)
    window.commands["likelihood"].trigger()
    assert marked(window) == []
    assert window.likelihood_panel.isHidden()
    assert not window.top_row.likelihood.isChecked()
    assert "page scored" not in status_words(window)
    window.commands["likelihood"].trigger()
    assert marked(window) == ["four", "hem", "knocking", "gate"]
    assert len(scripted.requests) == 2


def test_an_edited_paragraph_is_asked_for_after_a_pause(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    score_page(window, scripted)
    start = window.page.text().index("lamp")
    for letter in "old ":
        window.page.replace([(start, start, letter)])
        start += 1
        assert len(scripted.requests) == 2
    assert marked(window) == ["four", "hem", "knocking", "gate"]
    qtbot.waitUntil(lambda: len(scripted.requests) == 3)
    assert asked(scripted)[2] == "The old lamp hung four feet over the hem."
    # What is near the second paragraph has changed as well.
    answer(scripted)
    assert asked(scripted)[3] == "🙂 She was knocking at the gate of Rome."


def test_a_word_that_is_edited_is_listed_no_more(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    end = window.page.text().index("four") + 4
    window.page.replace([(end, end, "s")])
    assert marked(window) == listed(window) == ["hem", "knocking", "gate"]


def test_undo_brings_marks_back_without_asking(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    end = window.page.text().index("four") + 4
    window.page.replace([(end, end, "s")])
    window.page.undo()
    assert marked(window) == ["four", "hem", "knocking", "gate"]
    assert len(scripted.requests) == 2


def test_a_fill_goes_first_and_the_page_is_asked_for_again(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.likelihood.open()
    job = scripted.job
    # As the client does it: the fill takes the score's place.
    scripted.set_state(EngineState.READY)
    scripted.cancelled.emit(job, ())
    scripted.set_state(EngineState.WORKING)
    QApplication.processEvents()
    assert scripted.job == job
    scripted.set_state(EngineState.READY)
    QApplication.processEvents()
    assert scripted.job == job + 1
    assert asked(scripted)[-1] == "The lamp hung four feet over the hem."


def test_nothing_is_asked_of_an_engine_that_is_not_ready(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    scripted.set_state(EngineState.STARTING)
    window.likelihood.open()
    assert scripted.requests == []
    assert window.likelihood_panel._empty.text() == "Waking the model. You can keep writing."
    scripted.become_ready()
    QApplication.processEvents()
    assert len(scripted.requests) == 1


def test_answers_to_others_are_not_ours(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    window.likelihood.open()
    assert scripted.info is not None
    theirs = ScoreResult(words=(), model=scripted.info, stats=STATS)
    scripted.scored.emit(scripted.job + 1, theirs)
    assert "2 paragraphs not scored yet" in status_words(window)


def test_closing_takes_the_question_back(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    window.likelihood.open()
    window.likelihood.close()
    assert scripted.cancelled_jobs == [scripted.job]
    answer(scripted)
    assert marked(window) == []
    assert len(scripted.requests) == 1


def test_a_failure_is_told_and_not_repeated(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    window.likelihood.open()
    failure = EngineFailure("crashed", "The model stopped and was started again. Text is safe.")
    scripted.failed.emit(scripted.job, failure)
    scripted.set_state(EngineState.READY)
    QApplication.processEvents()
    assert len(scripted.requests) == 1
    assert window.notices.notice.news == "The model stopped and was started again."
    window.notices.notice.steps[0].action()
    assert len(scripted.requests) == 2


def test_from_the_left_only_is_asked_for_and_known_apart(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    left = window.likelihood_panel.sides._group.button(1)
    left.click()
    assert marked(window) == []
    assert last(scripted).sides == "left"
    answer(scripted)
    answer(scripted)
    assert {r.sides for r in scripted.requests[2:] if isinstance(r, ScoreRequest)} == {"left"}
    window.likelihood_panel.sides._group.button(0).click()
    assert marked(window) == ["four", "hem", "knocking", "gate"]
    assert len(scripted.requests) == 4


def test_another_document_is_scored_in_its_turn(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    score_page(window, scripted)
    window.page.load("The gate was shut.")
    assert marked(window) == listed(window) == []
    qtbot.waitUntil(lambda: len(scripted.requests) == 3)
    answer(scripted)
    assert marked(window) == ["gate"]


def test_a_page_with_nothing_odd_says_so(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("The lamp was lit.")
    window.likelihood.open()
    assert window.likelihood_panel._empty.text() == "Not scored yet."
    answer(scripted)
    assert window.likelihood_panel._empty.text() == "No word stands out here."
    window.likelihood.go()
    assert window.notices.notice.news == "No word stands out here."


def test_words_of_a_script_that_the_model_does_not_know_are_left_out_and_counted(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("The gate said שלום שלום here.")
    window.likelihood.open()
    answer(scripted)
    assert marked(window) == ["gate"]
    note = window.likelihood_panel._unjudged
    assert note.isVisible()
    assert note.text() == "2 words not judged: other script."
    window.likelihood.close()
    score_page(window, scripted)
    assert not note.isVisible()


def test_the_real_client_scores_in_the_background(
    qtbot: QtBot, window: MainWindow, engine: EngineClient
) -> None:
    """Through worker and fake engine: words as odd as they are long."""
    window.page.load("A straightforward lamp.")
    scoring = PageScoring(window.page, engine)
    scoring.resume()
    qtbot.waitUntil(lambda: all(marks is not None for _, marks in scoring.places()))
    [(_, marks)] = scoring.places()
    assert marks is not None
    assert [word.text for _, word in marks] == ["straightforward"]
    scoring.stop()
