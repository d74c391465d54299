"""Every control has a name and a way by keyboard; right-to-left paragraphs stand right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QSpinBox, QWidget
from pytestqt.qtbot import QtBot
from review_script import Script
from scripted_client import ScriptedEngine

from maria_editor.document.recovery import Draft, RecoveryStore
from maria_editor.editor.chips import Chip
from maria_editor.theme.announce import Announcer
from maria_editor.theme.menu import Menu
from maria_editor.window.card import Card
from maria_editor.window.main_window import MainWindow
from maria_editor.window.notice import Notice, Step
from maria_editor.window.recovery_card import RecoveryCard

# Qt's own parts, which it names itself.
_QT_INTERNAL = ("qt_", "QMenuBarExtension", "QToolButton")
HEBREW = "היא עלתה [MASK:2] במדרגות [MASK] הברזל."


def controls(root: QWidget) -> list[QWidget]:
    """Return all that can be pressed, or can have the keyboard, shown or not."""
    return [
        widget
        for widget in root.findChildren(QWidget)
        if (widget.focusPolicy() != Qt.FocusPolicy.NoFocus or isinstance(widget, QAbstractButton))
        and not isinstance(widget, QMenu)
        and not widget.objectName().startswith(_QT_INTERNAL)
        and widget.metaObject().className() not in _QT_INTERNAL
    ]


def nameless(root: QWidget) -> list[QWidget]:
    """Return the controls of which a screen reader says no more than what kind they are."""
    interface = QAccessible.queryAccessibleInterface
    return [
        widget
        for widget in controls(root)
        if not interface(widget).text(QAccessible.Text.Name).strip()
    ]


def test_every_control_has_a_name(window: MainWindow) -> None:
    window.commands["replace"].trigger()
    window.commands["palette"].trigger()
    window.notices.show_notice(Notice("News.", steps=(Step("Do it", list),)))
    assert len(controls(window)) > 20
    assert nameless(window) == []


@pytest.mark.parametrize(
    "command",
    [
        "settings",
        "statistics",
        "model",
        "versions",
        "disclosure",
        "report",
        "blank_nth",
        "blank_odd",
    ],
)
def test_every_control_of_a_card_has_a_name(window: MainWindow, command: str) -> None:
    window.page.load("She climbed the stairs, slowly, with the lamp in her hand.")
    window.safety.versions.take("She climbed.", "a test")
    window.commands[command].trigger()
    (card,) = window.findChildren(Card)
    assert card.accessibleName()
    assert controls(card)
    assert nameless(card) == []


def test_so_have_those_after_a_crash(
    window: MainWindow, recovery: RecoveryStore, tmp_path: Path
) -> None:
    gone = RecoveryStore(tmp_path / "recovery")
    gone.keep(Draft(text="Dear Margit"))
    gone.close()
    window.offer_recovery()
    (card,) = window.findChildren(RecoveryCard)
    assert nameless(card) == []
    card.compare.click()
    assert len(window.findChildren(Card)) == 2
    assert nameless(window) == []


def under_review(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.commands["lock"].trigger()
    Script(window, scripted).propose(("side", "edge"), ("sea", "shore"))


def with_likelihood(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load(HEBREW)
    window.commands["likelihood"].trigger()


def with_rules(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.page.load('She wore a [MASK:2,starts="s",name=coat].')
    window.blanks.open_rules(0)


@pytest.mark.parametrize("show", [under_review, with_likelihood, with_rules])
def test_so_have_panels_and_popovers(
    window: MainWindow,
    scripted: ScriptedEngine,
    show: Callable[[MainWindow, ScriptedEngine], None],
) -> None:
    before = len([widget for widget in controls(window) if widget.isVisible()])
    show(window, scripted)
    assert len([widget for widget in controls(window) if widget.isVisible()]) > before
    assert nameless(window) == []


def test_the_field_of_a_number_says_its_name(window: MainWindow) -> None:
    window.page.load("She wore a [MASK:2].")
    window.blanks.open_rules(0)
    fields = [stepper.lineEdit() for stepper in window.findChildren(QSpinBox)]
    assert len(fields) >= 3
    interface = QAccessible.queryAccessibleInterface
    assert all(interface(field).text(QAccessible.Text.Name) for field in fields)


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


def in_tab_order(root: QWidget) -> list[QWidget]:
    """Return the controls of a part of the window as Tab goes through them."""
    found, widget = [], root.nextInFocusChain()
    while widget is not None and widget is not root:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_tab and widget.isVisible() and widget.isEnabled() and root.isAncestorOf(widget):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def row_and_place(widget: QWidget, root: QWidget) -> tuple[int, int]:
    center = widget.mapTo(root, widget.rect().center())
    # What stands in one row may be a few pixels higher or lower.
    return center.y() // 16, center.x()


def test_tab_goes_as_the_eye_does(window: MainWindow, scripted: ScriptedEngine) -> None:
    window.resize(1280, 900)
    steps = (Step("Compare", list), Step("Keep mine", list), Step("Load theirs", list))
    window.notices.show_notice(Notice("News.", steps=steps))
    QApplication.processEvents()
    offered = [stop.accessibleName() for stop in in_tab_order(window.notices)]
    assert offered == ["Compare", "Keep mine", "Load theirs", "Close notice"]
    window.commands["replace"].trigger()
    QApplication.processEvents()
    bar = in_tab_order(window.find_bar)
    assert len(bar) > 8
    assert bar == sorted(bar, key=lambda stop: row_and_place(stop, window.find_bar))
    Script(window, scripted).propose(("side", "edge"), ("walked", "went"), ("sea", "shore"))
    QApplication.processEvents()
    for part in (window.top_row, window.panel, window.status):
        stops = in_tab_order(part)
        assert len(stops) > 1
        assert stops == sorted(stops, key=lambda stop: row_and_place(stop, part))


def test_saving_is_heard(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def hear(announcer: Announcer, source: QWidget, words: str) -> None:
        heard.append(words)

    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(Announcer, "say", hear)
    window.page.insertPlainText("words")
    assert window.files.save_path(tmp_path / "a.md")
    assert heard == ["Saved."]
    assert not window.files.save_path(tmp_path / "no folder" / "a.md")
    assert "Could not save" in heard[-1]


def test_a_click_in_the_top_row_leaves_the_keyboard_with_the_text(
    window: MainWindow, scripted: ScriptedEngine, qtbot: QtBot
) -> None:
    window.page.load("Nothing here is blank.")
    window.page.setFocus()
    row = window.top_row
    for button in (row.fill, row.refine, row.likelihood):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.focusWidget() is window.page
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
