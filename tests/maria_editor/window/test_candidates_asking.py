"""What the popup asks the engine for: rankings, other words and lengths; linked blanks agree."""

from __future__ import annotations

from dataclasses import replace

from candidates_script import (
    BUN,
    TEXT,
    Held,
    Key,
    answer_several,
    current,
    found,
    last_fill,
    last_rescore,
    offer,
    press,
    previews,
    rescored,
    shown,
)
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.editor.chips import ChipState
from maria_editor.window.main_window import MainWindow
from maria_model.api import (
    Candidate,
    RescoreRequest,
    RescoreResult,
    UnfilledBlank,
)
from maria_model.blanks import find_blanks


def test_choosing_ranks_the_others_again_given_the_word(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Down)
    press(qtbot, window, Key.Key_Down)
    assert len(scripted.requests) == 1
    qtbot.waitUntil(lambda: len(scripted.requests) == 2)
    request = last_rescore(scripted)
    assert request.fixed == ((0, "milk"),)
    assert request.candidates == ((1, BUN), (2, ("like slate",)))
    rescored(scripted, {1: ("cake", "bun", "pie"), 2: ("like slate",)})
    assert previews(window) == ["milk", "cake", "like slate"]
    press(qtbot, window, Key.Key_Down, Held.AltModifier)
    assert shown(window) == ["cake", "bun", "pie"]
    press(qtbot, window, Key.Key_Down)
    qtbot.waitUntil(lambda: len(scripted.requests) == 3)
    # What the writer chose stays: it is given, like the word looked at now.
    assert set(last_rescore(scripted).fixed) == {(0, "milk"), (1, "bun")}


def test_a_ranking_for_another_text_is_dropped(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Down)
    qtbot.waitUntil(lambda: len(scripted.requests) == 2)
    job = scripted.job
    press(qtbot, window, Key.Key_Return)
    assert job in scripted.cancelled_jobs
    rescored(scripted, {1: ("cake", "bun", "pie")}, job)
    assert previews(window) == ["bun", "like slate"]
    qtbot.waitUntil(lambda: len(scripted.requests) == 3)
    assert last_rescore(scripted).text == TEXT.replace("[MASK]", "coffee", 1)
    assert last_rescore(scripted).fixed == ()
    rescored(scripted, {0: ("cake", "bun", "pie"), 1: ("like slate",)})
    assert previews(window) == ["cake", "like slate"]
    assert current(window) == "cake"


def test_other_suggestions_keep_the_siblings_and_begin_with_new_words(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_F5)
    request = last_fill(scripted)
    assert request.text == TEXT.replace("a [MASK]", "a bun").replace("[MASK:2-3]", "like slate")
    assert request.blanks == (0,)
    assert request.sampling.temperature > 0
    scripted.answer((found(0, request.text, ("tea", "gin", "beer", "coffee")),))
    assert shown(window)[:2] == ["gin", "beer"]
    assert previews(window) == ["gin", "bun", "like slate"]
    seed = request.sampling.seed
    press(qtbot, window, Key.Key_F5)
    assert last_fill(scripted).sampling.seed != seed
    assert window.page.text() == TEXT
    # The siblings are ranked again once the word is taken, not before.
    scripted.answer((found(0, request.text, ("ale", "gin")),))
    assert not window.candidates.suggestions.ranking.is_pending
    press(qtbot, window, Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(scripted.requests[-1], RescoreRequest))
    assert last_rescore(scripted).text == TEXT.replace("[MASK]", "ale", 1)


def test_another_length_is_asked_for_and_the_text_keeps_its_blank(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Right)
    request = last_fill(scripted)
    assert request.text.startswith("A cup of [MASK:2] and a bun.")
    assert request.sampling.temperature == 0
    scripted.answer((found(0, request.text, ("hot tea",), best=0.03),))
    assert window.page.text() == TEXT
    assert previews(window)[0] == "hot tea"
    popup = window.candidates.popup
    assert popup.segments is not None
    assert (popup.length.text(), popup.segments.index) == ("2 words", 1)
    press(qtbot, window, Key.Key_Return)
    assert window.page.text().startswith("A cup of hot tea and a [MASK].")


