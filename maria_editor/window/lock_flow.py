"""Locking words by key and menu, and keeping the locks of a file from one session to the next."""

from __future__ import annotations

import hashlib

from PySide6.QtCore import QObject, Slot

from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.locks import Locks
from maria_editor.editor.locks_painter import LocksPainter
from maria_editor.editor.page import Page
from maria_editor.settings import Settings
from maria_editor.theme.announce import announce
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.notice import Notice, NoticeStrip


class LockFlow(QObject):
    """Joins the locks of a page with the window's commands and the writer's settings.

    Settings note where the locks of a file stand and a digest of its text, never the words: locks
    come back only to the very text they were made for.
    """

    def __init__(
        self,
        page: Page,
        files: FileFlow,
        actions: Actions,
        *,
        settings: Settings,
        theme: Theme,
        notices: NoticeStrip,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._files = files
        self._actions = actions
        self._settings = settings
        self._notices = notices
        self.locks = Locks(page)
        self._painter = LocksPainter(page, self.locks, theme)
        actions["lock"].triggered.connect(self.toggle)
        files.shown.connect(self._on_shown)
        files.saved.connect(self._remember)

    @Slot()
    def toggle(self) -> None:
        """Lock the selected words or the word at the caret, or let go of what is locked there."""
        words = self.locks.toggle()
        if words is None:
            rest = self.tr("Put the cursor into a word, or select some.")
            self._notices.show_notice(Notice(self.tr("No word to keep here."), rest))
            return
        said = self.tr("{words}, kept.").format(words=words) if words else self.tr("Let go.")
        announce(self._page, said)
        self._remember()

    def words(self, start: int, end: int) -> list[str]:
        """Return what is locked between two document positions."""
        return [self._page.text_at(*place) for place in self.locks.at(start, end)]

    def release(self, number: int, start: int, end: int) -> None:
        """Let go of the lock with this number between two document positions."""
        self.locks.release([self.locks.at(start, end)[number]])
        self._remember()

    def extend(self, menu: Menu, position: int) -> None:
        """Put the lock into a menu of the page; a blank has no words to keep."""
        if chip_selected(self._page.states, self._page.textCursor()) is not None:
            return
        # Beside what else is done with the words that stand there.
        actions = [*menu.actions(), None]
        after = self._actions["refine"]
        before = actions[actions.index(after) + 1] if after in actions else None
        if before is None:
            menu.addAction(self._actions["lock"])
        else:
            menu.insertAction(before, self._actions["lock"])

    @Slot()
    def _on_shown(self) -> None:
        if self._files.path is None:
            return
        digest, _, places = self._settings.locks(self._files.path).partition(" ")
        if places and digest == _digest(self._page.text()):
            self.locks.restore(_spans(places, len(self._page.text())))

    @Slot()
    def _remember(self) -> None:
        """Note the locks, if the text is the file's; otherwise saving it will."""
        if self._files.path is None or self._files.is_modified:
            return
        places = ",".join(f"{start}-{end}" for start, end in self.locks.spans())
        noted = f"{_digest(self._page.text())} {places}" if places else ""
        self._settings.set_locks(self._files.path, noted)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _spans(places: str, length: int) -> list[tuple[int, int]]:
    """Return the spans that a note holds; one that was damaged holds none."""
    try:
        spans = [(int(start), int(end)) for start, end in (p.split("-") for p in places.split(","))]
    except ValueError:
        return []
    return [(start, end) for start, end in spans if 0 <= start < end <= length]
