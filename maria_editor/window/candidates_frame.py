"""The frame of the candidates popup: its labels, buttons and rows, and how they are drawn.

Holds the widgets; what they say and do is the popup's.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.key_hint import KeyHint
from maria_editor.theme.label import Label
from maria_editor.theme.menu import SHADOW, draw_popup
from maria_editor.theme.segments import Segments
from maria_editor.theme.theme import Theme
from maria_editor.window.candidates_list import ROW, WORDS_LEFT
from maria_editor.window.candidates_view import CandidateList

WIDTH = 368
PADDING = 16
_ROWS_PADDING = 8
_HEADER, _LENGTH, _FOOTER = 44, 53, 41
_RADIUS = 12.0


class CandidatesFrame(QWidget):
    """Header with the button for all, rule, list, room for more, message, length, and the keys."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self.list = CandidateList(theme)
        self.title = self._label("ink", weight=QFont.Weight.DemiBold)
        self.length = self._label("ink2")
        self.rule = self._label("ink2", size=12)
        self.message = self._label("ink2")
        self.others = self._label("ink2")
        self.previous = Button(theme, icon="left")
        self.next = Button(theme, icon="right")
        self.accept_all = Button(theme, kind=ButtonKind.SOFT, height=28)
        self.accept_all.setFont(interface_font(12, weight=QFont.Weight.Medium))
        self.segments: Segments | None = None
        self._length_row, self._hints = QWidget(), QWidget()
        # The key that leads here while the writer writes, in the place of those heard here.
        self.way_in = KeyHint(theme, (), self.tr("choose"))
        self._for_keys, self._for_writing = QWidget(), QWidget()
        self._lengths = QHBoxLayout(self._length_row)
        self._column = QVBoxLayout(self)
        self._lay_out()
        theme.changed.connect(self.update)

    def show_lengths(self, labels: Sequence[str], chosen: int) -> Segments | None:
        """Show the segments for these lengths; none take the row away."""
        if self.segments is not None:
            self._lengths.removeWidget(self.segments)
            self.segments.hide()
            self.segments.deleteLater()
            self.segments = None
        self._length_row.setVisible(bool(labels))
        if labels:
            self.segments = Segments(self._theme, labels, self.tr("Length"))
            self.segments.choose(chosen)
            self._lengths.addWidget(self.segments)
        return self.segments

    def show_hints(self, *, has_keyboard: bool) -> None:
        """Say what the keys do: those heard here, or the one that leads here."""
        self._for_keys.setVisible(has_keyboard)
        self._for_writing.setVisible(not has_keyboard)

    def panel_size(self, rows: int, held: int) -> QSize:
        """Return the size of the visible part with so many rows, and room held, and take it."""
        # Never hidden: the keyboard would go elsewhere.
        self.list.setFixedHeight(rows * ROW)
        self.others.setFixedHeight((held - rows) * ROW)
        self._column.activate()
        return QSize(WIDTH, self._column.totalMinimumSize().height() - 2 * SHADOW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the popup and its hairlines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panel = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        draw_popup(painter, panel, self._theme, _RADIUS)
        line = self._theme.color("line")
        for section in (self._length_row, self._hints):
            if not section.isHidden():
                rect = QRectF(panel.left() + 1, section.y(), panel.width() - 2, 1)
                painter.fillRect(rect, line)

    def _label(
        self,
        token: str,
        words: str = "",
        *,
        size: int = 13,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> Label:
        return Label(self._theme, words, token, size=size, weight=weight)

    def _lay_out(self) -> None:
        self.message.setWordWrap(True)
        self.message.setContentsMargins(PADDING, 4, PADDING, 12)
        self.rule.setContentsMargins(PADDING, 0, PADDING, 8)
        column = self._column
        column.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        column.setSpacing(0)
        column.addLayout(self._header())
        column.addWidget(self.rule)
        rows = QVBoxLayout()
        rows.setContentsMargins(_ROWS_PADDING, 0, _ROWS_PADDING, _ROWS_PADDING)
        rows.setSpacing(0)
        rows.addWidget(self.list)
        self.others.setContentsMargins(WORDS_LEFT, 8, 8, 0)
        self.others.setAlignment(Qt.AlignmentFlag.AlignTop)
        rows.addWidget(self.others)
        column.addLayout(rows)
        column.addWidget(self.message)
        self._length_row.setFixedHeight(_LENGTH)
        self._lengths.setContentsMargins(PADDING, 1, PADDING, 0)
        self._lengths.setSpacing(12)
        self._lengths.addWidget(self._label("ink2", self.tr("Length"), size=12))
        self._fill_hints()
        column.addWidget(self._length_row)
        column.addWidget(self._hints)
        # The list keeps the keyboard: each button has a key besides.
        for button in (self.previous, self.next, self.accept_all):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _header(self) -> QHBoxLayout:
        self.previous.setAccessibleName(self.tr("Previous blank"))
        self.next.setAccessibleName(self.tr("Next blank"))
        self.accept_all.setAccessibleName(self.tr("Accept all"))
        self.list.setAccessibleName(self.tr("Suggestions"))
        self.accept_all.setToolTip(self.tr("Accept all (Ctrl+Enter)"))
        self.previous.setToolTip(self.tr("Previous blank (Alt+Up)"))
        self.next.setToolTip(self.tr("Next blank (Alt+Down)"))
        row = QHBoxLayout()
        row.setContentsMargins(PADDING, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self.title)
        # Gives way to the rest.
        self.length.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.length, 1)
        row.addWidget(self.accept_all)
        row.addWidget(self.previous)
        row.addSpacing(-4)
        row.addWidget(self.next)
        # The header is as high without its buttons.
        row.addStrut(_HEADER - 12)
        return row

    def _fill_hints(self) -> None:
        self._hints.setFixedHeight(_FOOTER)
        line = QHBoxLayout(self._hints)
        line.setContentsMargins(PADDING, 0, PADDING, 0)
        line.setSpacing(16)
        choose = KeyHint(self._theme, ("↑", "↓"), self.tr("choose"))
        accept = KeyHint(self._theme, ("Enter",), self.tr("accept"))
        for hints, side in (
            ((choose, accept), self._for_keys),
            ((self.way_in,), self._for_writing),
        ):
            row = QHBoxLayout(side)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(16)
            for hint in hints:
                row.addWidget(hint)
            line.addWidget(side)
        self.show_hints(has_keyboard=True)
        line.addWidget(KeyHint(self._theme, ("Esc",), self.tr("close")))
        line.addStretch()
