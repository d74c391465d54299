"""The likelihood view by its words: from one to the next, taking another, closing."""

from __future__ import annotations

import pytest
from candidates_script import found, last_fill, shown
from likelihood_script import (
    TEXT,
    listed,
    marked,
    point_of,
    ringed,
    score_page,
)
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted_client import ScriptedEngine

from maria_editor.window.main_window import MainWindow
from maria_editor.window.provenance_flow import Origin


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


@pytest.mark.parametrize(
    ("word", "first"), [("hem", "rim"), ("four", "for")], ids=["a word", "a slip"]
)
def test_the_list_and_the_alternatives_put_the_same_word_first(
    window: MainWindow, scripted: ScriptedEngine, word: str, first: str
) -> None:
    score_page(window, scripted)
    words = window.likelihood_panel.list
    odd = next(one for one in words.words if one.text == word)
    words.chosen.emit(odd)
    window.likelihood.ask(odd)
    request = last_fill(scripted)
    [index] = request.blanks or ()
    scripted.answer((found(index, request.text, ("rim", "brim", "edge", "side")),))
    assert shown(window)[0] == "rim"
    assert odd.likelier[0] == first
    assert words.use.text() == f"Use “{first}”"


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


@pytest.mark.parametrize("name", ["list", "use", "cross", "sides"])
def test_every_control_has_a_name(window: MainWindow, scripted: ScriptedEngine, name: str) -> None:
    score_page(window, scripted)
    window.likelihood.go()
    panel = window.likelihood_panel
    control = panel.list.use if name == "use" else getattr(panel, name)
    assert control.accessibleName()
