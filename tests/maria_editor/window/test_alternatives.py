"""Alternatives for words of the text: one step, nothing changes before one is taken."""

from __future__ import annotations

from candidates_script import (
    answer_several,
    found,
    last_fill,
    last_rescore,
    rescored,
    shown,
)
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.editor.chips import ChipState
from maria_editor.window.main_window import MainWindow
from maria_model.api import FillRequest

TEXT = "\U0001f642 The sea looked grey today."


def answer(scripted: ScriptedEngine, *words: str) -> None:
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks is not None
    [index] = request.blanks
    scripted.answer((found(index, request.text, words, best=0.3),))


def test_one_key_asks_about_the_word_at_the_caret(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load(TEXT)
    place = TEXT.index("grey") + 2
    window.page.select_span(place, place)
    window.commands["alternatives"].trigger()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.text == TEXT.replace("grey", "[MASK]")
    answer(scripted, "Grey", "calm", "blue")
    popup = window.candidates.popup
    assert popup.title.text() == "Alternatives"
    assert [row.words for row in popup.list.candidates.rows] == ["calm", "blue"]
    [chip] = window.page.states.chips(window.page.document().begin())
    assert (chip.state, chip.words) == (ChipState.PREVIEW, "calm")
    assert window.page.text() == TEXT
    qtbot.keyClick(popup.list, Qt.Key.Key_2)
    assert window.page.text() == TEXT.replace("grey", "blue")
    assert not popup.isVisible()
    window.page.undo()
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()


def test_escape_and_leaving_change_nothing(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load(TEXT)
    popup = window.candidates.popup
    for close in (lambda: qtbot.keyClick(popup.list, Qt.Key.Key_Escape), popup.left.emit):
        assert window.alternatives.ask(TEXT.index("grey"), TEXT.index(" today"))
        answer(scripted, "calm")
        close()
        assert not popup.isVisible()
        assert window.page.states.chips(window.page.document().begin()) == []
        assert window.page.text() == TEXT
        assert not window.page.document().isUndoAvailable()


def test_as_many_words_are_asked_for_as_are_selected(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    assert window.alternatives.ask(TEXT.index(" looked"), TEXT.index("today"))
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.text == TEXT.replace("looked grey", "[MASK:2]")


def test_words_that_come_back_are_no_alternative_and_others_are_looked_for(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    assert window.alternatives.ask(TEXT.index("looked"), TEXT.index(" today"))
    answer(scripted, "looked grey")
    popup = window.candidates.popup
    assert popup.isVisible()
    assert popup.others.text() == "Looking for others…"
    assert popup.message.text() == ""
    assert popup.length.text() == "2 words"
    assert last_fill(scripted).text == TEXT.replace("looked grey", "[MASK:auto]")
    answer_several(scripted, "looked grey", "shone", "looked like slate")
    assert last_fill(scripted).text == TEXT.replace("looked grey", "[MASK:2]")
    answer_several(scripted, "looked grey", "was calm", "lay still", "looked wide")
    words = ("shone", "looked like slate", "was calm", "lay still", "looked wide")
    assert last_rescore(scripted).candidates == ((0, words),)
    rescored(scripted, {0: words})
    assert shown(window) == list(words)
    assert popup.length.text() == "1–3 words"
    assert popup.segments is not None
    assert popup.segments.index == 3
    [chip] = window.page.states.chips(window.page.document().begin())
    assert (chip.state, chip.words) == (ChipState.PREVIEW, "shone")
    # The length that was asked for can still be had.
    popup.length_chosen.emit((2, 2))
    assert last_fill(scripted).text == TEXT.replace("looked grey", "[MASK:2]")
    answer_several(scripted, "was calm")
    assert popup.length.text() == "2 words"
    assert popup.segments.index == 1


def test_where_no_other_words_are_found_it_is_said(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    assert window.alternatives.ask(TEXT.index("looked"), TEXT.index(" today"))
    answer(scripted, "looked grey")
    for _ in range(3):
        answer_several(scripted, "looked grey")
    popup = window.candidates.popup
    assert popup.message.text() == "No other words fit here. Try another length."
    assert popup.others.text() == ""


def test_blanks_of_the_text_are_not_filled_along(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(f"[MASK] {TEXT}")
    text = window.page.text()
    assert window.alternatives.ask(text.index("grey"), text.index(" today"))
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.blanks == (1,)


def test_nothing_to_ask_about_is_said(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load("one\ntwo [MASK]  ")
    assert not window.alternatives.ask(0, 7)
    assert not window.alternatives.ask(4, 14)
    assert not window.alternatives.ask(15, 16)
    window.page.select_span(16, 16)
    window.commands["alternatives"].trigger()
    assert window.notices.notice.news == "No words to ask about here."
    assert not scripted.requests


def test_the_menu_of_a_word_has_it_on_top(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(TEXT)
    menu = window.menu.menu_at(None)
    window.alternatives.extend(menu, window.page.position(TEXT.index("grey")))
    first = menu.actions()[0]
    assert first.text() == "Alternatives"
    first.trigger()
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    assert request.text == TEXT.replace("grey", "[MASK]")
