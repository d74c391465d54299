"""The likelihood view: what it asks of the engine and when, its marks, its list, its keys."""

from __future__ import annotations

import math
import re

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.window.likelihood_scoring import PageScoring
from maria_editor.window.main_window import MainWindow
from maria_editor.window.provenance_flow import Origin
from maria_model.api import Candidate, ScoreRequest, ScoreResult, WordKind, WordScore

TEXT = (
    "# Title\n\nThe lamp hung four feet over the hem.\n\n🙂 She was knocking at the gate of Rome."
)
# Bits, and likelier words.
ODD: dict[str, tuple[float, tuple[str, ...]]] = {
    "four": (14.0, ("on", "for")),
    "hem": (11.0, ("edge", "side", "rim", "end")),
    "knocking": (9.0, ()),
    "gate": (7.5, ("door",)),
    "Rome": (20.0, ("it",)),
}
NAMES = ("Rome",)


def last(scripted: ScriptedEngine) -> ScoreRequest:
    request = scripted.requests[-1]
    assert isinstance(request, ScoreRequest)
    return request


def asked(scripted: ScriptedEngine) -> list[str]:
    """Return the passages that were asked for."""
    return [r.text[r.start : r.end] for r in scripted.requests if isinstance(r, ScoreRequest)]


def answer(scripted: ScriptedEngine) -> None:
    """Score what was asked for last, as the real client does it."""
    request = last(scripted)
    words = []
    for match in re.finditer(r"\w+", request.text):
        if request.start <= match.start() < (request.end or 0):
            bits, likelier = ODD.get(match[0], (1.0, ()))
            kind: WordKind = "name" if match[0] in NAMES else "word"
            words.append(
                WordScore(
                    start=match.start(),
                    end=match.end(),
                    text=match[0],
                    kind=kind,
                    logprob=-9.0,
                    margin=1.0,
                    oddness=bits * math.log(2),
                    rank=2,
                    alternatives=tuple(Candidate(text=o, logprob=-1.0) for o in likelier),
                )
            )
    assert scripted.info is not None
    job = scripted.job
    scripted.set_state(EngineState.READY)
    scripted.scored.emit(job, ScoreResult(words=tuple(words), model=scripted.info, stats=STATS))
    QApplication.processEvents()


def score_page(window: MainWindow, scripted: ScriptedEngine) -> None:
    """Open the view and let the whole page be scored."""
    window.page.load(TEXT)
    window.commands["likelihood"].trigger()
    answer(scripted)
    answer(scripted)


def marked(window: MainWindow) -> list[str]:
    return [
        window.page.text_at(at, at + word.length) for at, word in window.likelihood.marks.in_view()
    ]


def listed(window: MainWindow) -> list[str]:
    return [word.text for word in window.likelihood_panel.list.words]


def ringed(window: MainWindow) -> str | None:
    chosen = window.likelihood.marks.chosen
    return None if chosen is None else chosen.text


def status_words(window: MainWindow) -> list[str]:
    return [
        item.text()
        for item in window.status.findChildren(type(window.status.words))
        if not item.isHidden()
    ]


def point_of(window: MainWindow, word: str) -> QPoint:
    cursor = QTextCursor(window.page.document())
    cursor.setPosition(window.page.position(window.page.text().index(word)))
    return window.page.cursorRect(cursor).center() + QPoint(4, 0)


