"""How the window shows the text: column, spacing, focus and typewriter mode."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.settings import Settings
from maria_editor.window.actions import Command, action_of
from maria_editor.window.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier
LONG = "\n\n".join(f"Paragraph {n} has a few words." for n in range(80))


def line_height(window: MainWindow) -> float:
    """Return the distance of the first two paragraphs of one line."""
    first = window.page.document().begin()
    layout = window.page.document().documentLayout()
    return layout.blockBoundingRect(first.next()).y() - layout.blockBoundingRect(first).y()


def test_spacing_and_width_leave_the_history_alone(
    window: MainWindow, settings: Settings, qtbot: QtBot
) -> None:
    window.page.load("Some\nwords.")
    qtbot.keyClicks(window.page, "x")
    revision, height = window.page.revision, line_height(window)
    wide = window.page.viewport().width()
    window.commands["spacing_1.8"].trigger()
    assert line_height(window) == pytest.approx(height * 1.8 / 1.6, abs=1)
    window.commands["measure_60"].trigger()
    assert window.page.viewport().width() < wide
    assert (settings.spacing, settings.measure) == ("1.8", "60")
    assert window.page.revision == revision
    window.page.undo()
    assert window.page.text() == "Some\nwords."
    assert not window.page.document().isUndoAvailable()


def test_other_paragraphs_are_dimmed_in_focus_mode(window: MainWindow) -> None:
    window.page.load("One two three.\n\nFour five six.")
    window.page.select_at(0, 0)
    QApplication.processEvents()
    page = window.page

    def darkest(block_number: int) -> int:
        block = page.document().findBlockByNumber(block_number)
        origin = page.origin(block).toPoint()
        strip = page.viewport().grab().toImage().copy(origin.x() + 4, origin.y(), 120, 30)
        colors = [strip.pixelColor(x, y) for x in range(120) for y in range(30)]
        return min(color.lightness() for color in colors)

    before = darkest(2)
    window.commands["focus_mode"].trigger()
    QApplication.processEvents()
    assert darkest(2) > before + 30
    assert darkest(0) < before + 30
    assert not window.status.isVisible()
    window.commands["stop"].trigger()
    assert darkest(2) == before


def test_the_written_line_stays_at_one_height(window: MainWindow, qtbot: QtBot) -> None:
    window.page.load(LONG)
    window.commands["typewriter"].trigger()
    middle = round(window.page.viewport().height() * 0.45)
    for position in (len(LONG) // 2, len(LONG)):
        window.page.select_at(position, position)
        qtbot.keyClicks(window.page, "abc")
        assert window.page.cursorRect().center().y() == pytest.approx(middle, abs=2)
    window.commands["typewriter"].trigger()
    bar, page = window.page.verticalScrollBar(), window.page
    assert bar.maximum() == round(page.document().size().height()) - page.viewport().height()


def is_caret_in_view(window: MainWindow) -> bool:
    QApplication.processEvents()
    return window.page.viewport().rect().contains(window.page.cursorRect())


def test_the_caret_stays_in_view_when_all_lines_move(window: MainWindow) -> None:
    window.page.load(LONG)
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    assert is_caret_in_view(window)
    for command in ("zoom_in", "spacing_1.8", "measure_60", "zoom_in", "zoom_out"):
        window.commands[command].trigger()
        assert is_caret_in_view(window)


def test_what_is_read_stays_when_the_caret_is_elsewhere(window: MainWindow) -> None:
    window.page.load(LONG)
    window.page.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    window.page.verticalScrollBar().setValue(0)
    window.commands["zoom_in"].trigger()
    assert window.page.verticalScrollBar().value() == 0
    # But focus mode is about the paragraph that is written.
    window.commands["focus_mode"].trigger()
    assert is_caret_in_view(window)


@pytest.mark.parametrize(
    ("key", "held", "percent"),
    [
        (Qt.Key.Key_Plus, CTRL, 110),
        (Qt.Key.Key_Equal, CTRL, 110),
        (Qt.Key.Key_Plus, CTRL | KEYPAD, 110),
        (Qt.Key.Key_Minus, CTRL, 90),
        (Qt.Key.Key_Minus, CTRL | KEYPAD, 90),
        (Qt.Key.Key_0, CTRL | KEYPAD, 100),
    ],
)
def test_all_keys_that_say_plus_and_minus_change_the_size(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier, percent: int
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window.page, key, held)
    assert window.page.zoom == percent
    assert window.commands["zoom_in"].shortcut().toString() == "Ctrl++"


def test_own_keys_take_the_place_of_all_usual_ones(window: MainWindow) -> None:
    give, action = window.settings_flow.keys.give, window.commands["zoom_in"]
    assert "belongs to" in give("about", QKeySequence("Ctrl+="))
    assert give("zoom_in", QKeySequence("Ctrl+J")) == ""
    assert [keys.toString() for keys in action.shortcuts()] == ["Ctrl+J"]
    assert give("about", QKeySequence("Ctrl+=")) == ""
    # What was given away meanwhile does not come back: two would hear it, and so none.
    assert window.settings_flow.keys.reset("zoom_in") == ""
    assert [keys.toString() for keys in action.shortcuts()] == ["Ctrl++"]
    window.settings_flow.keys.reset_all()
    assert [keys.toString() for keys in action.shortcuts()] == ["Ctrl++", "Ctrl+="]


def test_a_panel_beside_large_text_leaves_the_written_line_where_it_is(window: MainWindow) -> None:
    window.resize(900, 700)
    window.page.load(" ".join(LONG.split()))
    window.view.zoom_to(200)
    place = len(LONG) // 2
    window.page.select_at(place, place)
    QApplication.processEvents()
    before, width = window.page.cursorRect().top(), window.page.viewport().width()
    for is_narrow in (True, False):
        window.commands["likelihood"].trigger()
        QApplication.processEvents()
        assert (window.page.viewport().width() < width) is is_narrow
        assert window.page.cursorRect().top() == pytest.approx(before, abs=2)


def test_the_full_screen_has_a_key_on_every_desktop(window: MainWindow) -> None:
    keys = [QKeySequence("F11")]
    assert window.commands["full_screen"].shortcuts()[-1:] == keys
    for standard in ("F11", QKeySequence.StandardKey.UnknownKey):
        # It may be the very key that stands beside it, or none at all.
        command = Command("full_screen", "Full screen", standard, also=("F11",))
        assert action_of(command, window).shortcuts() == keys


def test_a_maximized_window_is_so_again_after_the_full_screen(window: MainWindow) -> None:
    window.showMaximized()
    window.commands["full_screen"].trigger()
    assert window.isFullScreen()
    assert window.commands["full_screen"].isChecked()
    window.commands["full_screen"].trigger()
    assert not window.isFullScreen()
    assert window.isMaximized()
    assert not window.commands["full_screen"].isChecked()
