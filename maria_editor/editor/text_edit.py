"""The text of a page, in and out: every character stays as it was put in.

Knows neither chips nor columns; those are the page's.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMimeData, Slot
from PySide6.QtGui import QPalette, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from maria_editor.document.offsets import OffsetMap, utf16_length

Replacement = tuple[int, int, str]
Span = tuple[int, int]


class TextEdit(QTextEdit):
    """A field of plain text. Offsets are code points of `text()`, positions the document's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        # What is beside the text is paper as well.
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # A novel takes milliseconds to be read out, and is asked for many times between two keys.
        self._text: str | None = None
        self._text_revision = -1
        # First of all that hear of a change. The first signal keeps silent about what is edited
        # while it is heard, the second comes after it, and the revision counts both.
        self.document().contentsChange.connect(self._forget_text)
        self.document().contentsChanged.connect(self._forget_text)

    def text(self) -> str:
        """Return the text, every character as it was put in."""
        revision = self.document().revision()
        if self._text is None or self._text_revision != revision:
            # toPlainText would turn no-break spaces into spaces.
            self._text = self.document().toRawText().replace("\u2029", "\n")
            self._text_revision = revision
        return self._text

    def replace(self, replacements: Iterable[Replacement]) -> list[QTextCursor]:
        """Put new text at several places, as one undo step; return where it stands now."""
        offsets = OffsetMap(self.text())
        return [
            self.place_at(start, end)
            for start, end in self.replace_at(
                (offsets.to_utf16(start), offsets.to_utf16(end), text)
                for start, end, text in replacements
            )
        ]

    def replace_at(self, replacements: Iterable[Replacement]) -> list[Span]:
        """Do the same at positions in the document; return the positions of the new text."""
        ordered = sorted(replacements)
        edit = QTextCursor(self.document())
        # Undo puts the caret where this cursor stands now.
        edit.setPosition(ordered[-1][1] if ordered else 0)
        edit.beginEditBlock()
        # From the end, so that earlier positions stay true.
        for start, end, text in reversed(ordered):
            # The new before the old goes: undo would join what is typed behind the last insertion.
            edit.setPosition(end)
            edit.insertText(text)
            edit.setPosition(start)
            edit.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            edit.removeSelectedText()
        edit.endEditBlock()
        spans, moved = [], 0
        for start, end, text in ordered:
            length = utf16_length(text)
            spans.append((start + moved, start + moved + length))
            moved += length - (end - start)
        return spans

    def code_point(self, position: int) -> int:
        """Return the code-point offset of a position in the document."""
        return OffsetMap(self.text()).to_code_point(position)

    def position(self, code_point: int) -> int:
        """Return the position in the document of a code-point offset."""
        return OffsetMap(self.text()).to_utf16(code_point)

    def select_span(self, start: int, end: int) -> None:
        """Select `[start, end)` and bring it into view."""
        offsets = OffsetMap(self.text())
        self.select_at(offsets.to_utf16(start), offsets.to_utf16(end))

    def select_at(self, start: int, end: int) -> None:
        """Do the same at positions in the document."""
        self.setTextCursor(self.place_at(start, end))
        self.ensureCursorVisible()

    def text_at(self, start: int, end: int) -> str:
        """Return the text between two positions in the document."""
        return self.place_at(start, end).selectedText().replace("\u2029", "\n")

    def place_at(self, start: int, end: int) -> QTextCursor:
        """Return a cursor that holds a stretch of the document through edits."""
        place = QTextCursor(self.document())
        place.setPosition(start)
        place.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return place

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Leave dragged files to the window, which opens them."""
        is_file = any(url.isLocalFile() for url in source.urls())
        return not is_file and super().canInsertFromMimeData(source)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy plain text, blanks as their literals."""
        # Qt's own object, emptied: one made here would crash PySide when the program ends.
        data = super().createMimeDataFromSelection()
        # Qt writes the formats when it is first asked for one, so ask before clearing.
        data.text()
        data.clear()
        data.setText(self.textCursor().selectedText().replace("\u2029", "\n"))
        return data

    @Slot()
    def _forget_text(self) -> None:
        self._text = None
