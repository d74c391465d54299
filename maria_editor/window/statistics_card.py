"""How long the text is, in every measure, and the selection beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from maria_editor.editor.counting import Counts
from maria_editor.settings import CountChoice
from maria_editor.theme.segments import Segments
from maria_editor.theme.theme import Theme
from maria_editor.window.facts_card import Fact, FactsCard

# What a practised reader manages of English prose in a minute.
_WORDS_PER_MINUTE = 240
COUNTS: tuple[CountChoice, ...] = ("words", "characters", "letters")


class StatisticsCard(FactsCard):
    """Shows the counts, and chooses the one that the status bar shows."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        parts: tuple[tuple[Counts, int], ...],
        *,
        shown: CountChoice,
    ) -> None:
        """`parts` are the text and, if there is one, the selection: counts and sentences."""
        super().__init__(
            theme,
            window,
            self._rows(parts),
            title=self.tr("Statistics"),
            note=self.tr("A blank counts as one word. Sentences are told by their ends."),
        )
        labels = (self.tr("Words"), self.tr("Characters"), self.tr("Without spaces"))
        name = self.tr("The status bar shows")
        self.shown = Segments(theme, labels, name)
        self.shown.choose(COUNTS.index(shown))
        row = QHBoxLayout()
        row.setContentsMargins(0, 12, 0, 0)
        row.addWidget(self.label(name, "ink2"), 1)
        row.addWidget(self.shown)
        self.body.addLayout(row)

    def _rows(self, parts: tuple[tuple[Counts, int], ...]) -> list[Fact]:
        counts = [count for count, _ in parts]
        rows: list[Fact] = [
            (self.tr("Words"), *(f"{count.words:,}" for count in counts)),
            (self.tr("Characters"), *(f"{count.characters:,}" for count in counts)),
            (self.tr("Characters, no spaces"), *(f"{count.letters:,}" for count in counts)),
            (self.tr("Sentences"), *(f"{sentences:,}" for _, sentences in parts)),
            (self.tr("Paragraphs"), *(f"{count.paragraphs:,}" for count in counts)),
            (self.tr("Blanks"), *(f"{count.blanks:,}" for count in counts)),
            (self.tr("Time to read"), *(self._time(count.words) for count in counts)),
        ]
        if len(parts) > 1:
            rows.insert(0, ("", self.tr("Text"), self.tr("Selection")))
        return rows

    def _time(self, words: int) -> str:
        minutes = round(words / _WORDS_PER_MINUTE)
        if minutes < 1:
            return self.tr("under a minute")
        if minutes < 60:
            return self.tr("about {n} min").format(n=minutes)
        return self.tr("about {h} h {m} min").format(h=minutes // 60, m=minutes % 60)
