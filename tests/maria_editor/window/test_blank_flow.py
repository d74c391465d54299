"""The commands for blanks in the window: rules, links, many at once; each one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.editor.chip_steps import chip_selected
from maria_editor.engine.client import EngineFailure, EngineState
from maria_editor.window.actions import COMMANDS
from maria_editor.window.blank_card import BlankCard
from maria_editor.window.main_window import MainWindow
from maria_model.api import BlankResult, Candidate, Progress, ScoreRequest, ScoreResult, WordScore

_KEY = Qt.Key


def load(window: MainWindow, text: str) -> None:
    window.page.load(text)
    window.page.setFocus()


def select(window: MainWindow, words: str) -> None:
    start = window.page.text().index(words)
    window.page.select_span(start, start + len(words))


def run(window: MainWindow, name: str) -> None:
    window.commands[name].trigger()


def undoes_to(window: MainWindow, text: str) -> bool:
    window.page.undo()
    return window.page.text() == text and not window.page.document().isUndoAvailable()


def card(window: MainWindow) -> BlankCard:
    [found] = [card for card in window.findChildren(BlankCard) if card.isVisible()]
    return found


def oddness(window: MainWindow, odd: dict[str, float], text: str = "") -> ScoreResult:
    text = text or window.page.text()
    assert window._engine.info is not None
    words = [
        WordScore(
            start=text.index(word),
            end=text.index(word) + len(word),
            text=word,
            kind="word",
            logprob=-1.0,
            margin=1.0,
            oddness=value,
            rank=2,
            alternatives=(Candidate(text="of", logprob=-1.0),),
        )
        for word, value in odd.items()
    ]
    return ScoreResult(words=tuple(words), model=window._engine.info, stats=STATS)


def test_no_two_commands_share_the_keys_of_the_rules() -> None:
    [mine] = [command for command in COMMANDS if command.name == "blank_rules"]
    assert [c.name for c in COMMANDS if c.keys == mine.keys] == ["blank_rules"]


def test_rules_are_written_as_one_undo_step(window: MainWindow) -> None:
    text = "🙂 a [MASK] b [MASK:2] c"
    load(window, text)
    select(window, "[MASK:2]")
    run(window, "blank_rules")
    form, popover = window.blanks.popover.form, window.blanks.popover
    assert popover.isVisible()
    assert form.length.isAncestorOf(window.focusWidget())
    form.fields["starts"].setFocus()
    QTest.keyClicks(form.fields["starts"], 's"')
    assert "Written as" in popover.message.text()
    QTest.keyClick(form.fields["starts"], _KEY.Key_Return)
    assert popover.isHidden()
    assert window.page.text() == r'🙂 a [MASK] b [MASK:2,starts="s\""] c'
    assert chip_selected(window.page.states, window.page.textCursor()) is not None
    assert window.page.hasFocus()
    assert undoes_to(window, text)


def test_escape_changes_nothing(window: MainWindow) -> None:
    load(window, "a [MASK:2] b")
    select(window, "[MASK:2]")
    run(window, "blank_rules")
    field = window.blanks.popover.form.fields["ends"]
    field.setFocus()
    QTest.keyClicks(field, "ing")
    QTest.keyClick(field, _KEY.Key_Escape)
    assert window.blanks.popover.isHidden()
    assert window.page.text() == "a [MASK:2] b"
    assert window.page.hasFocus()


def test_nothing_asked_is_written_short(window: MainWindow) -> None:
    load(window, 'a [MASK:3,name=x,forbidden="very|quite"] b')
    window.blanks.open_rules(0)
    form = window.blanks.popover.form
    assert form.fields["forbidden"].isVisible()
    assert form.fields["forbidden"].text() == "very, quite"
    form.fields["forbidden"].clear()
    form.name.clear()
    QTest.mouseClick(form.length.focusProxy(), Qt.MouseButton.LeftButton)
    form.length.choose(0)
    QTest.keyClick(form.name, _KEY.Key_Return)
    assert window.page.text() == "a [MASK] b"


def test_rules_that_contradict_are_refused(window: MainWindow) -> None:
    load(window, "a [MASK] b")
    window.blanks.open_rules(0)
    popover = window.blanks.popover
    popover.form.fields["starts"].setText("s")
    popover.form.fields["regex"].setText("[a-r]+")
    assert popover.message.text().startswith("No word can obey")
    assert not popover.apply.isEnabled()
    QTest.keyClick(popover.form.fields["regex"], _KEY.Key_Return)
    assert popover.isVisible()
    assert window.page.text() == "a [MASK] b"
    popover.form.fields["regex"].setText("[a-s]+")
    assert popover.apply.isEnabled()


def test_all_of_a_name_change_together(window: MainWindow) -> None:
    text = "[MASK:name=hero] and [MASK:2,name=hero] and [MASK:3,name=other]"
    load(window, text)
    window.blanks.open_rules(1)
    popover = window.blanks.popover
    assert "lengths differ" in popover.message.text()
    assert "2 words, one word" in popover.message.text()
    popover.apply.click()
    same = "[MASK:2,name=hero]"
    assert window.page.text() == f"{same} and {same} and [MASK:3,name=other]"
    assert undoes_to(window, text)


def test_a_plain_blank_takes_the_rules_of_its_new_name(window: MainWindow) -> None:
    load(window, '[MASK:2,name=hero,ends="y"] and [MASK]')
    window.blanks.open_rules(1)
    form = window.blanks.popover.form
    form.name.setFocus()
    # Completed from the names in use.
    QTest.keyClicks(form.name, "he")
    assert form.name.text() == "hero"
    assert form.fields["ends"].text() == "y"
    QTest.keyClicks(form.name, "x")
    assert (form.name.text(), form.fields["ends"].text()) == ("hex", "")


def test_clicking_twice_opens_the_rules(window: MainWindow, qtbot: QtBot) -> None:
    load(window, "a [MASK] b")
    qtbot.waitUntil(lambda: not window.page.chip_rect(2).isEmpty())
    point = window.page.chip_rect(2).center().toPoint()
    QTest.mouseDClick(
        window.page.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point
    )
    assert window.blanks.popover.isVisible()


def test_the_keyboard_stays_in_the_popover(window: MainWindow) -> None:
    load(window, "a [MASK] b")
    window.blanks.open_rules(0)
    seen = set()
    for _ in range(14):
        focused = window.focusWidget()
        assert window.blanks.popover.isAncestorOf(focused)
        seen.add(focused.accessibleName())
        QTest.keyClick(focused, _KEY.Key_Tab)
    assert {"Starts with", "Linked as", "Apply", "Cancel", "More rules"} <= seen


def test_linking_a_selection(window: MainWindow) -> None:
    text = "[MASK] a [MASK:2] b [MASK:name=word]"
    load(window, text)
    select(window, "[MASK] a [MASK:2]")
    run(window, "link_blanks")
    assert window.page.text() == "[MASK:2,name=word-2] a [MASK:2,name=word-2] b [MASK:name=word]"
    assert window.notices.notice.news == "Linked as word-2."
    window.page.selectAll()
    run(window, "unlink_blanks")
    assert window.page.text() == "[MASK:2] a [MASK:2] b [MASK]"
    window.page.undo()
    assert undoes_to(window, text)


def test_each_word_of_a_selection(window: MainWindow) -> None:
    text = "The cold, dark [MASK] wind"
    load(window, text)
    select(window, "cold, dark [MASK] wind")
    run(window, "blank_each")
    assert window.page.text() == "The [MASK], [MASK] [MASK] [MASK]"
    window.page.selectAll()
    run(window, "put_back")
    assert window.page.text() == text
    window.page.undo()
    assert undoes_to(window, text)


def test_the_words_come_back_after_a_fill_was_undone(window: MainWindow) -> None:
    load(window, "The cold wind")
    select(window, "cold")
    run(window, "blank_out")
    [blank] = window.blanking.all()
    window.page.replace([(blank.start, blank.end, "warm")])
    window.page.undo()
    assert window.blanking.original(window.blanking.all()[0]) == "cold"


def test_every_third_word(window: MainWindow) -> None:
    text = "# One two\n\nthree [MASK] four five six\n\n```\ncode code\n```\nseven"
    load(window, text)
    run(window, "blank_nth")
    card(window).count.setValue(3)
    assert card(window).news.text() == "Whole document: 2 words will become blanks."
    QTest.keyClick(card(window).count, _KEY.Key_Return)
    blanked = text.replace("three", "[MASK]").replace("six", "[MASK]")
    assert window.page.text() == blanked
    assert undoes_to(window, text)


def test_every_second_word_of_the_selection(window: MainWindow) -> None:
    load(window, "one two three four five")
    select(window, "two three four")
    run(window, "blank_nth")
    card(window).count.setValue(2)
    assert card(window).news.text() == "1 word will become a blank."
    card(window).go.click()
    assert window.page.text() == "one two [MASK] four five"


def ask_for_odd_words(window: MainWindow, count: int) -> ScoreRequest:
    run(window, "blank_odd")
    card(window).count.setValue(count)
    card(window).go.click()
    [*_, request] = window._engine.requests  # type: ignore[attr-defined]
    assert isinstance(request, ScoreRequest)
    return request


def test_the_least_likely_words(window: MainWindow, scripted: ScriptedEngine) -> None:
    text = "other\n\nThe purple wind [MASK] sang of `tax` law\n\nother"
    load(window, text)
    select(window, "wind")
    run(window, "blank_odd")
    card(window).where.choose(1)
    card(window).count.setValue(2)
    card(window).go.click()
    request = scripted.requests[-1]
    assert isinstance(request, ScoreRequest)
    assert text[request.start : request.end] == "The purple wind [MASK] sang of `tax` law"
    scripted.progressed.emit(scripted.job, Progress(done=1, total=2, stage="scoring"))
    assert window.status.progress.isVisible()
    odd = {"The": 0.0, "purple": 4.0, "sang": 2.0, "tax": 9.0, "law": 3.0}
    scripted.scored.emit(scripted.job, oddness(window, odd))
    assert window.page.text() == text.replace("purple", "[MASK]").replace("law", "[MASK]")
    assert window.status.progress.isHidden()
    assert window.safety.versions.ring.all()[0].text == text
    assert undoes_to(window, text)


ODD = {"purple": 4.0, "wind": 1.0, "law": 3.0}


def offer_word(window: MainWindow, scripted: ScriptedEngine) -> int:
    """Ask for two words to be blanked, then for words of a blank; return the first job."""
    load(window, "The purple wind sang of law\n\nA cup of [MASK].")
    window.page.select_at(5, 5)
    ask_for_odd_words(window, 2)
    job = scripted.job
    window.commands["fill_all"].trigger()
    tea = Candidate(text="tea", logprob=-1.0, probability=0.5)
    start = window.page.text().index("[MASK]")
    blank = BlankResult(
        index=0, start=start, end=start + 6, fill="tea", logprob=-1.0, candidates=(tea,)
    )
    scripted.answer((blank,))
    assert window.candidates.is_open
    return job


def test_words_are_not_blanked_under_an_open_list(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    job = offer_word(window, scripted)
    text = window.page.text()
    scripted.scored.emit(job, oddness(window, ODD))
    QApplication.processEvents()
    assert (window.page.text(), window.candidates.is_open) == (text, True)
    window.candidates.dismiss()
    blanked = text.replace("purple", "[MASK]").replace("law", "[MASK]")
    qtbot.waitUntil(lambda: window.page.text() == blanked)
    # The caret was in the first of the words, and is beside its blank.
    assert window.page.textCursor().position() in (4, 10)


def test_words_that_waited_for_a_list_are_not_blanked_in_another_text(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    job = offer_word(window, scripted)
    text = window.page.text()
    scripted.scored.emit(job, oddness(window, ODD))
    window.candidates.accept_all()
    QApplication.processEvents()
    assert window.page.text() == text.replace("[MASK]", "tea")
    assert window.notices.notice.news == "You edited the text, so no words were blanked."


def test_signs_of_markdown_are_neither_read_nor_blanked(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "🙂 *other*\n\n> The **purple** [wind](http://w.nd) _sang_"
    load(window, text)
    select(window, "purple** [wind](http://w.nd) _sang")
    request = ask_for_odd_words(window, 2)
    assert request.text == "🙂 other\n\nThe purple wind sang"
    assert request.text[request.start : request.end] == "purple wind sang"
    odd = {"purple": 4.0, "wind": 1.0, "sang": 2.0}
    scripted.scored.emit(scripted.job, oddness(window, odd, request.text))
    blanked = text.replace("purple", "[MASK]").replace("sang", "[MASK]")
    assert window.page.text() == blanked
    assert undoes_to(window, text)


def test_words_of_another_script_are_not_the_least_likely(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    load(window, "The purple שלום wind")
    ask_for_odd_words(window, 1)
    scripted.scored.emit(scripted.job, oddness(window, {"purple": 4.0, "שלום": 50.0}))
    assert window.page.text() == "The [MASK] שלום wind"


def test_reading_ends_with_escape(window: MainWindow, scripted: ScriptedEngine) -> None:
    load(window, "The purple wind")
    ask_for_odd_words(window, 1)
    job = scripted.job
    run(window, "stop")
    assert scripted.cancelled_jobs == [job]
    assert window.notices.notice.news == "Stopped."
    scripted.scored.emit(job, oddness(window, {"purple": 4.0}))
    assert window.page.text() == "The purple wind"


def test_an_edit_ends_the_reading(window: MainWindow, scripted: ScriptedEngine) -> None:
    load(window, "The purple wind")
    ask_for_odd_words(window, 1)
    job = scripted.job
    QTest.keyClicks(window.page, "x")
    assert scripted.cancelled_jobs == [job]
    assert "edited" in window.notices.notice.news
    scripted.scored.emit(job, oddness(window, {"purple": 4.0}))
    assert "[MASK]" not in window.page.text()


def test_a_reading_that_gave_way_is_asked_again(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    load(window, "The purple wind")
    request = ask_for_odd_words(window, 1)
    scripted.set_state(EngineState.WORKING)
    scripted.cancelled.emit(scripted.job, ())
    count = len(scripted.requests)
    scripted.set_state(EngineState.READY)
    assert scripted.requests[count:] == [request]


def test_nothing_odd_and_nothing_working(window: MainWindow, scripted: ScriptedEngine) -> None:
    load(window, "The purple wind")
    ask_for_odd_words(window, 1)
    scripted.scored.emit(scripted.job, oddness(window, {"purple": 0.0}))
    assert window.notices.notice.news == "No unlikely words here."
    ask_for_odd_words(window, 1)
    scripted.failed.emit(scripted.job, EngineFailure("crashed", "The model stopped. Try."))
    assert window.notices.notice.news == "The model stopped."
    assert not window.blanks.reading.is_busy


@pytest.mark.parametrize(
    ("name", "news"),
    [
        ("blank_rules", "No blank here."),
        ("link_blanks", "No blank here."),
        ("unlink_blanks", "No blank here."),
        ("put_back", "No blank here."),
        ("blank_each", "Nothing to blank out here."),
    ],
)
def test_what_cannot_be_done_is_said(window: MainWindow, name: str, news: str) -> None:
    load(window, "  \n  ")
    run(window, name)
    assert window.notices.notice.news == news


def test_that_there_is_no_blank_is_said_until_one_is_there(window: MainWindow) -> None:
    load(window, "cold [MASK] tea")
    window.page.select_span(0, 0)
    run(window, "blank_rules")
    assert not window.notices.isHidden()
    window.page.select_span(2, 2)
    assert not window.notices.isHidden()
    window.page.select_span(5, 11)
    assert window.notices.isHidden()


@pytest.mark.parametrize("name", ["blank_out", "blank_each", "remove_blank", "link_blanks"])
def test_a_text_under_review_stays(window: MainWindow, name: str) -> None:
    text = "cold [MASK] and [MASK]"
    load(window, text)
    window.page.selectAll()
    window.page.setReadOnly(True)
    run(window, name)
    assert window.page.text() == text


def test_blanks_of_a_name_are_ringed_together(window: MainWindow, qtbot: QtBot) -> None:
    load(window, "[MASK:name=a] [MASK] [MASK:name=a]")
    page = window.page
    qtbot.waitUntil(lambda: not page.chip_rect(21).isEmpty())
    around = page.chip_rect(21).adjusted(-4, -4, 4, 4).toRect()
    page.select_span(14, 20)
    assert window.blanks.rings.name == ""
    plain = page.viewport().grab(around).toImage()
    page.select_span(0, 13)
    assert window.blanks.rings.name == "a"
    assert page.viewport().grab(around).toImage() != plain
