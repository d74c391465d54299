"""Keeps what is in view laid out and in its place, through edits and scrolling; reports edits.

Formats are not edits: what this changes is neither an undo step nor a change of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.block_formats import BlockFormats
from maria_editor.editor.chips import ChipStates
from maria_editor.editor.column import Column
from maria_editor.editor.prose_layout import Formats, ProseLayout
from maria_editor.theme.theme import Theme


class LiveLayout(QObject):
    """The layout of one page's document.

    Signals:
        changed(int, int, int): as the document's `contentsChange`, for edits alone.
        edited: the text has changed, and stands as it should.
    """

    changed = Signal(int, int, int)
    edited = Signal()

    def __init__(self, page: QTextEdit, column: Column, states: ChipStates, theme: Theme) -> None:
        super().__init__(page)
        document = page.document()
        self._page = page
        self._column = column
        self._states = states
        self._formats = BlockFormats(document, states, theme)
        self._layout = ProseLayout(document, column.spacing(), self._formats.of)
        # True while we change the document ourselves.
        self._is_paused = False
        self._is_touched = False
        document.setDocumentLayout(self._layout)
        document.contentsChange.connect(self._on_contents_change)
        document.contentsChanged.connect(self._on_contents_changed)
        page.verticalScrollBar().valueChanged.connect(self.follow)
        self._layout.moved.connect(self._on_moved)
        theme.changed.connect(self.reformat)

    def add_formats(self, formats: Formats) -> None:
        """Ask `formats` about each block as well; what it says goes before everything else."""
        self._formats.extra.append(formats)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the changes that are made meanwhile for no edits."""
        self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def apply_column(self) -> None:
        """Lay everything out anew, for another size or spacing."""
        self._layout.space(self._column.spacing())
        # Lays out, the same font or another.
        self._page.document().setDefaultFont(self._column.font())
        self.follow()
        self._page.viewport().update()

    @Slot()
    def reformat(self) -> None:
        """Give every block its formats anew, for other colours."""
        self._layout.outdate_all()
        self.follow()
        self._page.viewport().update()

    def reformat_at(self, positions: Iterable[int]) -> None:
        """Give the blocks at these positions their formats anew."""
        for block in map(self._page.document().findBlock, positions):
            self._layout.outdate(block)
        self.follow()

    @Slot()
    def follow(self) -> None:
        """Lay out what has come into view."""
        height = self._page.viewport().height()
        self._layout.look_at(self._page.verticalScrollBar().value(), height)

    @Slot(int)
    def _on_moved(self, top: int) -> None:
        self._page.verticalScrollBar().setValue(top)
        # Scrolling has moved what is painted along.
        self._page.viewport().update()

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        if self._is_paused:
            return
        self._is_touched = True
        # What is laid out next asks for the chips.
        self._states.forget_places()
        self.changed.emit(position, removed, added)

    @Slot()
    def _on_contents_changed(self) -> None:
        if self._is_paused or not self._is_touched:
            return
        self._is_touched = False
        self.follow()
        self.edited.emit()
