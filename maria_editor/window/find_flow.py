"""Find and replace: keeps the matches of the find bar's query true and carries out its wishes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QTextCursor

from maria_editor.editor.page import Page
from maria_editor.editor.search import (
    CostlyPatternError,
    Match,
    Query,
    SearchError,
    check_replacement,
    find_matches,
    nearest_match,
    replacement_for,
)
from maria_editor.editor.search_marks import SearchMarks
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.find_bar import FindBar

_LONG_TEXT = 50_000
_SEARCH_AFTER_MS = 200
# Longer selections are what to search in, not what to search for.
_MOST_LETTERS = 200


class FindFlow(QObject):
    """Finds on one page what its bar asks for."""

    def __init__(self, page: Page, bar: FindBar, actions: Actions, theme: Theme) -> None:
        super().__init__(bar)
        self._page = page
        self._bar = bar
        self._marks = SearchMarks(page, theme)
        self._matches: list[Match] = []
        # The text and the query that they are of.
        self._searched: tuple[int, Query] | None = None
        # Why they may not be all.
        self._costly: CostlyPatternError | None = None
        # Whether what is to replace them was refused.
        self._is_refused = False
        # Where the search began: typing more letters looks from there again.
        self._anchor = 0
        self._scope: QTextCursor | None = None
        # What was selected then.
        self._opened = page.textCursor()
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_AFTER_MS)
        self._timer.timeout.connect(self._search)
        actions["find"].triggered.connect(lambda: self.open(with_replacement=False))
        actions["replace"].triggered.connect(lambda: self.open(with_replacement=True))
        actions["find_next"].triggered.connect(self.find_next)
        actions["find_previous"].triggered.connect(lambda: self.find_next(backwards=True))
        bar.query_changed.connect(self._on_query_changed)
        bar.replacement.textChanged.connect(self._on_replacement_changed)
        bar.in_selection.toggled.connect(self._on_scope_toggled)
        bar.next_requested.connect(self.find_next)
        bar.previous_requested.connect(lambda: self.find_next(backwards=True))
        bar.replace_requested.connect(self.replace)
        bar.replace_all_requested.connect(self.replace_all)
        bar.closed.connect(self._on_closed)
        page.edited.connect(self._on_edited)

    def open(self, *, with_replacement: bool) -> None:
        """Show the bar, with the selected words in it."""
        self._opened = self._page.textCursor()
        self._anchor = self._opened.selectionStart()
        words = self._opened.selectedText()
        is_short = len(words) <= _MOST_LETTERS and "\u2029" not in words
        with_replacement = with_replacement or (
            not self._bar.isHidden() and self._bar.has_replacement()
        )
        self._bar.open(words if is_short else "", with_replacement=with_replacement)
        if not is_short:
            self._bar.in_selection.setChecked(True)
        self._search()

    @Slot()
    def find_next(self, *, backwards: bool = False) -> None:
        """Select the next match, or the previous one; go on around the ends of the text."""
        if not self._bar.words.text():
            self.open(with_replacement=False)
            return
        self._search()
        if not self._matches:
            return
        cursor = self._page.textCursor()
        position = cursor.selectionStart() if backwards else cursor.selectionEnd()
        index = nearest_match(self._matches, position, backwards=backwards)
        match = self._matches[index]
        wrapped = match.end > position if backwards else match.start < position
        self._choose(index)
        if wrapped:
            words = self.tr("from the end") if backwards else self.tr("from the top")
            self._bar.show_count(f"{self._bar.count_words()}, {words}")

    @Slot()
    def replace(self) -> None:
        """Replace the chosen match and choose the next; choose one first if none is."""
        if self._page.isReadOnly():
            return
        self._search()
        if not self._may_replace():
            return
        index = self._chosen()
        if index is not None:
            match, query = self._matches[index], self._query()
            words = replacement_for(match, query, self._bar.replacement.text())
            [(_, end)] = self._page.replace_at([(match.start, match.end, words)])
            self._page.select_at(end, end)
        self.find_next()

    @Slot()
    def replace_all(self) -> None:
        """Replace every match, as one undo step."""
        if self._page.isReadOnly():
            return
        self._search()
        if not self._may_replace():
            return
        query, template = self._query(), self._bar.replacement.text()
        count = len(self._matches)
        if count:
            self._page.replace_at(
                (match.start, match.end, replacement_for(match, query, template))
                for match in self._matches
            )
            self._search()
        self._bar.show_count(self.tr("{n} replaced").format(n=f"{count:,}"))

    def _may_replace(self) -> bool:
        """Return whether the pattern has the groups that are to be put there; say so if not."""
        if self._searched is None:
            return False
        try:
            check_replacement(self._query(), self._bar.replacement.text())
        except SearchError as error:
            self._is_refused = True
            self._bar.show_count(self._bar.count_words(), description=str(error))
            return False
        return True

    def _query(self) -> Query:
        span = None
        if self._scope is not None:
            span = (self._scope.selectionStart(), self._scope.selectionEnd())
        return Query(
            words=self._bar.words.text(),
            match_case=self._bar.match_case.isChecked(),
            whole_words=self._bar.whole_words.isChecked(),
            is_pattern=self._bar.is_pattern.isChecked(),
            span=span,
        )

    @Slot()
    def _search(self) -> None:
        self._timer.stop()
        wanted = self._page.revision, self._query()
        try:
            if wanted != self._searched:
                self._matches, self._searched = [], None
                self._matches, self._costly = self._found(wanted[1])
                self._searched = wanted
        except SearchError as error:
            self._bar.show_count(self.tr("Cannot be read"), description=str(error))
        else:
            self._show_count()
        self._marks.show([] if self._bar.isHidden() else self._matches)

    def _found(self, query: Query) -> tuple[list[Match], CostlyPatternError | None]:
        try:
            return find_matches(self._page.text(), query), None
        except CostlyPatternError as error:
            return error.found, error

    def _show_count(self) -> None:
        count, index = len(self._matches), self._chosen()
        if not self._bar.words.text():
            words = ""
        elif not count:
            words = self.tr("Too costly") if self._costly else self.tr("No matches")
        elif index is None:
            words = self.tr("1 match") if count == 1 else self.tr("{n} matches")
        else:
            words = self.tr("{i} of {n}")
        if count and self._costly:
            words = self.tr("{words}, not all").format(words=words)
        words = words.format(i=f"{(index or 0) + 1:,}", n=f"{count:,}")
        self._bar.show_count(words, description=str(self._costly) if self._costly else "")

    def _chosen(self) -> int | None:
        cursor = self._page.textCursor()
        if not self._matches or not cursor.hasSelection():
            return None
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        index = nearest_match(self._matches, start)
        match = self._matches[index]
        return index if (match.start, match.end) == (start, end) else None

    def _choose(self, index: int) -> None:
        match = self._matches[index]
        self._page.select_at(match.start, match.end)
        self._show_count()

    @Slot()
    def _on_query_changed(self) -> None:
        self._search()
        if self._matches:
            self._choose(nearest_match(self._matches, self._anchor))

    @Slot()
    def _on_replacement_changed(self) -> None:
        if self._is_refused:
            self._is_refused = False
            self._search()

    @Slot(bool)
    def _on_scope_toggled(self, is_on: bool) -> None:
        # Looking for words has put a match in the place of what was selected before.
        cursor = self._opened if self._chosen() is not None else self._page.textCursor()
        self._scope = cursor if is_on and cursor.hasSelection() else None
        if self._scope is not None:
            self._anchor = self._scope.selectionStart()
        self._search()

    @Slot()
    def _on_closed(self) -> None:
        self._marks.show([])
        self._bar.in_selection.setChecked(False)
        self._page.setFocus()

    @Slot()
    def _on_edited(self) -> None:
        if self._bar.isHidden():
            return
        if self._page.document().characterCount() < _LONG_TEXT:
            self._search()
        else:
            # Marks of the old text would stand beside their words.
            self._marks.show([])
            self._timer.start()
