"""The panel of the likelihood view: what is judged by, what the marks mean, and the words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from maria_editor.editor.likelihood_painter import draw_level
from maria_editor.editor.likelihood_words import OddWord
from maria_editor.theme.key_hint import KeyHint
from maria_editor.theme.label import Label
from maria_editor.theme.segments import Segments
from maria_editor.theme.theme import Theme
from maria_editor.window.likelihood_list import level_name
from maria_editor.window.likelihood_view import OddWordList
from maria_editor.window.side_panel import PADDING, Hairline, SidePanel
from maria_model.api import Sides
from maria_model.oddness import Level

_FOOTER = 42
_SWATCH = QSize(44, 20)
_SIDES: tuple[Sides, ...] = ("both", "left")
_LEGEND = ((Level.A_LITTLE_UNUSUAL, Level.UNLIKELY), (Level.UNUSUAL, Level.VERY_UNLIKELY))


class LikelihoodPanel(SidePanel):
    """Stands at the right of the page while words are marked.

    Signals:
        sides_chosen(Sides): judge words by this.
    """

    sides_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Likelihood"), footer=_FOOTER, parent=parent)
        labels = (self.tr("Both sides"), self.tr("From the left only"))
        self.sides = Segments(theme, labels, self.tr("Judge words by"))
        self._count = self._label("", 12, "ink2")
        self._empty = self._label("", 12, "ink2")
        self._unjudged = self._label("", 12, "ink2")
        self.list = OddWordList(theme)
        self.next_hint = KeyHint(theme, (), self.tr("next word"))
        self.alternatives_hint = KeyHint(theme, (), self.tr("alternatives"))
        self._set_up()

    def show_words(self, words: Sequence[OddWord], chosen: OddWord | None, note: str) -> None:
        """Show the words that stand out on the page; `note` is said where there are none."""
        self.list.show_words(words, chosen)
        self._count.setText(self.tr("{n} on this page").format(n=len(words)) if words else "")
        self._empty.setText(note)
        self._empty.setVisible(not words)

    def show_unjudged(self, words: str) -> None:
        """Say which words are left out, and why; nothing where none are."""
        self._unjudged.setText(words)
        self._unjudged.setVisible(bool(words))

    def _set_up(self) -> None:
        self.sides.chosen.connect(self._on_sides_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._header())
        column.addLayout(self._judged_by())
        column.addWidget(Hairline(self._theme))
        column.addLayout(self._legend())
        column.addWidget(Hairline(self._theme))
        column.addLayout(self._heading())
        column.addLayout(self._words(), 1)
        column.addLayout(self._footer())

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(PADDING - 1, 9, 16, 10)
        row.addWidget(self._label(self.tr("Likelihood"), 15, "ink", QFont.Weight.DemiBold), 1)
        row.addWidget(self.cross)
        return row

    def _judged_by(self) -> QVBoxLayout:
        section = QVBoxLayout()
        section.setContentsMargins(PADDING - 1, 14, PADDING, 14)
        section.setSpacing(12)
        words = self.tr("Unlikely is not wrong.\nIt is where a reader slows down.")
        section.addWidget(self._label(words, 13, "ink2"))
        section.addWidget(self.sides)
        return section

    def _legend(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(PADDING - 1, 14, PADDING, 13)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        for row, levels in enumerate(_LEGEND):
            for column, level in enumerate(levels):
                grid.addWidget(_Swatch(self._theme, level), row, 2 * column)
                grid.addWidget(self._label(level_name(level), 12, "ink2"), row, 2 * column + 1)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 100)
        return grid

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(PADDING - 1, 13, PADDING, 6)
        heading = self.tr("Unlikely words")
        row.addWidget(self._label(heading, 13, "ink", QFont.Weight.Medium), 1)
        row.addWidget(self._count)
        return row

    def _words(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(11, 0, 0, 8)
        column.setSpacing(0)
        for note in (self._unjudged, self._empty):
            note.setWordWrap(True)
            note.setContentsMargins(12, 4, 12, 4)
            column.addWidget(note)
        self._unjudged.hide()
        column.addWidget(self.list, 1)
        return column

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(PADDING - 1, 12, 16, 11)
        row.setSpacing(16)
        row.addWidget(self.next_hint)
        row.addWidget(self.alternatives_hint)
        row.addStretch()
        return row

    def _label(
        self, text: str, size: int, token: str, weight: QFont.Weight = QFont.Weight.Normal
    ) -> Label:
        return Label(self._theme, text, token, size=size, weight=weight, tabular=True)

    @Slot(int)
    def _on_sides_chosen(self, index: int) -> None:
        self.sides_chosen.emit(_SIDES[index])


class _Swatch(QWidget):
    """What a level looks like on the page."""

    def __init__(self, theme: Theme, level: Level) -> None:
        super().__init__()
        self._theme = theme
        self._level = level
        # Room for the second line of a double underline.
        self.setFixedSize(_SWATCH.width(), _SWATCH.height() + 2)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the level."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(0, 0, _SWATCH.width(), _SWATCH.height())
        draw_level(painter, rect, self._level, self._theme, lift=1.0)