def test_the_blanks_own_range_stays_to_be_chosen(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    window.candidates.open(window.candidates.places.all()[2])
    popup = window.candidates.popup
    assert popup.segments is not None
    assert popup.segments.index == 3
    press(qtbot, window, Key.Key_Right)
    assert last_fill(scripted).text.endswith("looked [MASK:auto].")
    scripted.answer((found(0, last_fill(scripted).text, ("so still",)),))
    assert popup.segments.index == 4
    press(qtbot, window, Key.Key_Left)
    assert last_fill(scripted).text.endswith("looked [MASK:2-3].")


def test_more_fills_of_several_words_come_together_the_likeliest_on_top(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    text = window.page.text()
    scripted.answer((found(0, text, ("like slate",), best=0.04),))
    popup = window.candidates.popup
    assert shown(window) == ["like slate"]
    # What it is worth shows beside the others.
    assert spoken(window) == "like slate, 1 of 1"
    assert popup.others.text() == "Looking for others…"
    room = popup.panel_rect()
    assert last_fill(scripted).sampling.temperature == 0
    answer_several(scripted, "at rest", "like slate", "too calm")
    # These were few: the next are drawn more boldly.
    assert last_fill(scripted).sampling.temperature > 0
    answer_several(scripted, "too calm", "ready to sleep")
    assert last_rescore(scripted).candidates[0][1] == (
        "like slate",
        "at rest",
        "too calm",
        "ready to sleep",
    )
    rescored(scripted, {0: ("too calm", "like slate", "at rest", "ready to sleep")})
    assert shown(window) == ["too calm", "like slate", "at rest", "ready to sleep"]
    assert current(window) == "too calm"
    assert previews(window) == ["too calm"]
    assert spoken(window) == "too calm, 50 percent, 1 of 4"
    assert popup.others.text() == ""
    # Nothing has moved under the pointer.
    assert popup.panel_rect() == room


def test_more_fills_stand_below_a_word_that_the_writer_chose(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    text = window.page.text()
    scripted.answer((found(0, text, ("like slate",), best=0.04),))
    press(qtbot, window, Key.Key_Down)
    answer_several(scripted, "at rest", "like slate", "too calm", "ready to sleep")
    answer_several(scripted, "at rest")
    rescored(scripted, {0: ("too calm", "like slate", "at rest", "ready to sleep")})
    assert shown(window) == ["like slate", "too calm", "at rest", "ready to sleep"]
    assert current(window) == "like slate"


def test_a_fill_that_nothing_stands_beside_has_no_share(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    text = window.page.text()
    scripted.answer((found(0, text, ("like slate",), best=0.004),))
    for _ in range(2):
        answer_several(scripted, "like slate", best=0.004)
    assert spoken(window) == "like slate, 1 of 1"
    assert window.candidates.popup.others.text() == "No others were found."


def test_words_of_another_length_are_not_offered_as_words_of_this_one(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    popup = window.candidates.popup
    height = popup.panel_rect().height()
    press(qtbot, window, Key.Key_Right)
    answer_several(scripted, "the poor")
    assert shown(window) == ["the poor"]
    press(qtbot, window, Key.Key_Left)
    # Nothing is known of one word yet: there is nothing to choose, nor to narrow.
    assert (shown(window), popup.length.text()) == ([], "1 word")
    qtbot.keyClicks(popup.list, "t")
    press(qtbot, window, Key.Key_Return)
    assert (shown(window), popup.message.text()) == ([], "")
    assert popup.panel_rect().height() >= height
    assert window.page.text() == TEXT
    request = last_fill(scripted)
    assert request.text.startswith("A cup of [MASK] and a bun.")
    scripted.answer((found(0, request.text, ("tea", "milk", "the")),))
    assert shown(window) == ["tea", "the"]


def test_a_search_for_another_length_that_was_left_is_taken_up_again(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Right)
    window.candidates.close()
    place = window.candidates.places.all()[0]
    assert (place.rows, place.length) == ([], (2, 2))
    count = len(scripted.requests)
    window.candidates.open(place)
    assert len(scripted.requests) == count + 1
    answer_several(scripted, "black tea")
    assert shown(window) == ["black tea"]


def test_a_list_whose_sentence_is_edited_says_that_it_goes(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    offer(window, scripted)
    window.page.replace([(0, 1, "One")])
    assert not window.candidates.is_open
    notice = window.notices.notice
    assert not window.notices.isHidden()
    assert notice.news == "You edited this sentence, so these suggestions were set aside."
    assert [step.label for step in notice.steps] == ["Fill again"]
    count = len(scripted.requests)
    notice.steps[0].action()
    assert len(scripted.requests) == count + 1
    assert last_fill(scripted).blanks == (0,)


def test_rows_stand_where_they_stood_while_another_length_is_looked_for(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    popup = window.candidates.popup
    room, first = popup.panel_rect(), popup.list.mapTo(window, QPoint())
    press(qtbot, window, Key.Key_Right)
    popup.length.setText("")
    qtbot.waitUntil(lambda: popup.length.text() == "Reading…")
    assert popup.list.mapTo(window, QPoint()) == first
    scripted.answer((found(0, last_fill(scripted).text, ("hot tea",), best=0.03),))
    assert (popup.length.text(), popup.others.text()) == ("2 words", "Looking for others…")
    assert (popup.panel_rect(), popup.list.mapTo(window, QPoint())) == (room, first)


def test_the_fill_of_one_blank_stands_where_its_share_belongs(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = "The [MASK] barks."
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer((replace(found(0, text, ("sun", "dog")), fill="dog"),))
    assert shown(window) == ["sun", "dog"]
    assert current(window) == "sun"
    assert previews(window) == ["sun"]


def test_fills_that_suit_each_other_lead_and_it_is_said_why(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "The [MASK] barks at the [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    first = replace(found(0, text, ("sun", "dog", "cat")), fill="dog")
    scripted.answer((first, found(1, text, ("moon", "sea"))))
    popup = window.candidates.popup
    assert previews(window) == ["dog", "moon"]
    assert shown(window) == ["dog", "sun", "cat"]
    assert popup.rule.text() == "The first suits the other blanks best."
    press(qtbot, window, Key.Key_Down, Held.AltModifier)
    assert popup.rule.text() == ""
    press(qtbot, window, Key.Key_Down)
    qtbot.waitUntil(lambda: isinstance(scripted.requests[-1], RescoreRequest))
    rescored(scripted, {0: ("cat", "sun", "dog")})
    press(qtbot, window, Key.Key_Up, Held.AltModifier)
    # Shares given the other word: the likeliest leads.
    assert shown(window) == ["cat", "sun", "dog"]
    assert popup.rule.text() == ""


def test_draws_that_are_no_words_are_not_offered(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    offer(window, scripted)
    window.candidates.open(window.candidates.places.all()[2])
    answer_several(scripted, "too calm", "sc around", "at rest")
    answer_several(scripted, "too calm")
    assert scripted.info is not None
    shares = {"like slate": 0.9, "too calm": 0.05, "at rest": 0.04, "sc around": 0.001}
    candidates = tuple(
        Candidate(text=words, logprob=-1.0, probability=share) for words, share in shares.items()
    )
    result = RescoreResult(candidates=((0, candidates),), model=scripted.info, stats=STATS)
    scripted.rescored.emit(scripted.job, result)
    assert shown(window) == ["like slate", "too calm", "at rest"]


def test_enough_answers_end_the_search(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    scripted.answer((found(0, window.page.text(), ("like slate",)),))
    answer_several(scripted, "at rest", "too calm", "ready to sleep", "as it should")
    words = ("like slate", "at rest", "too calm", "ready to sleep", "as it should")
    assert last_rescore(scripted).candidates == ((0, words),)
    rescored(scripted, {0: words})
    assert shown(window) == list(words)
    assert window.candidates.popup.list.candidates.has_shares


def test_other_suggestions_of_several_words_come_together(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    scripted.answer((found(0, window.page.text(), ("like slate",)),))
    press(qtbot, window, Key.Key_F5)
    answer_several(scripted, "at rest")
    assert shown(window) == ["at rest"]
    answer_several(scripted, "too calm", "ready to sleep")
    rescored(scripted, {0: ("at rest", "too calm", "ready to sleep")})
    assert shown(window) == ["at rest", "too calm", "ready to sleep"]


def test_a_search_that_was_left_is_taken_up_again(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Up, Held.AltModifier)
    assert len(scripted.requests) == 2
    press(qtbot, window, Key.Key_Up, Held.AltModifier)
    assert scripted.cancelled_jobs == [2]
    press(qtbot, window, Key.Key_Down, Held.AltModifier)
    assert len(scripted.requests) == 3


def spoken(window: MainWindow) -> str:
    rows = window.candidates.popup.list
    return str(rows.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole))


def offer_linked(window: MainWindow, scripted: ScriptedEngine) -> str:
    text = "[MASK:name=a] saw [MASK:name=a] and [MASK]."
    names = ("Anna", "Ben")
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer((found(0, text, names), found(1, text, names), found(2, text, BUN)))
    return text


def test_linked_blanks_take_one_word_together(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = offer_linked(window, scripted)
    assert window.candidates.popup.segments is None
    press(qtbot, window, Key.Key_Down)
    assert previews(window) == ["Ben", "Ben", "bun"]
    qtbot.waitUntil(lambda: len(scripted.requests) == 2)
    assert last_rescore(scripted).fixed == ((0, "Ben"), (1, "Ben"))
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == "Ben saw Ben and [MASK]."
    window.page.undo()
    assert window.page.text() == text


def test_linked_blanks_agree_after_a_ranking(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer_linked(window, scripted)
    press(qtbot, window, Key.Key_Up, Held.AltModifier)
    press(qtbot, window, Key.Key_Down)
    qtbot.waitUntil(lambda: len(scripted.requests) == 2)
    rescored(scripted, {0: ("Ben", "Anna"), 1: ("Anna", "Ben")})
    assert previews(window) == ["Ben", "Ben", "pie"]


def test_a_blank_that_nothing_fits_says_so_and_what_to_do(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    text = 'A [MASK:starts="q",max_chars=1].'
    window.page.load(text)
    window.filling.fill_all()
    blank = find_blanks(text)[0]
    left = UnfilledBlank(index=0, start=blank.start, end=blank.end, reason="No. Loosen.")
    scripted.answer((), (left,))
    [chip] = window.page.states.chips(window.page.document().begin())
    assert (chip.state, chip.reason) == (ChipState.ERROR, "no word fits")
    popup = window.candidates.popup
    assert popup.message.text().startswith("No word fits this rule here.")
    assert popup.rule.text() == "starts with q, at most 1 letters"
