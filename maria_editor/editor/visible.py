"""Which blocks are in view: what is painted or formatted is theirs alone, however long the text."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextBlock
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.prose_layout import ProseLayout


def visible_blocks(page: QTextEdit) -> Iterator[QTextBlock]:
    """Yield the blocks that show in the viewport, from the top."""
    top, height = page.verticalScrollBar().value(), page.viewport().height()
    return prose_layout(page).blocks(top, height)


def prose_layout(page: QTextEdit) -> ProseLayout:
    """Return the layout of a page's document."""
    layout = page.document().documentLayout()
    assert isinstance(layout, ProseLayout)
    return layout
