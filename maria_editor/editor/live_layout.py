"""Keeps the formats of what is in view true, through edits and scrolling, and reports edits.

Formats are not edits: what this changes is neither an undo step nor a change of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.chips import ChipStates
from maria_editor.editor.layout import BlockLayout, Formats
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

_ROUNDS = 4
_AT_ONCE = 4
# From so many on, blocks that an edit touched are not gone through one by one.
_MANY = 200


class LiveLayout(QObject):
    """The layout of one page's document.

    Signals:
        changed(int, int, int): as the document's `contentsChange`, for edits alone.
        edited: the text has changed, and stands as it should.
    """

    changed = Signal(int, int, int)
    edited = Signal()

    def __init__(self, page: QTextEdit, states: ChipStates, theme: Theme) -> None:
        super().__init__(page)
        self._page = page
        self._states = states
        self._layout = BlockLayout(page.document(), states, theme)
        # True while we change the document ourselves.
        self._is_paused = False
        self._touched: tuple[int, int] | None = None
        page.document().contentsChange.connect(self._on_contents_change)
        page.document().contentsChanged.connect(self._on_contents_changed)
        page.verticalScrollBar().valueChanged.connect(self.follow)
        theme.changed.connect(self.reformat)

    def add_formats(self, formats: Formats) -> None:
        """Ask `formats` about each block as well; what it says goes before everything else."""
        self._layout.extra_formats.append(formats)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the changes that are made meanwhile for no edits."""
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def begin(self) -> None:
        """Lay another text out. Undo must be off."""
        self._layout.fix_all_line_heights()

    @Slot()
    def reformat(self) -> None:
        """Give every block its formats anew, for another font or other colours."""
        self._layout.outdate_all()
        self.format_visible()
        self._page.viewport().update()

    def reformat_at(self, positions: Iterable[int]) -> None:
        """Give the blocks at these positions their formats anew."""
        for block in map(self._page.document().findBlock, positions):
            self._layout.outdate(block)
        self.format_visible()

    @Slot()
    def format_visible(self) -> None:
        """Give the blocks in view their formats, where they are outdated."""
        # Formats move blocks, and others come into view.
        for _ in range(_ROUNDS):
            if not self._layout.format(visible_blocks(self._page)):
                return

    @Slot()
    def follow(self) -> None:
        """Format what has come into view."""
        # Asking for what is in view in the middle of a change would lay everything out in vain.
        if not self._is_paused:
            self.format_visible()

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        if self._is_paused:
            return
        self.changed.emit(position, removed, added)
        last = position + added
        if self._touched is not None:
            position, last = min(position, self._touched[0]), max(last, self._touched[1])
        self._touched = (position, last)
        self._states.forget_places()
        blocks = list(islice(self._blocks(position, last), _MANY))
        if len(blocks) == _MANY:
            self._layout.outdate_all()
        for block in blocks:
            self._layout.outdate(block)
        # Before Qt lays the edit out, so that a keystroke costs one layout; the rest comes after.
        self._layout.format(blocks[:_AT_ONCE])

    @Slot()
    def _on_contents_changed(self) -> None:
        if self._is_paused or self._touched is None:
            return
        touched, self._touched = self._touched, None
        # In the middle of the history line heights come back with the text.
        if not self._page.document().isRedoAvailable():
            with self.paused():
                for block in self._blocks(*touched):
                    self._layout.fix_line_height(block, join=True)
        self.format_visible()
        self.edited.emit()

    def _blocks(self, first: int, last: int) -> Iterator[QTextBlock]:
        block = self._page.document().findBlock(first)
        while block.isValid() and block.position() <= last:
            yield block
            block = block.next()
