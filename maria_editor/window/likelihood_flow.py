"""The likelihood view: marks the words in view that surprise, lists them, and offers others.

Off at first. Nothing of the text changes but by `use`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QTextCursor
from PySide6.QtWidgets import QWidget

from maria_editor.document.offsets import utf16_length
from maria_editor.editor.likelihood_marks import LikelihoodMarks
from maria_editor.editor.likelihood_words import OddWord
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.likelihood_list import spoken
from maria_editor.window.likelihood_panel import LikelihoodPanel
from maria_editor.window.likelihood_scoring import PageScoring
from maria_editor.window.notice import Notice, Step
from maria_model.api import Sides


class LikelihoodFlow(QObject):
    """Joins page, engine and panel while the view is on.

    Signals:
        opened: the view is on; another panel has to go.
        closed: it is off; no mark is left.
        told(str): how much of what is in view is scored; empty while the view is off.
        alternatives_requested(int, int): offer others for this stretch of the document.
        noticed(Notice): something to say to the writer.
    """

    opened = Signal()
    closed = Signal()
    told = Signal(str)
    alternatives_requested = Signal(int, int)
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        panel: LikelihoodPanel,
        engine: EngineClient,
        theme: Theme,
        *,
        keep_version: Callable[[str, str], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._panel = panel
        self._engine = engine
        self._keep_version = keep_version
        self._marks = LikelihoodMarks(page, theme)
        self._scoring = PageScoring(page, engine)
        self._is_on = False
        # Where the pointer went down, while it may become a click on a word.
        self._pressed: OddWord | None = None
        # Whether the page is still to be announced since it was opened.
        self._is_news = False
        # What stands in the place of an empty list.
        self._note = ""
        self._connect()

    @property
    def is_on(self) -> bool:
        """Whether words are marked."""
        return self._is_on

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
        self.told.emit("")
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
            self.alternatives_requested.emit(position, position + word.length)

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
        self._keep_version(self._page.text(), self.tr("using a likelier word"))
        [(start, end)] = self._page.replace_at(
            [(position, position + word.length, word.likelier[0])]
        )
        place = QTextCursor(self._page.document())
        place.setPosition(start)
        place.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._page.flash([place])
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
                self._marks.show(place.block, place.start, utf16_length(place.passage.text), marks)
        self._note = self._say_why_empty(rest)
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
            announce(self._panel, self.tr("Page scored.") + f" {words.format(n=count)}.")

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
        if self._is_on:
            # A word that was edited is listed no more.
            self._list_words()

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
