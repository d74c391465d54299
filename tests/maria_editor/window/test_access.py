"""Every control has a name and a way by keyboard; right-to-left paragraphs stand right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from maria_editor.editor.chips import Chip
from maria_editor.theme.menu import Menu
from maria_editor.window.main_window import MainWindow

# Qt's own parts, which it names itself.
_QT_INTERNAL = ("qt_", "QMenuBarExtension", "QToolButton")
HEBREW = "היא עלתה [MASK:2] במדרגות [MASK] הברזל."


def controls(window: MainWindow) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not isinstance(widget, QMenu)
        and not widget.objectName().startswith(_QT_INTERNAL)
        and widget.metaObject().className() not in _QT_INTERNAL
    ]


def test_every_control_has_a_name(window: MainWindow) -> None:
    window.commands["replace"].trigger()
    window.commands["palette"].trigger()
    found = controls(window)
    assert len(found) > 20
    assert [widget for widget in found if not widget.accessibleName()] == []


def test_every_menu_has_a_name_and_every_command_a_label(window: MainWindow) -> None:
    for menu in window.findChildren(Menu):
        assert menu.accessibleName()
    for action in window.commands.all():
        assert action.text()


def chip_rects(window: MainWindow) -> list[tuple[Chip, float, float]]:
    QApplication.processEvents()
    page, found = window.page, []
    block = page.document().begin()
    for chip in page.states.chips(block):
        rect = page.chip_rect(block.position() + chip.start)
        found.append((chip, rect.left(), rect.right()))
    return found


def test_right_to_left_paragraphs_stand_right_with_their_chips(window: MainWindow) -> None:
    window.page.load(f"{HEBREW}\n\nAnd in English again.")
    QApplication.processEvents()
    hebrew, english = (
        window.page.document().findBlockByNumber(number).layout().lineAt(0) for number in (0, 2)
    )
    assert english.naturalTextRect().left() < 1
    assert hebrew.naturalTextRect().right() > hebrew.width() - 2
    (first, first_left, first_right), (second, second_left, second_right) = chip_rects(window)
    font = window.page.document().defaultFont()
    # The first chip stands right of the second, and both have their full width.
    assert second_right < first_left
    assert first_right - first_left > 0.9 * first.width(font)
    assert second_right - second_left > 0.9 * second.width(font)


def test_a_match_in_a_right_to_left_paragraph_is_found_and_replaced(window: MainWindow) -> None:
    window.page.load(HEBREW)
    window.commands["replace"].trigger()
    window.find_bar.words.setText("הברזל")
    assert window.find_bar.count_words() == "1 of 1"
    window.find_bar.replacement.setText("האבן")
    window.find_bar.replace_all_requested.emit()
    assert window.page.text() == HEBREW.replace("הברזל", "האבן")
