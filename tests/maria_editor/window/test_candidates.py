"""Candidates: previews outside the document, the popup's keys, an undo step an acceptance."""

from __future__ import annotations

import pytest
from candidates_script import (
    BUN,
    TEA,
    TEXT,
    Held,
    Key,
    current,
    found,
    last_rescore,
    offer,
    press,
    previews,
    shown,
)
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.window.main_window import MainWindow


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


def test_while_words_are_looked_for_it_says_so_until_they_come(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.filling.fill_all()
    window.commands["next_suggestion"].trigger()
    assert window.notices.notice.news == "Words are being looked for."
    assert not window.notices.isHidden()
    scripted.answer((found(0, TEXT, TEA), found(1, TEXT, BUN)))
    assert window.notices.isHidden()
    assert previews(window) == ["tea", "bun"]


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
