"""Find and replace in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from maria_editor.editor.search import Match, Query
from maria_editor.theme.label import Label
from maria_editor.window import find_flow
from maria_editor.window.main_window import MainWindow

TEXT = "One lamp 🙂 and a Lamp.\n\nNo [MASK] lamp in a lamplight."


@pytest.fixture
def finding(window: MainWindow) -> MainWindow:
    window.page.load(TEXT)
    window.commands["replace"].trigger()
    window.find_bar.words.setText("lamp")
    return window


def selected(window: MainWindow) -> str:
    return window.page.textCursor().selectedText()


def problems(window: MainWindow) -> list[str]:
    """Return the lines that stand below what is looked for."""
    labels = window.find_bar.findChildren(Label)
    return [label.text() for label in labels if label.wordWrap() and label.isVisible()]


def test_the_bar_finds_as_one_types_and_goes_around(finding: MainWindow, qtbot: QtBot) -> None:
    bar = finding.find_bar
    assert bar.count_words() == "1 of 4"
    assert selected(finding) == "lamp"
    qtbot.keyClick(bar.words, Qt.Key.Key_Return)
    assert (bar.count_words(), selected(finding)) == ("2 of 4", "Lamp")
    qtbot.keyClick(bar.words, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(bar.words, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count_words() == "4 of 4, from the end"
    finding.commands["find_next"].trigger()
    assert bar.count_words() == "1 of 4, from the top"


def test_the_second_row_is_there_to_replace_only(window: MainWindow) -> None:
    window.commands["find"].trigger()
    one_row = window.find_bar.sizeHint().height()
    assert not window.find_bar.replacement.isVisible()
    window.commands["replace"].trigger()
    assert window.find_bar.replacement.isVisible()
    assert window.find_bar.sizeHint().height() > one_row


def test_the_switches_narrow_the_search(finding: MainWindow) -> None:
    bar = finding.find_bar
    bar.whole_words.setChecked(True)
    assert bar.count_words() == "1 of 3"
    bar.match_case.setChecked(True)
    assert bar.count_words() == "1 of 2"
    bar.is_pattern.setChecked(True)
    bar.words.setText("(")
    assert bar.count_words() == "Cannot be read"
    bar.words.setText("nothing")
    assert bar.count_words() == "No matches"


def test_replacing_one_goes_on_to_the_next(finding: MainWindow) -> None:
    finding.find_bar.replacement.setText("🙂 lantern")
    finding.find_bar.replace_requested.emit()
    assert finding.page.text() == TEXT.replace("lamp", "🙂 lantern", 1)
    assert (selected(finding), finding.find_bar.count_words()) == ("Lamp", "1 of 3")


def test_replacing_all_is_one_undo_step(finding: MainWindow) -> None:
    finding.find_bar.replacement.setText("candle")
    finding.find_bar.replace_all_requested.emit()
    assert finding.page.text() == TEXT.replace("lamp", "candle").replace("Lamp", "candle")
    assert finding.find_bar.count_words() == "4 replaced"
    finding.page.undo()
    assert finding.page.text() == TEXT
    assert not finding.page.document().isUndoAvailable()


def test_a_group_that_is_not_there_erases_nothing(finding: MainWindow) -> None:
    bar = finding.find_bar
    bar.is_pattern.setChecked(True)
    bar.replacement.setText(r"<\9>")
    for replace in (bar.replace_all_requested, bar.replace_requested):
        replace.emit()
        assert finding.page.text() == TEXT
        assert problems(finding) == ["There is no group 9 in this pattern."]
    bar.replacement.setText(r"<\0>")
    assert (problems(finding), bar.count_words()) == ([], "1 of 4")
    bar.replace_requested.emit()
    assert finding.page.text() == TEXT.replace("lamp", "<lamp>", 1)


def test_a_pattern_that_cannot_be_read_is_said_in_a_line(finding: MainWindow) -> None:
    bar = finding.find_bar
    bar.is_pattern.setChecked(True)
    bar.words.setText("(lamp")
    [problem] = problems(finding)
    assert problem.endswith("missing closing parenthesis, at its end.")
    bar.replace_all_requested.emit()
    assert (finding.page.text(), problems(finding)) == (TEXT, [problem])
    bar.words.setText("lamp")
    assert problems(finding) == []


def test_replacing_in_a_selection_leaves_the_rest(window: MainWindow) -> None:
    window.page.load(TEXT)
    start = TEXT.index("No")
    window.page.select_span(start, len(TEXT))
    window.commands["replace"].trigger()
    bar = window.find_bar
    bar.in_selection.setChecked(True)
    bar.words.setText("lamp")
    assert bar.count_words() == "1 of 2"
    bar.replacement.setText("candle")
    bar.replace_all_requested.emit()
    assert window.page.text() == TEXT[:start] + TEXT[start:].replace("lamp", "candle")


def test_the_bar_opens_with_the_selected_words_and_follows_edits(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.page.load("one two one")
    window.page.select_span(0, 3)
    window.commands["find"].trigger()
    bar = window.find_bar
    assert (bar.words.text(), bar.count_words()) == ("one", "1 of 2")
    window.page.replace([(0, 0, "one ")])
    assert bar.count_words().endswith("of 3")


def test_escape_closes_the_bar_and_gives_the_page_back(finding: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(finding.find_bar.words, Qt.Key.Key_Escape)
    assert finding.find_bar.isHidden()
    assert finding.focusWidget() is finding.page


def test_matches_are_outlined_on_the_page(window: MainWindow) -> None:
    window.page.load("lamp " * 3)
    plain = window.page.viewport().grab().toImage()
    window.commands["find"].trigger()
    window.find_bar.words.setText("lamp")
    assert window.page.viewport().grab().toImage() != plain
    window.find_bar.close_bar()
    window.page.select_at(0, 0)


def test_a_text_under_review_is_not_replaced(finding: MainWindow) -> None:
    finding.page.setReadOnly(True)
    finding.find_bar.replace_all_requested.emit()
    finding.find_bar.replace_requested.emit()
    assert finding.page.text() == TEXT


def test_going_on_does_not_search_a_text_again_that_is_the_same(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    search = find_flow.find_matches

    def listen(text: str, query: Query) -> list[Match]:
        searched.append(text)
        return search(text, query)

    monkeypatch.setattr(find_flow, "find_matches", listen)
    window.page.load("tea and tea and tea")
    window.commands["find"].trigger()
    window.find_bar.words.setText("tea")
    searched.clear()
    for _ in range(4):
        window.commands["find_next"].trigger()
    assert searched == []
    assert window.page.textCursor().selectionStart() == 8
    window.page.replace([(0, 3, "milk")])
    window.commands["find_next"].trigger()
    assert set(searched) == {"milk and tea and tea"}


def test_a_pattern_that_is_too_costly_is_said_and_finds_what_it_can(
    window: MainWindow, qtbot: QtBot
) -> None:
    trouble = "a" * 28 + " zzz"
    window.page.load(f"{trouble}\nOne aazz.\n{trouble}\nOne more aazz.")
    window.commands["find"].trigger()
    bar = window.find_bar
    bar.is_pattern.setChecked(True)
    bar.words.setText("(a+)+zz")
    assert bar.count_words() == "1 of 2, not all"
    assert selected(window) == "aazz"
    count = next(label for label in bar.findChildren(Label) if label.text() == "1 of 2, not all")
    assert "too costly to search with" in count.toolTip()
    qtbot.keyClick(bar.words, Qt.Key.Key_Return)
    assert bar.count_words() == "2 of 2, not all"
    bar.words.setText("(a+)+zzz")
    assert bar.count_words() == "Too costly"
    bar.words.setText("aazzz")
    assert bar.count_words() == "No matches"
    assert count.toolTip() == ""
