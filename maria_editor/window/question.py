"""Questions that must be answered at once: a card with plain words, and verbs on its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card

_WIDTH = 480


class Answer(Enum):
    """What the writer wants; Esc and closing the window mean `STAY`."""

    SAVE = "save"
    DISCARD = "discard"
    DELETE = "delete"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of a question."""

    answer: Answer
    label: str
    kind: ButtonKind = ButtonKind.FLAT


class QuestionCard(Card):
    """Asks one thing. The choices stand from left to right; the last one has the keyboard."""

    def __init__(
        self, theme: Theme, window: QWidget, words: str, detail: str, choices: Sequence[Choice]
    ) -> None:
        super().__init__(theme, window, width=_WIDTH)
        self.answer = Answer.STAY
        self.title.setText(words)
        self.title.setWordWrap(True)
        self.subtitle.setText(detail)
        self.body.setContentsMargins(0, 0, 0, 24)
        self.buttons.addStretch()
        for choice in choices:
            button = Button(theme, choice.label, kind=choice.kind, height=36)
            button.clicked.connect(partial(self._take, choice.answer))
            self.buttons.addWidget(button)

    def ask(self) -> Answer:
        """Show the card and wait for the answer; the window lives on meanwhile."""
        window = self._window
        if not window.isVisible() or window.isMinimized():
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
            window.show()
        loop = QEventLoop()
        self.closed.connect(loop.quit)
        self.open()
        loop.exec()
        return self.answer

    def _take(self, answer: Answer) -> None:
        self.answer = answer
        self.close_card()


def ask(theme: Theme, window: QWidget, words: str, detail: str, *choices: Choice) -> Answer:
    """Ask the writer, unless another question stands open: then everything stays as it is."""
    if any(card.isVisible() for card in window.findChildren(QuestionCard)):
        return Answer.STAY
    return QuestionCard(theme, window, words, detail, choices).ask()
