"""The likelihood view: marks the words in view that surprise, lists them, and offers others.

Off at first. Nothing of the text changes but by `use`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QTextCursor

from maria_editor.editor.likelihood_marks import LikelihoodMarks
from maria_editor.editor.likelihood_words import MOST_LIKELIER, OddWord
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.likelihood_list import spoken
from maria_editor.window.likelihood_panel import LikelihoodPanel
from maria_editor.window.likelihood_scoring import PageScoring
from maria_editor.window.notice import Notice, Step
from maria_editor.window.provenance_flow import Origin
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.status_item import StatusItem
from maria_editor.window.top_row import TopRow
from maria_model.api import Sides


class LikelihoodFlow(QObject):
    """Joins page, engine and panel while the view is on.

    Signals:
        opened, closed: the view is on, and another panel has to go; it is off, no mark is left.
        told(str): how much of what is in view is scored.
        alternatives_requested(int, int): offer others for this stretch of the text.
        version_wanted(str, str): this text is worth keeping, before what is about to happen.
        accepting(list[Replacement], str, Origin): what is about to go into this text.
        noticed(Notice): something to say to the writer.
    """

    opened = Signal()
    closed = Signal()
    told = Signal(str)
    alternatives_requested = Signal(int, int)
    version_wanted = Signal(str, str)
    accepting = Signal(object, str, object)
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        panel: LikelihoodPanel,
        engine: EngineClient,
        theme: Theme,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._panel = panel
        self._engine = engine
        self._marks = LikelihoodMarks(page, theme)
        self._theme = theme
        self._scoring = PageScoring(page, engine)
        self._is_on = False
        # Where the pointer went down, while it may become a click on a word.
        self._pressed: OddWord | None = None
        # Whether the page is still to be announced since it was opened.
        self._is_news = False
        # What stands in the place of an empty list.
        self._note = ""
        self._unscored = 0
        self._connect()

    def watch(self, actions: Actions, top_row: TopRow, status: StatusBar) -> None:
        """Listen to the command and its button, and say in the status bar what is scored."""
        item = StatusItem(self._theme, self.tr("Likelihood"))
        status.add_item(item)
        item.clicked.connect(self._panel.list.setFocus)
        steps = [actions["next_blank"], actions["previous_blank"]]
        labels = [action.text() for action in steps]
        others = [self.tr("Next unlikely word"), self.tr("Previous unlikely word")]

        def tell(words: str) -> None:
            item.show_words(words)
            item.show()
            status.fit()

        def show() -> None:
            top_row.likelihood.setChecked(self._is_on)
            item.setVisible(self._is_on)
            status.fit()
            for action, label in zip(steps, others if self._is_on else labels, strict=True):
                action.setText(label)

        self._panel.next_hint.follow(actions["next_blank"])
        self._panel.alternatives_hint.follow(actions["alternatives"])
        self.told.connect(tell)
        actions["likelihood"].triggered.connect(self.toggle)
        top_row.likelihood_requested.connect(self.toggle)
        for happened in (self.opened, self.closed, top_row.likelihood_requested):
            happened.connect(show)

    @property
    def is_on(self) -> bool:
        """Whether words are marked."""
        return self._is_on

    @property
    def unscored(self) -> int:
        """How many passages in view are not scored yet."""
        return self._unscored

    @property
    def marks(self) -> LikelihoodMarks:
        """What is marked."""
        return self._marks

    @Slot()
    def toggle(self) -> None:
        """Open the view, or close it."""
        if self._is_on:
            self.close()
        else:
            self.open()

    def open(self) -> None:
        """Mark words from now on."""
        self._is_on = self._is_news = True
        self._panel.show()
        # A click has taken the keyboard from the text; writing goes on.
        self._page.setFocus()
        self.opened.emit()
        self._scoring.resume()

    @Slot()
    def close(self) -> None:
        """Take every mark away and close the panel."""
        if not self._is_on:
            return
        self._is_on = False
        self._scoring.stop()
        self._marks.clear()
        focused = self._page.window().focusWidget()
        had_focus = focused is not None and self._panel.isAncestorOf(focused)
        self._panel.hide()
        if had_focus:
            self._page.setFocus()
        self.closed.emit()

    def go(self, *, backwards: bool = False) -> None:
        """Go to the next or the previous marked word in view, around its end."""
        found = list(self._marks.in_view())
        if not found:
            self.noticed.emit(Notice(self._note))
            return
        caret = self._page.textCursor().position()
        if backwards:
            found.reverse()
        ahead = (word for at, word in found if (at < caret if backwards else at > caret))
        self._choose(next(ahead, found[0][1]))

    def ask(self, word: OddWord) -> None:
        """Ask for a marked word's alternatives."""
        position = self._marks.position_of(word)
        if position is not None:
            start = self._page.code_point(position)
            self.alternatives_requested.emit(start, start + len(word.text))

    @Slot(int, object)
    def take_order(self, position: int, words: Sequence[str]) -> None:
        """Name first what the alternatives for the word at a position have first.

        They were weighed more carefully. A slip keeps its own word.
        """
        marked = (word for at, word in self._marks.positions() if at == position)
        word = next(marked, None)
        if word is not None and word.likelier and not word.is_slip:
            word.likelier = tuple(words[:MOST_LIKELIER])
            self._list_words()
            self._panel.list.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear clicks on marked words."""
        if self._is_on and isinstance(event, QMouseEvent):
            if event.button() is not Qt.MouseButton.LeftButton:
                return False
            word = self._marks.word_at(event.position())
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = word
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._on_released(word)
        return False

    def _connect(self) -> None:
        self._page.viewport().installEventFilter(self)
        self._page.edited.connect(self._on_edited)
        self._scoring.scored.connect(self._refresh)
        self._scoring.failed.connect(self._on_failed)
        self._engine.state_changed.connect(self._refresh)
        self._panel.closed.connect(self.close)
        self._panel.sides_chosen.connect(self._on_sides_chosen)
        self._panel.list.chosen.connect(self._choose)
        self._panel.list.entered.connect(self._on_entered)
        self._panel.list.use_requested.connect(self._use)

    @Slot(object)
    def _choose(self, word: OddWord) -> None:
        """Ring a word, put the caret before it and say what it is."""
        position = self._marks.position_of(word)
        if position is None:
            return
        self._marks.chosen = word
        cursor = QTextCursor(self._page.document())
        cursor.setPosition(position)
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()
        self._list_words()
        words = self._panel.list.words
        place = self.tr("{i} of {n}").format(i=words.index(word) + 1, n=len(words))
        announce(self._panel, f"{spoken(word)}. {place}.")

    @Slot(object)
    def _use(self, word: OddWord) -> None:
        """Put the first likelier word in a word's place, as one undo step."""
        position = self._marks.position_of(word)
        if position is None or not word.likelier or self._page.isReadOnly():
            return
        text, start = self._page.text(), self._page.code_point(position)
        replacements = [(start, start + len(word.text), word.likelier[0])]
        self.version_wanted.emit(text, self.tr("using a likelier word"))
        if self._engine.info is not None:
            origin = Origin(way="likelihood", model=self._engine.info)
            self.accepting.emit(replacements, text, origin)
        self._page.flash(self._page.replace(replacements))
        # The button is gone with the word.
        self._panel.list.setFocus()

    @Slot()
    def _refresh(self) -> None:
        """Show what is known of what is in view."""
        if not self._is_on:
            return
        rest = 0
        for place, marks in self._scoring.places():
            if marks is None:
                rest += 1
            else:
                self._marks.show(place.block, place.start, place.length, marks)
        self._note = self._say_why_empty(rest)
        self._unscored = rest
        self._panel.show_unjudged(self._say_unjudged())
        self._list_words()
        self._tell(rest)

    def _list_words(self) -> None:
        found = [word for _, word in self._marks.in_view()]
        if self._marks.chosen not in found:
            self._marks.chosen = None
        strongest = sorted(found, key=lambda word: -word.oddness)
        self._panel.show_words(strongest, self._marks.chosen, self._note)

    def _say_why_empty(self, rest: int) -> str:
        if not rest:
            return self.tr("No word stands out here.")
        if self._engine.state is EngineState.STARTING:
            return self.tr("Waking the model. You can keep writing.")
        return self.tr("Not scored yet.")

    def _say_unjudged(self) -> str:
        count = self._scoring.unjudged()
        if not count:
            return ""
        counted = self.tr("1 word") if count == 1 else self.tr("{n} words").format(n=count)
        # Which scripts a model knows is shown by the words that it would rather have there.
        return self.tr("{words} not judged: other script.").format(words=counted)

    def _tell(self, rest: int) -> None:
        """Say how much is scored, and once after opening what was found."""
        if rest == 1:
            self.told.emit(self.tr("1 paragraph not scored yet"))
        elif rest:
            self.told.emit(self.tr("{n} paragraphs not scored yet").format(n=rest))
        else:
            self.told.emit(self.tr("page scored"))
        if not rest and self._is_news:
            self._is_news = False
            count = len(self._panel.list.words)
            words = self.tr("1 unlikely word") if count == 1 else self.tr("{n} unlikely words")
            said = self.tr("Page scored.") + f" {words.format(n=count)}. {self._say_unjudged()}"
            announce(self._panel, said.rstrip())

    def _on_released(self, word: OddWord | None) -> None:
        if self._page.textCursor().hasSelection() or word is not self._pressed:
            return
        was_chosen = word is not None and word is self._marks.chosen
        self._marks.chosen = word
        self._page.viewport().update()
        self._list_words()
        if was_chosen and word is not None:
            self.ask(word)

    @Slot()
    def _on_edited(self) -> None:
        """List a word that was edited no more; new ones wait for the writer's pause."""
        if not self._is_on:
            return
        marked = {word for _, word in self._marks.positions()}
        words = [word for word in self._panel.list.words if word in marked]
        if self._marks.chosen not in marked:
            self._marks.chosen = None
        if len(words) < len(self._panel.list.words):
            self._panel.show_words(words, self._marks.chosen, self._note)

    @Slot(object)
    def _on_sides_chosen(self, sides: Sides) -> None:
        self._marks.clear()
        self._scoring.resume(sides)

    @Slot(object)
    def _on_entered(self, word: OddWord) -> None:
        self._choose(word)
        self._page.setFocus()

    @Slot(object)
    def _on_failed(self, failure: EngineFailure) -> None:
        step = Step(self.tr("Try again"), self._try_again)
        self.noticed.emit(Notice.from_message(failure.message, step, is_warning=True))

    def _try_again(self) -> None:
        if self._is_on:
            self._scoring.resume()
