"""Holds the line that is written, or else read, where it is while the page gets another size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.visible import prose_layout, visible_blocks

# What comes into view is laid out only then, and may move the line once more.
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Line:
    """A line by a position of the document in it, and its height in the viewport."""

    position: int
    y: float


class ReadingPlace:
    """The line of one page that stays: that of the caret, or the topmost where it is not in view.

    While nothing but the size changes it is the same line, so that many small changes, as by a
    dragged window, end where they began.
    """

    def __init__(self, page: QTextEdit) -> None:
        self._page = page
        self._is_held = False
        self._line = _Line(0, 0.0)
        # What was scrolled, written and where the caret stood when the line was put back last.
        self._state: tuple[int, int, int] | None = None

    @contextmanager
    def held(self, height: int) -> Iterator[None]:
        """Lay out anew meanwhile; `height` is how much of the text was in view before."""
        # In the middle of an edit, as when it makes the scroll bar appear, there is no line to ask.
        if self._is_held or prose_layout(self._page).is_being_edited:
            yield
            return
        if self._state is None or self._state != self._current():
            self._line = self._written(height) or self._topmost()
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self._put_back()

    def _current(self) -> tuple[int, int, int]:
        page = self._page
        scrolled, revision = page.verticalScrollBar().value(), page.document().revision()
        return scrolled, revision, page.textCursor().position()

    def _written(self, height: int) -> _Line | None:
        """Return the line of the caret, if all of it is in view."""
        cursor = self._page.textCursor()
        # What is in view has lines; laying out what is not would be in vain.
        if cursor.block().layout().lineCount() == 0:
            return None
        line = _Line(cursor.position(), self._y(cursor.position()))
        top, bottom = _letters(cursor.block())
        # Writing at an edge leaves no more than the letters in view, to a pixel.
        return line if -top <= line.y <= height - bottom + 1 else None

    def _topmost(self) -> _Line:
        """Return the first line that is wholly in view, or the very first one."""
        top = self._page.verticalScrollBar().value()
        layout = prose_layout(self._page)
        for block in visible_blocks(self._page):
            above = top - layout.blockBoundingRect(block).top()
            number = max(0, -int(-above // _line_height(block)))
            if number < block.layout().lineCount():
                position = block.position() + block.layout().lineAt(number).textStart()
                return _Line(position, self._y(position))
        return _Line(0, self._y(0))

    def _put_back(self) -> None:
        page, bar = self._page, self._page.verticalScrollBar()
        block = page.document().findBlock(self._line.position)
        for _ in range(_MOST_ROUNDS):
            # Asking for its height lays the line out.
            y = self._y(self._line.position)
            # A page that has become lower still shows the line.
            lowest = max(0, page.viewport().height() - _letters(block)[1])
            moved = y - min(self._line.y, lowest)
            before = bar.value()
            bar.setValue(before + round(moved))
            if bar.value() == before:
                break
        self._state = self._current()

    def _y(self, position: int) -> float:
        """Return the height in the viewport at which a position's line begins."""
        block = self._page.document().findBlock(position)
        top = prose_layout(self._page).blockBoundingRect(block).top()
        line = block.layout().lineForTextPosition(position - block.position())
        number = max(0, line.lineNumber()) if line.isValid() else 0
        return top + number * _line_height(block) - self._page.verticalScrollBar().value()


def _letters(block: QTextBlock) -> tuple[int, int]:
    """Return where the letters of a laid out block begin and end in the height of a line."""
    letters = block.layout().lineAt(0).rect()
    return math.ceil(letters.top()), math.ceil(letters.bottom())


def _line_height(block: QTextBlock) -> float:
    # A "line" of a block is a pixel, see `ProseLayout`.
    return block.lineCount() / max(1, block.layout().lineCount())
