"""Candidates: previews outside the document, the popup's keys, an undo step an acceptance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.editor.chips import ChipState
from maria_editor.window.main_window import MainWindow
from maria_model.api import (
    BlankResult,
    Candidate,
    FillRequest,
    RescoreRequest,
    RescoreResult,
    UnfilledBlank,
)
from maria_model.blanks import find_blanks

TEXT = "A cup of [MASK] and a [MASK].\nThe sea looked [MASK:2-3]."
TEA = ("tea", "coffee", "Tea", "milk", "water", "wine", "cider", "cocoa", "soup", "juice", "rum")
BUN = ("bun", "pie", "cake")
Key = Qt.Key
Held = Qt.KeyboardModifier


def found(index: int, text: str, words: Sequence[str], best: float = 0.4) -> BlankResult:
    blank = find_blanks(text)[index]
    candidates = tuple(
        Candidate(text=word, logprob=-1.0 - i, probability=best / (i + 1))
        for i, word in enumerate(words)
    )
    return BlankResult(
        index=index,
        start=blank.start,
        end=blank.end,
        fill=words[0],
        logprob=-1.0,
        candidates=candidates,
    )


def offer(window: MainWindow, scripted: ScriptedEngine, text: str = TEXT) -> None:
    """Fill all and answer."""
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer(
        (found(0, text, TEA), found(1, text, BUN), found(2, text, ("like slate",), best=0.04))
    )


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, held: Held = Held.NoModifier) -> None:
    qtbot.keyClick(window.candidates.popup.list, key, held)


def previews(window: MainWindow) -> list[str]:
    document = window.page.document()
    blocks = [document.findBlockByNumber(i) for i in range(document.blockCount())]
    return [
        chip.words
        for block in blocks
        for chip in window.page.states.chips(block)
        if chip.state is ChipState.PREVIEW
    ]


def shown(window: MainWindow) -> list[str]:
    return [row.words for row in window.candidates.popup.list.candidates.rows]


def current(window: MainWindow) -> str:
    return str(window.candidates.popup.list.currentIndex().data())


def rescored(
    scripted: ScriptedEngine, answers: dict[int, Sequence[str]], job: int | None = None
) -> None:
    assert scripted.info is not None
    candidates = tuple(
        (
            index,
            tuple(
                Candidate(text=word, logprob=-1.0, probability=0.5 / 2**i)
                for i, word in enumerate(words)
            ),
        )
        for index, words in answers.items()
    )
    result = RescoreResult(candidates=candidates, model=scripted.info, stats=STATS)
    scripted.rescored.emit(scripted.job if job is None else job, result)


def last_fill(scripted: ScriptedEngine) -> FillRequest:
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    return request


def last_rescore(scripted: ScriptedEngine) -> RescoreRequest:
    request = scripted.requests[-1]
    assert isinstance(request, RescoreRequest)
    return request


def test_the_popup_opens_at_the_first_blank_with_five_rows_and_more(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    popup = window.candidates.popup
    assert popup.isVisible()
    assert popup.title.text() == "Blank 1 of 3"
    assert shown(window) == ["tea", "coffee", "milk", "water", "wine"]
    assert popup.list.candidates.rowCount() == 6
    assert popup.accept_all.text() == "Accept all 3"
    assert previews(window) == ["tea", "bun", "like slate"]
    assert window.page.text() == TEXT
    for _ in range(5):
        press(qtbot, window, Key.Key_Down)
    assert current(window) == "More"
    press(qtbot, window, Key.Key_Return)
    assert len(shown(window)) == 9
    assert current(window) == "cider"
    assert previews(window)[0] == "cider"
    assert window.page.text() == TEXT


def test_moving_previews_at_once_and_goes_round(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    caret = window.page.textCursor().position()
    press(qtbot, window, Key.Key_Down)
    assert (current(window), previews(window)[0]) == ("coffee", "coffee")
    press(qtbot, window, Key.Key_Up)
    press(qtbot, window, Key.Key_Up)
    assert current(window) == "More"
    assert window.page.textCursor().position() == caret
    assert not window.page.document().isModified()


def test_enter_accepts_and_goes_on_each_as_one_undo_step(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Down)
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == TEXT.replace("[MASK]", "coffee", 1)
    assert window.candidates.popup.title.text() == "Blank 1 of 2"
    assert previews(window) == ["bun", "like slate"]
    press(qtbot, window, Key.Key_3)
    assert window.page.text().startswith("A cup of coffee and a cake.")
    assert window.candidates.popup.title.text() == "Blank 1 of 1"
    window.page.undo()
    assert window.page.text() == TEXT.replace("[MASK]", "coffee", 1)
    window.page.undo()
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()


def test_shift_enter_accepts_and_closes_and_the_other_previews_stay(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Return, Held.ShiftModifier)
    assert not window.candidates.popup.isVisible()
    assert previews(window) == ["bun", "like slate"]
    window.page.select_span(window.page.text().index("[MASK]"), window.page.text().index("]"))
    window.filling.fill_here()
    assert window.candidates.popup.isVisible()
    assert shown(window) == list(BUN)
    assert len(scripted.requests) == 1


def test_escape_leaves_the_blanks_as_they_were(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Down)
    press(qtbot, window, Key.Key_Escape)
    assert not window.candidates.popup.isVisible()
    assert previews(window) == []
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()


def test_previews_outlive_the_popup_until_the_text_near_them_changes(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    window.page.setFocus()
    window.candidates.popup.left.emit()
    assert not window.candidates.popup.isVisible()
    assert previews(window) == ["tea", "bun", "like slate"]
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    qtbot.keyClicks(window.page, "!")
    assert previews(window) == ["tea", "bun"]
    window.page.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClicks(window.page, "x")
    assert previews(window) == []
    assert window.page.text() == f"x{TEXT}!"


def test_all_are_accepted_as_one_undo_step_while_previews_stand(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Return, Held.ControlModifier)
    filled = "A cup of tea and a bun.\nThe sea looked like slate."
    assert window.page.text() == filled
    assert not window.candidates.popup.isVisible()
    window.page.undo()
    assert window.page.text() == TEXT
    offer(window, scripted)
    window.candidates.popup.left.emit()
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    window.commands["fill"].trigger()
    assert window.page.text() == filled


def test_escape_in_the_page_takes_standing_previews_away(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    window.candidates.popup.left.emit()
    window.commands["stop"].trigger()
    assert previews(window) == []


def test_letters_narrow_and_backspace_takes_them_back(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    qtbot.keyClicks(window.candidates.popup.list, "Co")
    assert shown(window) == ["coffee", "cocoa"]
    assert previews(window)[0] == "coffee"
    qtbot.keyClicks(window.candidates.popup.list, "qu")
    popup = window.candidates.popup
    assert shown(window) == []
    assert popup.message.text() == "Nothing begins with “Coqu”. Press Backspace."
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == TEXT
    press(qtbot, window, Key.Key_Backspace)
    press(qtbot, window, Key.Key_Backspace)
    assert shown(window) == ["coffee", "cocoa"]


def test_alt_arrows_go_through_the_blanks(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    press(qtbot, window, Key.Key_Up, Held.AltModifier)
    popup = window.candidates.popup
    assert (popup.title.text(), popup.length.text()) == ("Blank 3 of 3", "2–3 words")
    press(qtbot, window, Key.Key_Down, Held.AltModifier)
    assert popup.title.text() == "Blank 1 of 3"
    popup.next.click()
    assert popup.title.text() == "Blank 2 of 3"
    popup.previous.click()
    assert popup.title.text() == "Blank 1 of 3"


def test_suggestions_go_round_in_the_chip_without_the_popup(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    window.candidates.close()
    window.page.select_span(TEXT.index("[MASK]"), TEXT.index("[MASK]"))
    qtbot.keyClick(window.page, Key.Key_Down, Held.AltModifier)
    assert previews(window) == ["coffee", "bun", "like slate"]
    qtbot.waitUntil(lambda: len(scripted.requests) == 2)
    assert last_rescore(scripted).fixed == ((0, "coffee"),)
    for _ in range(2):
        qtbot.keyClick(window.page, Key.Key_Up, Held.AltModifier)
    assert previews(window)[0] == "juice"
    assert not window.candidates.popup.isVisible()
    assert window.page.text() == TEXT
    # Of one suggestion there is no next; the popup looks for more.
    window.page.select_span(TEXT.index("[MASK:2-3]"), TEXT.index("[MASK:2-3]"))
    window.commands["next_suggestion"].trigger()
    assert window.candidates.popup.isVisible()


def test_where_nothing_is_offered_it_says_how_to_ask(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load("No blank here.")
    window.commands["next_suggestion"].trigger()
    assert window.notices.notice.news == "No suggestions here."


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
    assert not window.candidates._ranking.is_pending
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


def test_more_fills_of_several_words_come_together_below_the_first(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load("The sea looked [MASK:2-3].")
    window.filling.fill_all()
    text = window.page.text()
    scripted.answer((found(0, text, ("like slate",), best=0.04),))
    for words in ("at rest", "like slate", "too calm", "ready to sleep"):
        assert shown(window) == ["like slate"]
        scripted.answer((found(0, text, (words,)),))
    assert last_rescore(scripted).candidates[0][1] == (
        "like slate",
        "at rest",
        "too calm",
        "ready to sleep",
    )
    rescored(scripted, {0: ("too calm", "like slate", "at rest", "ready to sleep")})
    assert shown(window) == ["like slate", "too calm", "at rest", "ready to sleep"]
    assert current(window) == "like slate"


def test_draws_that_are_no_words_are_not_offered(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    offer(window, scripted)
    window.candidates.open(window.candidates.places.all()[2])
    for words in ("too calm", "sc around", "too calm", "at rest"):
        scripted.answer((found(2, TEXT, (words,), best=0.03),))
    assert scripted.info is not None
    shares = {"like slate": 0.9, "too calm": 0.05, "at rest": 0.04, "sc around": 0.001}
    candidates = tuple(
        Candidate(text=words, logprob=-1.0, probability=share) for words, share in shares.items()
    )
    result = RescoreResult(candidates=((0, candidates),), model=scripted.info, stats=STATS)
    scripted.rescored.emit(scripted.job, result)
    assert shown(window) == ["like slate", "too calm", "at rest"]


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


def test_the_popup_keeps_off_its_chip_at_any_window_size(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.resize(800, 600)
    text = "One line.\n" * 14 + "A cup of [MASK]."
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer((found(0, text, TEA),))
    page, popup = window.page, window.candidates.popup
    chip = page.chip_rect(page.position(text.index("[MASK]"))).toAlignedRect()
    chip.moveTopLeft(page.viewport().mapTo(window, chip.topLeft()))
    assert not popup.panel_rect().intersects(chip)
    area = page.rect().translated(page.mapTo(window, page.rect().topLeft()))
    assert area.contains(popup.panel_rect())


def test_a_run_of_acceptances_keeps_one_version(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    offer(window, scripted)
    kept: list[str] = []
    window.candidates.landing.version_wanted.connect(lambda text, before: kept.append(text))
    press(qtbot, window, Key.Key_Return)
    press(qtbot, window, Key.Key_Return)
    assert kept == [TEXT]


@pytest.mark.parametrize("sign", ["\U0001f642", "\u05e9\u05dc\u05d5\u05dd", "e\u0301"])
def test_places_are_found_beside_signs_of_any_width(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot, sign: str
) -> None:
    text = f"{sign} [MASK]{sign} [MASK] {sign}"
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer((found(0, text, ("tea",)), found(1, text, BUN)))
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == f"{sign} tea{sign} [MASK] {sign}"
    press(qtbot, window, Key.Key_2)
    assert window.page.text() == f"{sign} tea{sign} pie {sign}"


def test_neighbouring_blanks_do_not_take_in_each_others_words(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    text = "[MASK][MASK]"
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer((found(0, text, ("tea",)), found(1, text, ("bag",))))
    press(qtbot, window, Key.Key_Down, Held.AltModifier)
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == "[MASK]bag"
    press(qtbot, window, Key.Key_Return)
    assert window.page.text() == "teabag"
