"""The cards that blank several words at once: every n-th, or the least likely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from maria_editor.editor.blank_words import Word, every_nth
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.segments import Segments
from maria_editor.theme.stepper import Stepper
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card

_WIDTH = 480
_LABEL = 88
_USUAL = 5

# Where words may be blanked: what the place is called, and its words.
Scope = tuple[str, Sequence[Word]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a card asks: `before` and `after` stand around the number."""

    title: str
    subtitle: str
    before: str
    after: str
    least: int
    most: int


class BlankCard(Card):
    """Asks how many words, and where; says what will happen before it does.

    Signals:
        chosen(int, int): the number that was asked for, and the number of the scope.
    """

    chosen = Signal(int, int)

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        scopes: Sequence[Scope],
        question: Question,
        tell: Callable[[int, Sequence[Word]], tuple[int, str]],
    ) -> None:
        super().__init__(theme, window, width=_WIDTH)
        self._scopes = scopes
        # Says how many words are in play, and what will happen to them.
        self._tell = tell
        self.title.setText(question.title)
        self.subtitle.setText(question.subtitle)
        name = f"{question.before} … {question.after}"
        self.count = Stepper(theme, name, least=question.least, most=question.most)
        self.count.setValue(_USUAL)
        self.count.setMinimumWidth(80)
        labels = [label for label, _ in scopes]
        self.where = Segments(theme, labels, self.tr("Where"))
        self.news = self.label("", "ink2")
        self.go = Button(theme, self.tr("Blank"), kind=ButtonKind.PRIMARY, height=36)
        self.cancel = Button(theme, self.tr("Cancel"), height=36)
        self._arrange(question.before, question.after)

    @property
    def words(self) -> Sequence[Word]:
        """The words of the chosen scope."""
        return self._scopes[self.where.index][1]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter in the field for the main button."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self._window.focusWidget() is self.count and self.go.isEnabled():
            self.count.interpretText()
            self.go.click()
            return
        super().keyPressEvent(event)

    def open(self) -> None:
        """Show the card, ready for another number."""
        self._say()
        super().open()
        self.count.setFocus(Qt.FocusReason.PopupFocusReason)
        self.count.selectAll()

    def _arrange(self, words: str, unit: str) -> None:
        number = QHBoxLayout()
        number.addWidget(self._row_label(words))
        number.addWidget(self.count)
        number.addWidget(self.label(unit, "ink"))
        number.addStretch()
        self.body.addLayout(number)
        if len(self._scopes) > 1:
            place = QHBoxLayout()
            place.addWidget(self._row_label(self.tr("Where")))
            place.addWidget(self.where)
            place.addStretch()
            self.body.addLayout(place)
        self.body.addSpacing(4)
        self.body.addWidget(self.news)
        self.buttons.addStretch()
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.go)
        self.count.valueChanged.connect(self._say)
        self.where.chosen.connect(self._say)
        self.cancel.clicked.connect(self.close_card)
        self.go.clicked.connect(self._on_go_clicked)

    def _row_label(self, words: str) -> QWidget:
        label = self.label(words, "ink2")
        label.setFixedWidth(_LABEL)
        return label

    @Slot()
    def _say(self) -> None:
        """Say what the main button will do."""
        found, words = self._tell(self.count.value(), self.words)
        self.go.setEnabled(found > 0)
        if len(self._scopes) == 1:
            words = f"{self._scopes[0][0]}: {words[:1].lower()}{words[1:]}"
        self.news.setText(words)

    @Slot()
    def _on_go_clicked(self) -> None:
        count, scope = self.count.value(), self.where.index
        self.close_card()
        self.chosen.emit(count, scope)


def nth_word_card(theme: Theme, window: QWidget, scopes: Sequence[Scope]) -> BlankCard:
    """Return the card that asks for every n-th word."""

    def tell(count: int, words: Sequence[Word]) -> tuple[int, str]:
        found = len(every_nth(words, count))
        return found, _counted(
            found,
            _translate("No word will be blanked: there are too few."),
            _translate("1 word will become a blank."),
            _translate("{n} words will become blanks."),
        )

    question = Question(
        title=_translate("Blank every n-th word"),
        subtitle=_translate("Blanks, code and signs are left out, and not counted."),
        before=_translate("Every"),
        after=_translate("words"),
        least=2,
        most=20,
    )
    return BlankCard(theme, window, scopes, question, tell)


def least_likely_card(theme: Theme, window: QWidget, scopes: Sequence[Scope]) -> BlankCard:
    """Return the card that asks for the words that fit least."""

    def tell(count: int, words: Sequence[Word]) -> tuple[int, str]:
        return len(words), _counted(
            len(words),
            _translate("There are no words to read here."),
            _translate("1 word will be read."),
            _translate("{n} words will be read."),
        )

    question = Question(
        title=_translate("Blank the least likely words"),
        subtitle=_translate("The model reads each word from both sides first."),
        before=_translate("At most"),
        after=_translate("words"),
        least=1,
        most=50,
    )
    return BlankCard(theme, window, scopes, question, tell)


def _counted(count: int, none: str, one: str, many: str) -> str:
    if count <= 1:
        return one if count else none
    return many.format(n=f"{count:,}")


def _translate(text: str) -> str:
    return QCoreApplication.translate("BlankCard", text)
