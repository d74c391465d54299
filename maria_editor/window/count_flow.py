"""Shows how long the text is, and the selection, and how many blanks there are."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from maria_editor.editor.counting import Counts, TextCounts, sentences
from maria_editor.editor.page import Page
from maria_editor.settings import CountChoice, Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.statistics_card import COUNTS, StatisticsCard
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.top_row import TopRow

# A selection grows by many small steps; a long one is counted when it pauses.
_SHOW_AFTER_MS = 60


class CountFlow(QObject):
    """Keeps the counts of status bar and top row true."""

    def __init__(
        self, page: Page, status: StatusBar, top_row: TopRow, settings: Settings, theme: Theme
    ) -> None:
        super().__init__(status)
        self._page = page
        self._status = status
        self._top_row = top_row
        self._settings = settings
        self._theme = theme
        self._counts = TextCounts(page)
        self._timer = QTimer(self, singleShot=True, interval=_SHOW_AFTER_MS)
        self._timer.timeout.connect(self.show_counts)
        self._counts.changed.connect(self.show_counts)
        page.selectionChanged.connect(self._on_selection_changed)
        status.words.clicked.connect(self.show_statistics)
        self.show_counts()

    @Slot()
    def show_counts(self) -> None:
        """Show what has changed, at once."""
        self._timer.stop()
        total, cursor = self._counts.total, self._page.textCursor()
        selected = self._counts.of(cursor) if cursor.hasSelection() else None
        words = self._said(self._settings.count, total, selected)
        self._status.words.show_words(words)
        self._status.words.setAccessibleDescription(", ".join(self._lines(total, selected)))
        blanks = counted(total.blanks, self.tr("blank"), self.tr("blanks"))
        self._status.blanks.show_words(blanks if total.blanks else "")
        self._top_row.set_blanks(total.blanks)
        self._status.fit()

    @Slot()
    def show_statistics(self) -> None:
        """Show every count, of the selection too, and choose the one for the status bar."""
        cursor = self._page.textCursor()
        parts = [(self._counts.total, sentences(self._page.text()))]
        if cursor.hasSelection():
            selected = self._page.text_at(cursor.selectionStart(), cursor.selectionEnd())
            parts.append((self._counts.of(cursor), sentences(selected)))
        shown = self._settings.count
        window = self._status.window()
        card = StatisticsCard(self._theme, window, tuple(parts), shown=shown)
        card.shown.chosen.connect(lambda index: self._choose(COUNTS[index]))
        card.open()

    def _lines(self, total: Counts, selected: Counts | None) -> list[str]:
        kinds: tuple[CountChoice, ...] = ("words", "characters", "letters")
        paragraphs = counted(total.paragraphs, self.tr("paragraph"), self.tr("paragraphs"))
        return [*(self._said(kind, total, selected) for kind in kinds), paragraphs]

    def _said(self, kind: CountChoice, total: Counts, selected: Counts | None) -> str:
        one, many = {
            "words": (self.tr("word"), self.tr("words")),
            "characters": (self.tr("character"), self.tr("characters")),
            "letters": (self.tr("character, no spaces"), self.tr("characters, no spaces")),
        }[kind]
        words = counted(getattr(total, kind), one, many)
        if selected is None:
            return words
        part = f"{getattr(selected, kind):,}"
        return self.tr("{part} of {whole}").format(part=part, whole=words)

    def _choose(self, choice: CountChoice) -> None:
        self._settings.count = choice
        self.show_counts()

    @Slot()
    def _on_selection_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()


def counted(count: int, one: str, many: str) -> str:
    """Return a number and its noun."""
    return f"{count:,} {one if count == 1 else many}"
