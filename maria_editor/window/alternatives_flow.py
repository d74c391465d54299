"""Alternatives for words that stand in the text, in one step: no blank has to be made first."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.blank_words import word_at
from maria_editor.editor.page import Page
from maria_editor.theme.menu import Menu, set_menu_icon
from maria_editor.window.actions import Actions
from maria_editor.window.fill_flow import FillFlow
from maria_editor.window.notice import Notice
from maria_model.blanks import MAXIMUM_WORDS, find_blanks, format_blank

_Span = tuple[int, int]


class AlternativesFlow(QObject):
    """Asks for the words at the caret or in the selection; the popup is that of the blanks.

    Signals:
        noticed(Notice): something to say to the writer.
    """

    noticed = Signal(object)

    def __init__(self, page: Page, filling: FillFlow, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._filling = filling
        self._action = actions["alternatives"]
        self._action.triggered.connect(self._on_triggered)

    def ask(self, start: int, end: int) -> bool:
        """Offer other words for `[start, end)` of the text (code points).

        Returns False where there is nothing to ask about: no word, a blank, or several lines.
        """
        text = self._page.text()
        words = text[start:end].strip()
        count = len(words.split())
        if not 0 < count <= MAXIMUM_WORDS or "\n" in words:
            return False
        start = text.index(words, start)
        end = start + len(words)
        blanks = find_blanks(text, strict=False)
        if any(blank.start < end and start < blank.end for blank in blanks):
            return False
        offsets = OffsetMap(text)
        literal = format_blank(minimum=count)
        self._filling.fill_words(offsets.to_utf16(start), offsets.to_utf16(end), literal)
        return True

    def extend(self, menu: Menu, position: int) -> None:
        """Put the command on top of a menu of the page, if words stand at that position."""
        text = self._page.text()
        offsets = OffsetMap(text)
        start, end = self._selection(offsets)
        place = offsets.to_code_point(position)
        span = (start, end) if start <= place <= end and start < end else _word(text, place)
        blanks = find_blanks(text, strict=False)
        is_blank = any(blank.start <= place <= blank.end for blank in blanks)
        if span is None or is_blank or self._page.isReadOnly():
            return
        action = QAction(self._action.text(), menu)
        action.setShortcut(self._action.shortcut())
        # Shown here, heard elsewhere.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: self._ask_or_say(span))
        menu.insertAction(menu.actions()[0], set_menu_icon(action, "book"))

    @Slot()
    def _on_triggered(self) -> None:
        text = self._page.text()
        start, end = self._selection(OffsetMap(text))
        self._ask_or_say((start, end) if start < end else _word(text, start))

    def _ask_or_say(self, span: _Span | None) -> None:
        if span is None or not self.ask(*span):
            news = self.tr("No words to ask about here.")
            rest = self.tr("Select words of one paragraph, or put the cursor into a word.")
            self.noticed.emit(Notice(news, rest))

    def _selection(self, offsets: OffsetMap) -> _Span:
        cursor = self._page.textCursor()
        return (
            offsets.to_code_point(cursor.selectionStart()),
            offsets.to_code_point(cursor.selectionEnd()),
        )


def _word(text: str, position: int) -> _Span | None:
    word = word_at(text, position)
    return None if word is None else (word.start, word.end)
