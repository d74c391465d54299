"""Making blanks and unmaking them: which words, what stood there, which blank is next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextCursor

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.blank_rules import BlankRules
from maria_editor.editor.blank_words import Word, is_escaped, prose_words, word_at
from maria_editor.editor.marks import is_chip
from maria_editor.editor.page import Page
from maria_editor.editor.prose import without_edges
from maria_model.blanks import Blank, find_blanks, format_blank

_FIRST_NAME = "word"


@dataclass(slots=True)
class _Original:
    # Holds the blank through edits; undoing its end leaves both ends of this after it.
    cursor: QTextCursor
    words: str


class Blanking:
    """The blanks of one page; offsets are code points, indices count blanks from the top."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._originals: list[_Original] = []
        page.loaded.connect(self.forget)

    def text(self) -> str:
        """Return the text that the blanks stand in."""
        return self._page.text()

    def all(self) -> tuple[Blank, ...]:
        """Return every blank, badly written ones included."""
        return find_blanks(self._page.text(), strict=False)

    def here(self) -> tuple[int, ...]:
        """Return the indices of the blanks that the selection or the caret touches.

        One that is still being typed is none: it may reach far into the prose.
        """
        text, (start, end) = self._page.text(), self.selection()
        return tuple(
            index
            for index, blank in enumerate(self.all())
            if blank.start <= end and start <= blank.end and is_chip(text, blank)
        )

    def selection(self) -> tuple[int, int]:
        """Return where the selection begins and ends."""
        cursor = self._page.textCursor()
        offsets = OffsetMap(self._page.text())
        return (
            offsets.to_code_point(cursor.selectionStart()),
            offsets.to_code_point(cursor.selectionEnd()),
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
        return self._blank([(start, end)])

    def blank_each(self) -> int:
        """Turn each word of the selection into a blank of its own; return how many."""
        text = self._page.text()
        start, end = self.selection()
        if start == end:
            return int(self.blank_out())
        return self.blank_words(prose_words(text, start, end))

    def blank_words(self, words: Sequence[Word], *, moves_caret: bool = True) -> int:
        """Turn words into blanks, as one undo step; return how many.

        The caret goes behind the last, unless it is to stay where the writer has it.
        """
        self._blank([(word.start, word.end) for word in words], moves_caret=moves_caret)
        return len(words)

    def original(self, blank: Blank) -> str:
        """Return the words that stood where a blank is now; empty when it was typed."""
        found = self._find_original(blank)
        return found.words if found else ""

    def put_back(self, *blanks: Blank) -> int:
        """Put the original words back in the place of blanks; return how many had any."""
        known = [(blank, self.original(blank)) for blank in blanks]
        changes = [(blank.start, blank.end, words) for blank, words in known if words]
        if changes:
            self._page.replace(changes)
        return len(changes)

    def remove(self, *blanks: Blank) -> None:
        """Take blanks out of the text."""
        if blanks:
            self._page.replace([(blank.start, blank.end, "") for blank in blanks])

    def rewrite(self, blanks: Sequence[Blank], rules: Sequence[BlankRules]) -> None:
        """Write blanks anew, each by its rules, as one undo step; the first is selected."""
        text = self._page.text()
        changes = sorted(
            (
                (blank, wanted.literal())
                for blank, wanted in zip(blanks, rules, strict=True)
                if text[blank.start : blank.end] != wanted.literal()
            ),
            key=lambda change: change[0].start,
        )
        if not changes:
            return
        originals = [self.original(blank) for blank, _ in changes]
        places = self._page.replace((b.start, b.end, literal) for b, literal in changes)
        self._remember(places, originals)
        for place, (blank, _) in zip(places, changes, strict=True):
            if blank is blanks[0]:
                self._page.select_at(place.selectionStart(), place.selectionEnd())

    def names(self) -> list[str]:
        """Return the names in use, in reading order."""
        return list(dict.fromkeys(blank.name for blank in self.all() if blank.name))

    def link(self, blanks: Sequence[Blank]) -> BlankRules:
        """Give blanks one name and the rules of one of them; return those.

        A name that one of them has is theirs, and so are its rules; otherwise the rules are the
        first that say more than one word.
        """
        known = [BlankRules.of(blank) for blank in blanks]
        telling = [rules for rules in known if rules.name] or [
            rules for rules in known if rules != BlankRules()
        ]
        wanted = telling[0] if telling else BlankRules()
        if not wanted.name:
            wanted = wanted.named(self._new_name())
        self.rewrite(blanks, [wanted] * len(blanks))
        return wanted

    def join(self, blank: Blank, partner: Blank) -> None:
        """Link a blank with another, under its partner's name and rules."""
        wanted = BlankRules.of(partner)
        if not wanted.name:
            wanted = wanted.named(blank.name or self._new_name())
        self.rewrite([blank, partner], [wanted, wanted])

    def unlink(self, blanks: Sequence[Blank]) -> int:
        """Take the names off blanks; return how many had one."""
        named = [blank for blank in blanks if blank.name]
        self.rewrite(named, [BlankRules.of(blank).named("") for blank in named])
        return len(named)

    def go(self, *, backwards: bool = False) -> bool:
        """Select the next or the previous blank, around the end; False if there is none."""
        text = self._page.text()
        blanks = [blank for blank in self.all() if is_chip(text, blank)]
        if not blanks:
            return False
        start, end = self.selection()
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

    def _blank(self, spans: Sequence[tuple[int, int]], *, moves_caret: bool = True) -> bool:
        text = self._page.text()
        spans = [span for span in spans if not is_escaped(text, span[0])]
        if not spans:
            return False
        words = [text[start:end] for start, end in spans]
        literals = [format_blank(minimum=len(each.split())) for each in words]
        places = self._page.replace(
            (start, end, literal) for (start, end), literal in zip(spans, literals, strict=True)
        )
        self._remember(places, words)
        if moves_caret:
            caret = self._page.textCursor()
            caret.setPosition(places[-1].selectionEnd())
            self._page.setTextCursor(caret)
        return True

    def _remember(self, places: Iterable[QTextCursor], words: Iterable[str]) -> None:
        known = zip(places, words, strict=True)
        self._originals += [_Original(place, each) for place, each in known if each]

    def _find_original(self, blank: Blank) -> _Original | None:
        offsets = OffsetMap(self._page.text())
        start, end = offsets.to_utf16(blank.start), offsets.to_utf16(blank.end)
        ended = None
        for original in reversed(self._originals):
            cursor = original.cursor
            if cursor.hasSelection() and cursor.selectionStart() == start:
                return original
            if ended is None and not cursor.hasSelection() and cursor.position() == end:
                ended = original
        return ended

    def _new_name(self) -> str:
        taken, number = set(self.names()), 2
        if _FIRST_NAME not in taken:
            return _FIRST_NAME
        while f"{_FIRST_NAME}-{number}" in taken:
            number += 1
        return f"{_FIRST_NAME}-{number}"

    def _words_at(self, text: str) -> tuple[int, int]:
        start, end = self.selection()
        if start == end:
            word = word_at(text, start)
            return (word.start, word.end) if word else (start, end)
        words = text[start:end]
        start, end = (
            start + len(words) - len(words.lstrip()),
            end - len(words) + len(words.rstrip()),
        )
        first, stop = text.rfind("\n", 0, start) + 1, text.find("\n", start)
        if start >= end or "\n" in text[start:end]:
            return start, end
        line = text[first : len(text) if stop < 0 else stop]
        start, end = without_edges(line, start - first, end - first)
        return first + start, first + end