def test_it_is_off_at_first(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    assert not window.likelihood.is_on
    assert window.likelihood_panel.isHidden()
    assert scripted.requests == []


def test_paragraphs_in_view_are_asked_for_one_by_one(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.top_row.likelihood.click()
    assert asked(scripted) == ["The lamp hung four feet over the hem."]
    assert last(scripted).text == TEXT
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


def test_f8_goes_from_word_to_word_and_around(window: MainWindow, scripted: ScriptedEngine) -> None:
    score_page(window, scripted)
    forward, back = window.commands["next_blank"], window.commands["previous_blank"]
    words = []
    for _ in range(5):
        forward.trigger()
        words.append(ringed(window))
        at = window.page.textCursor().position()
        word = window.likelihood_panel.list.word
        assert word is not None
        assert window.page.text_at(at, at + word.length) == ringed(window)
        assert not window.page.textCursor().hasSelection()
    assert words == ["four", "hem", "knocking", "gate", "four"]
    back.trigger()
    assert ringed(window) == "gate"
    assert forward.text() == "Next unlikely word"
    window.likelihood.close()
    assert forward.text() == "Next blank"


def test_f8_goes_to_blanks_when_the_view_is_off(window: MainWindow) -> None:
    window.page.load("The [MASK] hung.")
    window.commands["next_blank"].trigger()
    assert window.page.textCursor().selectedText() == "[MASK]"


def test_the_list_moves_ring_and_caret_and_enter_goes_to_the_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    score_page(window, scripted)
    words = window.likelihood_panel.list
    words.setFocus(Qt.FocusReason.TabFocusReason)
    assert ringed(window) == "four"
    qtbot.keyClick(words, Qt.Key.Key_Down)
    assert ringed(window) == "hem"
    assert window.page.textCursor().position() == window.page.position(TEXT.index("hem"))
    qtbot.keyClick(words, Qt.Key.Key_Return)
    assert QApplication.focusWidget() in (window.page, None)
    assert window.page.text() == TEXT


def test_use_is_one_undo_step_and_keeps_a_version_and_a_record(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    versions: list[tuple[str, str]] = []
    records: list[tuple[object, str, Origin]] = []
    window.likelihood.version_wanted.connect(lambda *version: versions.append(version))
    window.likelihood.accepting.connect(lambda *record: records.append(record))
    window.likelihood.go()
    use = window.likelihood_panel.list.use
    assert not use.isHidden()
    assert use.text() == "Use “for”"
    use.click()
    assert window.page.text() == TEXT.replace("four", "for")
    assert listed(window) == ["hem", "knocking", "gate"]
    assert versions == [(TEXT, "using a likelier word")]
    [(replacements, text, origin)] = records
    at = TEXT.index("four")
    assert (replacements, text, origin.way) == ([(at, at + 4, "for")], TEXT, "likelihood")
    assert TEXT in [version.text for version in window.safety.versions.ring.all()]
    window.page.undo()
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()


def test_a_word_with_nothing_likelier_has_no_button(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    for _ in range(3):
        window.likelihood.go()
    assert ringed(window) == "knocking"
    assert window.likelihood_panel.list.use.isHidden()


def test_a_click_on_a_marked_word_chooses_it_and_another_asks(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    score_page(window, scripted)
    spans: list[tuple[int, int]] = []
    window.likelihood.alternatives_requested.connect(lambda *span: spans.append(span))
    viewport = window.page.viewport()
    button = Qt.MouseButton.LeftButton
    qtbot.mouseClick(viewport, button, pos=point_of(window, "gate"))
    word = window.likelihood_panel.list.word
    assert word is not None
    assert (word.text, ringed(window), spans) == ("gate", "gate", [])
    qtbot.mouseClick(viewport, button, pos=point_of(window, "gate"))
    at = TEXT.index("gate")
    assert spans == [(at, at + 4)]
    qtbot.mouseClick(viewport, button, pos=point_of(window, "feet"))
    assert ringed(window) is None
    assert window.likelihood_panel.list.word is None


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


def test_esc_closes_the_panel_and_leaves_no_mark(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    score_page(window, scripted)
    window.likelihood_panel.list.setFocus()
    window.commands["stop"].trigger()
    assert not window.likelihood.is_on
    assert window.likelihood_panel.isHidden()
    assert marked(window) == []


def test_one_panel_at_a_time(window: MainWindow, scripted: ScriptedEngine) -> None:
    score_page(window, scripted)
    window.reviewing.opened.emit()
    assert not window.likelihood.is_on
    assert window.likelihood_panel.isHidden()


def test_a_page_with_nothing_odd_says_so(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("The lamp was lit.")
    window.likelihood.open()
    assert window.likelihood_panel._empty.text() == "Not scored yet."
    answer(scripted)
    assert window.likelihood_panel._empty.text() == "No word stands out here."
    window.likelihood.go()
    assert window.notices.notice.news == "No word stands out here."


@pytest.mark.parametrize("name", ["list", "use", "cross", "sides"])
def test_every_control_has_a_name(window: MainWindow, scripted: ScriptedEngine, name: str) -> None:
    score_page(window, scripted)
    window.likelihood.go()
    panel = window.likelihood_panel
    control = panel.list.use if name == "use" else getattr(panel, name)
    assert control.accessibleName()


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
