"""A writer by script: random edits on a real page, each checked against a plain string.

The string is spliced in UTF-16 units by code of its own, so that a slip in the editor's offsets
shows. Undo and redo may merge keystrokes; they must lead to texts that stood there, all the way
back to the first and on to the last.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from maria_editor.editor.chips import ChipState
from maria_editor.editor.page import Page
from maria_model.blanks import find_blanks

FIRST_TEXT = "# One\n\nShe poured the [MASK] into a cup.\n\nשלום עולם 🙂 and so on.\n"
EDITS_A_CHAPTER = 500
_EVENTS_EVERY = 50

_LETTERS = "aeiounrst ,."
_WORDS = (
    "# ",
    "[MASK]",
    " *b* ",
    "[MASK:2-",
    "3]",
    "🙂 ",
    "e\u0301",
    "\u05e9\u05dc ",
    "[MASK:name=hero]",
    "\u00a0",
    "**",
    "\n",
    "one\ntwo [MASK:auto]\n\n",
)
_MOVES = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)
_ZOOMS = (80, 100, 130, 200)
# The most that one Backspace takes: a chip stands apart, it is selected first.
_LONGEST_CLUSTER = 4


class ScriptedWriter:
    """Edits one page; `text` is what must stand there."""

    def __init__(
        self, page: Page, *, seed: int = 0, load: Callable[[str], object] | None = None
    ) -> None:
        self._page = page
        self._load = load or page.load
        self._chance = random.Random(seed)
        self.edits = 0
        self.text = FIRST_TEXT
        # What stood there since the chapter began, and what stood there after the last edit.
        self._known: set[str] = set()
        self._last = FIRST_TEXT
        self._kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (self._type, 30),
            (self._insert, 15),
            (self._paste, 5),
            (self._move, 18),
            (self._select, 4),
            (self._delete, 14),
            (self._accept, 3),
            (self._go_through_history, 7),
            (self._show_states, 3),
            (self._zoom, 1),
        )

    def write(self, edits: int) -> None:
        """Make so many edits, in chapters; AssertionError where the page shows another text."""
        kinds, weights = zip(*self._kinds, strict=True)
        for _ in range(edits):
            if self.edits % EDITS_A_CHAPTER == 0:
                self._begin_chapter()
            self._chance.choices(kinds, weights)[0]()
            self.edits += 1
            self._check()
            if self.edits % _EVENTS_EVERY == 0:
                QApplication.processEvents()
                self._check()
            if self.edits % EDITS_A_CHAPTER == 0:
                self._end_chapter()

    def _begin_chapter(self) -> None:
        self._load(FIRST_TEXT)
        self.text = self._last = FIRST_TEXT
        self._known = {FIRST_TEXT}

    def _end_chapter(self) -> None:
        """Go on to the end of the history, and all the way back."""
        document = self._page.document()
        while document.isRedoAvailable():
            self._page.redo()
        assert self._page.text() == self._last, f"redo went astray after {self.edits} edits"
        while document.isUndoAvailable():
            self._page.undo()
        assert self._page.text() == FIRST_TEXT, f"undo went astray after {self.edits} edits"

    def _check(self) -> None:
        found = self._page.text()
        assert found == self.text, f"edit {self.edits}: {found!r} instead of {self.text!r}"

    def _edited(self, text: str) -> None:
        self.text = self._last = text
        self._known.add(text)

    def _selection(self) -> tuple[int, int]:
        cursor = self._page.textCursor()
        return cursor.selectionStart(), cursor.selectionEnd()

    def _put(self, words: str, act: Callable[[], object]) -> None:
        start, end = self._selection()
        act()
        self._edited(spliced(self.text, start, end, words))

    def _type(self) -> None:
        letter = self._chance.choice(_LETTERS)
        self._put(letter, lambda: QTest.keyClicks(self._page, letter))

    def _insert(self) -> None:
        words = self._chance.choice(_WORDS)
        self._put(words, lambda: self._page.insertPlainText(words))

    def _paste(self) -> None:
        words = "".join(self._chance.choices(_WORDS, k=2))
        QApplication.clipboard().setText(words)
        self._put(words, self._page.paste)

    def _move(self) -> None:
        QTest.keyClick(self._page, self._chance.choice(_MOVES))

    def _select(self) -> None:
        key = self._chance.choice(_MOVES[:4])
        for _ in range(self._chance.randint(1, 4)):
            QTest.keyClick(self._page, key, Qt.KeyboardModifier.ShiftModifier)

    def _delete(self) -> None:
        """Press Backspace or Delete: what goes is next to the caret and not more than is due."""
        backwards = self._chance.random() < 0.6
        start, end = self._selection()
        QTest.keyClick(self._page, Qt.Key.Key_Backspace if backwards else Qt.Key.Key_Delete)
        gone = units(self.text) - units(self._page.text())
        if start != end and gone:
            self._edited(spliced(self.text, start, end, ""))
            assert gone == end - start
        elif gone:
            assert 0 < gone <= _LONGEST_CLUSTER, f"edit {self.edits}: one key deleted {gone}"
            start, end = (start - gone, start) if backwards else (start, start + gone)
            self._edited(spliced(self.text, start, end, ""))

    def _accept(self) -> None:
        """Put words in the place of the blanks, as an accepted answer does: one undo step."""
        blanks = find_blanks(self.text, strict=False)
        if not blanks:
            return
        words = self._chance.choice(("tea", "two words", "🙂"))
        chosen = self._chance.sample(blanks, k=self._chance.randint(1, min(3, len(blanks))))
        before = self.text
        for blank in sorted(chosen, key=lambda blank: -blank.start):
            before = before[: blank.start] + words + before[blank.end :]
        self._page.replace([(blank.start, blank.end, words) for blank in chosen])
        self._edited(before)

    def _go_through_history(self) -> None:
        for _ in range(self._chance.randint(1, 3)):
            if self._chance.random() < 0.6:
                self._page.undo()
            else:
                self._page.redo()
        self.text = self._page.text()
        assert self.text in self._known, f"edit {self.edits}: the history has a text of its own"

    def _show_states(self) -> None:
        blanks = find_blanks(self.text, strict=False)
        state = self._chance.choice(tuple(ChipState))
        self._page.clear_chips()
        self._page.set_chips([(b.start, b.end) for b in blanks[:4]], state, "words")

    def _zoom(self) -> None:
        self._page.set_zoom(self._chance.choice(_ZOOMS))


def units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text.encode("utf-16-le")) // 2


def spliced(text: str, start: int, end: int, words: str) -> str:
    """Return a text with words in the place of `[start, end)`, UTF-16 units."""
    data = text.encode("utf-16-le")
    parts = (data[: 2 * start], words.encode("utf-16-le"), data[2 * end :])
    return b"".join(parts).decode("utf-16-le")


def caret_to(page: Page, position: int) -> None:
    """Put the caret at a position of the document."""
    cursor = QTextCursor(page.document())
    cursor.setPosition(position)
    page.setTextCursor(cursor)
