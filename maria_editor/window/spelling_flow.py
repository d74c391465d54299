"""Spelling: opens the dictionary aside, marks unknown words, and offers likelier ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QLocale, QObject, QPoint, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent

from maria_editor.editor.page import Page
from maria_editor.editor.spelling import (
    Speller,
    installed_languages,
    nearest_language,
    open_speller,
)
from maria_editor.editor.spelling_marks import SpellingMarks
from maria_editor.editor.spelling_scripts import LATIN, is_checked
from maria_editor.paths import settings_path
from maria_editor.settings import Settings
from maria_editor.theme.menu import Menu, set_menu_icon
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.notice import Notice, NoticeStrip

_OWN_WORDS = "words.txt"


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The languages that have a dictionary here, and the one in use, empty for none."""

    installed: tuple[str, ...] = ()
    used: str = ""


class _Opener(QObject):
    """Opens the dictionary in a thread: it takes longer than a window may stand still.

    Signals:
        opened(int, Speller | None, Dictionaries): which start it is the answer to; what it found.
    """

    opened = Signal(int, object, object)

    def __init__(self) -> None:
        super().__init__()
        # Counts the starts: of several that run at once only the last one matters.
        self.number = 0

    def start(self, language: str) -> None:
        """Open the dictionary of this language, or where it is empty, of the system's."""
        self.number += 1
        words, number = settings_path().parent / _OWN_WORDS, self.number
        wanted = [*filter(None, (language,)), QLocale.system().name()]

        def work() -> None:
            # Holds this object: the window may be gone when the dictionary is open.
            installed = tuple(filter(_is_offered, installed_languages()))
            nearest = nearest_language(installed, *wanted)
            speller = None if nearest is None else open_speller(words, nearest)
            self.opened.emit(number, speller, Dictionaries(installed, nearest or ""))

        threading.Thread(target=work, name="speller", daemon=True).start()


class SpellingFlow(QObject):
    """Checks the spelling of one page.

    Signals:
        opened: the dictionary is there, or it is known that there is none.
    """

    opened = Signal()

    def __init__(
        self, page: Page, actions: Actions, settings: Settings, theme: Theme, notices: NoticeStrip
    ) -> None:
        super().__init__(page)
        self._page = page
        self._settings = settings
        self._notices = notices
        self._speller: Speller | None = None
        self._is_opened = False
        self.dictionaries = Dictionaries()
        self._marks = SpellingMarks(page, theme)
        self._opener = _Opener()
        self._opener.opened.connect(self._on_opened)
        actions["spelling"].triggered.connect(self.go_on)
        actions["check_spelling"].setChecked(settings.spelling)
        actions["check_spelling"].toggled.connect(self._on_toggled)
        if settings.spelling:
            # After the first paint.
            QTimer.singleShot(0, self, self.look_up)

    @property
    def language(self) -> str:
        """The language that the writer has chosen, such as `en_GB`; empty for the system's."""
        return self._settings.spelling_language

    @Slot()
    def look_up(self) -> None:
        """Find out which dictionaries there are and open one, if that has not begun."""
        if not self._opener.number:
            self._opener.start(self.language)

    def choose_language(self, language: str) -> None:
        """Check with this language's dictionary from now on; empty takes the system's."""
        self._settings.spelling_language = language
        self._opener.start(language)

    @Slot(object)
    def use(self, speller: Speller | None) -> None:
        """Check with this dictionary; None says that there is none."""
        self._speller = speller
        self._is_opened = True
        self._mark(self._settings.spelling)
        self.opened.emit()

    @Slot()
    def go_on(self) -> None:
        """Select the next unknown word and offer others."""
        if not self._settings.spelling or self._speller is None:
            self._say_why_not()
            return
        found = self._marks.next_word(self._page.textCursor().selectionEnd())
        if found is None:
            self._notices.show_notice(Notice(self.tr("No unknown words.")))
            return
        self._page.select_at(*found)
        point = self._page.cursorRect().bottomLeft()
        keys = QContextMenuEvent.Reason.Keyboard
        self._page.menu_requested.emit(QContextMenuEvent(keys, point, QPoint()))

    def extend(self, menu: Menu, position: int) -> None:
        """Put likelier words on top of a menu of the page, if a word there is unknown."""
        found = self._marks.word_at(position)
        if found is None or self._speller is None or self._page.isReadOnly():
            return
        word = self._page.text_at(*found)
        before = menu.actions()[0]
        actions = [
            self._action(other, partial(self._replace, found, other), menu)
            for other in self._speller.suggestions(word)
        ]
        if not actions:
            actions.append(QAction(self.tr("No suggestions"), menu, enabled=False))
        add = self._action(self.tr("Add to dictionary"), partial(self._add, word), menu)
        ignore = self._action(self.tr("Ignore for now"), partial(self._ignore, word), menu)
        parting, end = QAction(menu), QAction(menu)
        parting.setSeparator(True)
        end.setSeparator(True)
        menu.insertActions(before, [*actions, parting, set_menu_icon(add, "plus"), ignore, end])

    @Slot(int, object, object)
    def _on_opened(self, number: int, speller: Speller | None, found: Dictionaries) -> None:
        if number == self._opener.number:
            self.dictionaries = found
            self.use(speller)

    def _action(self, label: str, slot: partial[None], menu: Menu) -> QAction:
        action = QAction(label.replace("&", "&&"), menu)
        action.triggered.connect(lambda: slot())
        return action

    def _replace(self, place: tuple[int, int], word: str) -> None:
        [(_, end)] = self._page.replace_at([(*place, word)])
        self._page.select_at(end, end)

    def _add(self, word: str) -> None:
        if self._speller is not None:
            self._speller.add(word)
            self._marks.look_again()

    def _ignore(self, word: str) -> None:
        if self._speller is not None:
            self._speller.ignore(word)
            self._marks.look_again()

    @Slot(bool)
    def _on_toggled(self, is_on: bool) -> None:
        self._settings.spelling = is_on
        if is_on:
            self.look_up()
        self._mark(is_on)

    def _mark(self, is_on: bool) -> None:
        self._marks.use(self._speller if is_on else None, _script_of(self.dictionaries.used))

    def _say_why_not(self) -> None:
        if not self._settings.spelling:
            news, rest = self.tr("Spelling is switched off."), self.tr("The Edit menu has it.")
        elif not self._is_opened:
            news, rest = self.tr("The dictionary is still being opened."), ""
        else:
            news = self.tr("There is no dictionary here.")
            rest = self.tr("Install it with: pip install 'maria-editor[spell]'")
        self._notices.show_notice(Notice(news, rest))


def language_name(language: str) -> str:
    """Return the name of a dictionary's language in words, such as `English (Canada)`."""
    locale = QLocale(language)
    if locale.language() is QLocale.Language.C:
        return language
    name = QLocale.languageToString(locale.language())
    if "_" not in language:
        return name
    return f"{name} ({QLocale.territoryToString(locale.territory())})"


def _is_offered(language: str) -> bool:
    """Return whether a language is written in a script that is looked at."""
    return is_checked(_script_of(language))


def _script_of(language: str) -> str:
    """Return the name of a language's script, such as `Cyrillic`; Latin where it is not known."""
    script = QLocale(language).script()
    return LATIN if script is QLocale.Script.AnyScript else script.name.removesuffix("Script")
