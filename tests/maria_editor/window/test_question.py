"""A question waits for its answer, and lets nothing through meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, Choice, QuestionCard, ask

CHOICES = (
    Choice(Answer.DISCARD, "Do not save", ButtonKind.DANGER),
    Choice(Answer.STAY, "Cancel"),
    Choice(Answer.SAVE, "Save", ButtonKind.PRIMARY),
)


def card(window: MainWindow) -> QuestionCard:
    return next(card for card in window.findChildren(QuestionCard) if card.isVisible())


def press(window: MainWindow, label: str) -> None:
    next(b for b in card(window).findChildren(Button) if b.text() == label).click()


@pytest.mark.parametrize(
    ("react", "answer"),
    [
        (lambda window, qtbot: press(window, "Do not save"), Answer.DISCARD),
        (lambda window, qtbot: press(window, "Cancel"), Answer.STAY),
        (
            lambda window, qtbot: qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return),
            Answer.SAVE,
        ),
        (
            lambda window, qtbot: qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape),
            Answer.STAY,
        ),
    ],
)
def test_it_is_answered_by_mouse_and_by_keyboard(
    window: MainWindow,
    theme: Theme,
    qtbot: QtBot,
    react: Callable[[MainWindow, QtBot], None],
    answer: Answer,
) -> None:
    QTimer.singleShot(0, lambda: react(window, qtbot))
    assert ask(theme, window, "Save it?", "Or it is lost.", *CHOICES) is answer
    assert window.focusWidget() is window.page


def test_while_one_is_open_nothing_else_is_asked_and_no_key_reaches_the_text(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.page.insertPlainText("words")
    seen: list[bool] = []

    def look() -> None:
        # Closed by the title bar, say, while the question stands.
        seen.append(window.close())
        seen.append(len([c for c in window.findChildren(QuestionCard) if c.isVisible()]) == 1)
        focused = window.focusWidget()
        assert focused is not None
        qtbot.keyClicks(focused, "x")
        qtbot.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(focused, Qt.Key.Key_Escape)

    QTimer.singleShot(0, look)
    assert not window.files.may_leave()
    assert seen == [False, True]
    assert window.page.text() == "words"


def test_a_minimized_window_comes_up_to_ask(window: MainWindow, theme: Theme, qtbot: QtBot) -> None:
    window.showMinimized()
    QTimer.singleShot(0, lambda: press(window, "Save"))
    assert ask(theme, window, "Save it?", "Or it is lost.", *CHOICES) is Answer.SAVE
    assert not window.isMinimized()
