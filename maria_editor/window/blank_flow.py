"""Blanks: the commands that make, link, rule and unmake them, each one undo step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QRect, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from maria_editor.editor.blank_rules import BlankRules
from maria_editor.editor.blank_words import Word, every_nth, prose_words
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.chip_words import spoken
from maria_editor.editor.link_rings import LinkRings
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.blank_card import Scope, least_likely_card, nth_word_card
from maria_editor.window.blank_odd_flow import LeastLikelyFlow
from maria_editor.window.blank_popover import BlankPopover
from maria_editor.window.notice import Notice
from maria_editor.window.status_bar import StatusBar
from maria_model.blanks import Blank


class BlankFlow(QObject):
    """Joins the page's blanks, their popover and their commands.

    Signals:
        noticed(Notice): something to say to the writer.
        version_wanted(str, str): keep this text; what is about to happen to it.
    """

    noticed = Signal(object)
    version_wanted = Signal(str, str)

    def __init__(
        self,
        page: Page,
        blanking: Blanking,
        engine: EngineClient,
        *,
        actions: Actions,
        status: StatusBar,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._page = page
        self._blanking = blanking
        self._actions = actions
        self._theme = theme
        self._window = window
        # Holds the blank that the popover is about.
        self._place = QTextCursor()
        # Words the writer keeps, which are not blanked by the dozen.
        self.locked: Callable[[], Sequence[tuple[int, int]]] = tuple
        self.popover = BlankPopover(theme, window)
        self.rings = LinkRings(page, theme)
        self.reading = LeastLikelyFlow(page, blanking, engine, status)
        self.reading.noticed.connect(self.noticed)
        self.reading.version_wanted.connect(self.version_wanted)
        self.reading.again_requested.connect(self._on_blank_odd)
        self.popover.applied.connect(self._on_applied)
        page.chip_opened.connect(self._on_chip_opened)
        page.selectionChanged.connect(self._on_selection_changed)
        for name, slot in (
            ("blank_out", self._on_blank_out),
            ("blank_each", self._on_blank_each),
            ("blank_nth", self._on_blank_nth),
            ("blank_odd", self._on_blank_odd),
            ("blank_rules", self._on_rules),
            ("link_blanks", self._on_link),
            ("unlink_blanks", self._on_unlink),
            ("put_back", self._on_put_back),
            ("remove_blank", self._on_remove),
        ):
            actions[name].triggered.connect(slot)

    def open_rules(self, index: int) -> None:
        """Show the rules of a blank beside its chip."""
        if self._page.isReadOnly():
            return
        blanks = self._blanking.all()
        blank = blanks[index]
        self._page.select_span(blank.start, blank.end)
        self._place = self._page.textCursor()
        others: dict[str, tuple[BlankRules, ...]] = {}
        for other in blanks:
            if other.name and other.start != blank.start:
                others[other.name] = (*others.get(other.name, ()), BlankRules.of(other))
        which = self.tr("blank {i} of {n}").format(i=index + 1, n=len(blanks))
        self.popover.open(
            BlankRules.of(blank), others, which=which, chip=self._chip_rect(), area=self._area()
        )

    def scopes(self, *, with_all: bool) -> list[Scope]:
        """Return where words may be blanked: the selection if there is one, and around it."""
        text = self._page.text()
        start, end = self._blanking.selection()
        scopes: list[Scope] = []
        if start < end:
            scopes.append((self.tr("Selection"), self._free(prose_words(text, start, end))))
        if with_all:
            scopes.append((self.tr("Whole document"), self._free(prose_words(text))))
        else:
            first = text.rfind("\n", 0, start) + 1
            last = text.find("\n", end)
            paragraph = prose_words(text, first, len(text) if last < 0 else last)
            scopes.append((self.tr("Paragraph"), self._free(paragraph)))
        return scopes

    def _free(self, words: Sequence[Word]) -> list[Word]:
        """Return those of the words that are not locked."""
        locked = self.locked()
        return [
            word
            for word in words
            if not any(start < word.end and word.start < end for start, end in locked)
        ]

    def _here(self) -> list[Blank]:
        """Return the blanks at the caret or in the selection, or say that there are none."""
        blanks = self._blanking.all()
        found = [blanks[index] for index in self._blanking.here()]
        if not found:
            rest = self.tr("Put the cursor beside one, or {way} for the next.")
            way = self._actions.way_to("next_blank")
            news, rest = self.tr("No blank here."), rest.format(way=way)
            self.noticed.emit(Notice(news, rest, stands=lambda: self._page.chip_at_caret() is None))
        return found

    def _may_edit(self) -> bool:
        return not self._page.isReadOnly()

    def _chip_rect(self) -> QRect:
        rect = self._page.chip_rect(self._place.selectionStart()).toAlignedRect()
        return self._in_window(self._page.viewport(), rect)

    def _area(self) -> QRect:
        return self._in_window(self._page, self._page.rect())

    def _in_window(self, widget: QWidget, rect: QRect) -> QRect:
        return QRect(widget.mapTo(self._window, rect.topLeft()), rect.size())

    @Slot()
    def _on_selection_changed(self) -> None:
        chip = chip_selected(self._page.states, self._page.textCursor())
        if chip is not None:
            announce(self._page, spoken(chip))

    @Slot(int)
    def _on_chip_opened(self, position: int) -> None:
        start = self._page.code_point(position)
        for index, blank in enumerate(self._blanking.all()):
            if blank.start == start:
                self.open_rules(index)

    @Slot()
    def _on_rules(self) -> None:
        if self._here():
            self.open_rules(self._blanking.here()[0])

    @Slot(object)
    def _on_applied(self, rules: BlankRules) -> None:
        start = self._page.code_point(self._place.selectionStart())
        blanks = self._blanking.all()
        blank = next((blank for blank in blanks if blank.start == start), None)
        if blank is None or not self._may_edit():
            return
        group = [b for b in blanks if rules.name and b.name == rules.name and b is not blank]
        self._blanking.rewrite([blank, *group], [rules] * (len(group) + 1))

    @Slot()
    def _on_blank_out(self) -> None:
        if self._may_edit() and not self._blanking.blank_out():
            self._say_nothing_to_blank()

    @Slot()
    def _on_blank_each(self) -> None:
        if self._may_edit() and not self._blanking.blank_each():
            self._say_nothing_to_blank()

    def _say_nothing_to_blank(self) -> None:
        rest = self.tr("Select words of one paragraph, or put the cursor into a word.")
        self.noticed.emit(Notice(self.tr("Nothing to blank out here."), rest))

    @Slot()
    def _on_blank_nth(self) -> None:
        if not self._may_edit():
            return
        scopes = self.scopes(with_all=True)
        card = nth_word_card(self._theme, self._window, scopes)
        card.chosen.connect(
            lambda n, scope: self._blanking.blank_words(every_nth(scopes[scope][1], n))
        )
        card.open()

    @Slot()
    def _on_blank_odd(self) -> None:
        if not self._may_edit():
            return
        scopes = self.scopes(with_all=False)
        card = least_likely_card(self._theme, self._window, scopes)
        card.chosen.connect(lambda count, scope: self.reading.blank(count, scopes[scope][1]))
        card.open()

    @Slot()
    def _on_link(self) -> None:
        blanks = self._here() if self._may_edit() else []
        if len(blanks) == 1:
            rest = self.tr("Select several, or name this one under Length and rules.")
            self.noticed.emit(Notice(self.tr("Only one blank here."), rest))
        elif blanks:
            self._link(blanks)

    def _link(self, blanks: Sequence[Blank]) -> None:
        known = {BlankRules.of(blank).named("") for blank in blanks}
        rules = self._blanking.link(blanks)
        if len(known) > 1:
            news = self.tr("Linked as {name}.").format(name=rules.name)
            rest = self.tr("They get one fill, so all now read {literal}.")
            self.noticed.emit(Notice(news, rest.format(literal=rules.literal())))

    @Slot()
    def _on_unlink(self) -> None:
        blanks = self._here() if self._may_edit() else []
        if blanks and not self._blanking.unlink(blanks):
            self.noticed.emit(Notice(self.tr("No linked blank here.")))

    @Slot()
    def _on_put_back(self) -> None:
        blanks = self._here() if self._may_edit() else []
        if blanks and not self._blanking.put_back(*blanks):
            rest = self.tr("These blanks were typed, or their text was opened with them.")
            self.noticed.emit(Notice(self.tr("No words to put back."), rest))

    @Slot()
    def _on_remove(self) -> None:
        if self._may_edit():
            self._blanking.remove(*self._here())
