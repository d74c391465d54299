"""Locking words by key and menu, and keeping the locks of a file from one session to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from maria_editor.editor.locks import Locks
from maria_editor.editor.locks_painter import LocksPainter
from maria_editor.editor.page import Page
from maria_editor.theme.announce import announce
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.notice import Notice, NoticeStrip


class LockFlow(QObject):
    """Joins the locks of a page with the window's commands."""

    def __init__(self, page: Page, actions: Actions, theme: Theme, notices: NoticeStrip) -> None:
        super().__init__(page)
        self._page = page
        self._actions = actions
        self._notices = notices
        self.locks = Locks(page)
        self._painter = LocksPainter(page, self.locks, theme)
        actions["lock"].triggered.connect(self.toggle)

    @Slot()
    def toggle(self) -> None:
        """Lock the selected words or the word at the caret, or let go of what is locked there."""
        words = self.locks.toggle()
        if words is None:
            rest = self.tr("Put the cursor into a word, or select some.")
            self._notices.show_notice(Notice(self.tr("No word to keep here."), rest))
        elif words:
            announce(self._page, self.tr("{words}, kept.").format(words=words))
        else:
            announce(self._page, self.tr("No longer kept."))

    def words(self) -> list[str]:
        """Return what is locked, each short enough to be shown."""
        return [self._page.text_at(start, end) for start, end in self.locks.places()]

    def release(self, number: int) -> None:
        """Let go of the lock with this number."""
        self.locks.release([self.locks.places()[number]])

    def extend(self, menu: Menu, position: int) -> None:
        """Put the lock into a menu of the page."""
        before = next((a for a in menu.actions() if a.isSeparator()), None)
        action = self._actions["lock"]
        if before is None:
            menu.addAction(action)
        else:
            menu.insertAction(before, action)
