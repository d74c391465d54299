"""Making blanks and unmaking them: which words, what stood there, which blank is next."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtGui import QTextCursor

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.page import Page
from maria_model.blanks import Blank, find_blanks, format_blank

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(slots=True)
class _Original:
    # Holds the blank through edits.
    cursor: QTextCursor
    words: str


class Blanking:
    """The blanks of one page; offsets are code points, indices count blanks from the top."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._originals: list[_Original] = []

    def all(self) -> tuple[Blank, ...]:
        """Return every blank, badly written ones included."""
        return find_blanks(self._page.text(), strict=False)

    def here(self) -> tuple[int, ...]:
        """Return the indices of the blanks that the selection or the caret touches."""
        start, end = self._selection()
        return tuple(
            index
            for index, blank in enumerate(self.all())
            if blank.start <= end and start <= blank.end
        )

    def blank_out(self) -> bool:
        """Turn the selected words, or the word at the caret, into a blank; False if none is there.

        A blank stays on one line.
        """
        text = self._page.text()
        start, end = self._words_at(text)
        words = text[start:end]
        if not words or "\n" in words or any(b.start < end and start < b.end for b in self.all()):
            return False
        literal = format_blank(minimum=len(words.split()))
        [place] = self._page.replace([(start, end, literal)])
        self._originals.append(_Original(place, words))
        caret = self._page.textCursor()
        caret.setPosition(place.selectionEnd())
        self._page.setTextCursor(caret)
        return True

    def original(self, blank: Blank) -> str:
        """Return the words that stood where a blank is now; empty when it was typed."""
        found = self._find_original(blank)
        return found.words if found else ""

    def put_back(self, blank: Blank) -> None:
        """Put the original words back in the place of a blank."""
        original = self._find_original(blank)
        if original is not None:
            self._page.replace([(blank.start, blank.end, original.words)])
            self._originals.remove(original)

    def remove(self, blank: Blank) -> None:
        """Take a blank out of the text."""
        self._page.replace([(blank.start, blank.end, "")])

    def set_length(self, blank: Blank, minimum: int | None, maximum: int | None = None) -> None:
        """Say how many words a blank holds; its other items stay."""
        literal = format_blank(
            minimum=minimum, maximum=maximum, name=blank.name, constraints=blank.constraints
        )
        words = self.original(blank)
        [place] = self._page.replace([(blank.start, blank.end, literal)])
        if words:
            self._originals.append(_Original(place, words))

    def go(self, *, backwards: bool = False) -> bool:
        """Select the next or the previous blank, around the end; False if there is none."""
        blanks = self.all()
        if not blanks:
            return False
        start, end = self._selection()
        if backwards:
            before = [blank for blank in blanks if blank.end <= start]
            target = before[-1] if before else blanks[-1]
        else:
            after = [blank for blank in blanks if blank.start >= end]
            target = after[0] if after else blanks[0]
        self._page.select_span(target.start, target.end)
        return True

    def forget(self) -> None:
        """Forget the original words: another text is shown."""
        self._originals = []

    def _find_original(self, blank: Blank) -> _Original | None:
        position = OffsetMap(self._page.text()).to_utf16(blank.start)
        for original in self._originals:
            if original.cursor.hasSelection() and original.cursor.selectionStart() == position:
                return original
        return None

    def _selection(self) -> tuple[int, int]:
        cursor = self._page.textCursor()
        offsets = OffsetMap(self._page.text())
        return (
            offsets.to_code_point(cursor.selectionStart()),
            offsets.to_code_point(cursor.selectionEnd()),
        )

    def _words_at(self, text: str) -> tuple[int, int]:
        start, end = self._selection()
        if start == end:
            line = text.rfind("\n", 0, start) + 1
            stop = text.find("\n", start)
            for match in _WORD.finditer(text, line, len(text) if stop < 0 else stop):
                if match.start() <= start <= match.end():
                    return match.span()
            return start, end
        words = text[start:end]
        return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
