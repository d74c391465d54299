"""Paints a review: old words struck in warm, new ones underlined in accent, a ring for one change.

Where the words stand is the page's; what was decided comes with the marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextBlock,
    QTextCharFormat,
    QTextLayout,
)

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.editor.review_text import Decision, Mark, ShownText
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

# How far a tint reaches beyond its word, and what is free between the tints of two versions.
_SPREAD, _GAP = 2.0, 6.0
_RADIUS = 4.0
_RING, _RING_OFFSET = 2.0, 2.5
_BELOW_TOP = 0.98
_HEIGHT = 1.36
_STRIKE, _STRIKE_ABOVE = 1.6, 0.25
_RULE, _THIN_RULE, _RULE_BELOW = 2.0, 1.0, 0.24


class ReviewMarks:
    """Draws the marks of one page; `current` is the number of the ringed change."""

    def __init__(self, page: Page, theme: Theme) -> None:
        self._page = page
        self._theme = theme
        self._marks: tuple[Mark, ...] = ()
        self._gaps: tuple[int, ...] = ()
        self._ends: tuple[int, ...] = ()
        self.current = -1
        page.add_formats(self._formats)
        page.add_layer(self._draw_tints)
        page.add_layer(self._draw_lines, above=True)

    def show(self, shown: ShownText, first: int, current: int) -> None:
        """Mark what is shown from the document position `first` on; the page lays it out anew."""
        offsets = OffsetMap(shown.text)

        def place(position: int) -> int:
            return first + offsets.to_utf16(position)

        self._marks = tuple(
            Mark(place(m.start), place(m.end), m.number, m.is_new, m.decision) for m in shown.marks
        )
        self._gaps = tuple(map(place, shown.gaps))
        self._ends = tuple(map(place, shown.ends))
        self.current = current

    def ring_rects(self, number: int) -> list[QRectF]:
        """Return the rings around a change, in the viewport.

        One a line; more where directions mix, so that other words stand between its own.
        """
        rings: list[QRectF] = []
        for mark, rect in self._visible():
            if mark.number != number:
                continue
            beside = next((at for at, ring in enumerate(rings) if self._adjoin(ring, rect)), None)
            if beside is None:
                rings.append(rect)
            else:
                rings[beside] = rings[beside].united(rect)
        out = _RING_OFFSET
        return [ring.adjusted(-out, -out, out, out) for ring in rings]

    def span(self, number: int) -> tuple[int, int] | None:
        """Return the document positions of a change's words."""
        places = [(m.start, m.end) for m in self._marks if m.number == number]
        return (places[0][0], places[-1][1]) if places else None

    def number_at(self, point: QPointF) -> int | None:
        """Return the number of the change under a point of the viewport."""
        return next((m.number for m, rect in self._visible() if rect.contains(point)), None)

    def _formats(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        first = block.position()
        ranges = [
            _range(
                max(mark.start - first, 0), mark.end - first, _ink(self._color(mark), self._theme)
            )
            for mark in _within(self._marks, block)
        ]
        scale = self._page.zoom / 100
        gap_room = (_GAP + 2 * _SPREAD) * scale - self._space()
        around = 2 * _SPREAD * scale
        # Between two versions, and so that a tint does not touch the words beside it.
        rooms = dict.fromkeys(self._gaps, gap_room)
        rooms.update(dict.fromkeys(self._ends, around - self._space()))
        for mark in self._marks:
            rooms.setdefault(mark.start - 1, around)
            rooms.setdefault(mark.end, around)
        last = block.length() - 1
        ranges += [
            _range(place - first, place - first + 1, _spaced(room))
            for place, room in rooms.items()
            if 0 <= place - first < last
        ]
        return ranges

    def _adjoin(self, one: QRectF, other: QRectF) -> bool:
        """Return whether two rectangles stand side by side, with no room for a word between."""
        is_same_line = abs(one.center().y() - other.center().y()) < other.height() / 2
        between = max(one.left(), other.left()) - min(one.right(), other.right())
        return is_same_line and between <= (_GAP + 2 * _SPREAD) * self._page.zoom / 100

    def _space(self) -> float:
        return QFontMetricsF(self._page.document().defaultFont()).horizontalAdvance("\u00a0")

    def _color(self, mark: Mark) -> str:
        if mark.is_new:
            return "ink3" if mark.decision is Decision.LEFT_OUT else "accent"
        return {
            Decision.PROPOSED: "warm",
            Decision.KEPT: "ink3",
            Decision.LEFT_OUT: "ink",
        }[mark.decision]

    def _draw_tints(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for mark, rect in self._visible():
            if mark.decision is Decision.PROPOSED:
                painter.setBrush(self._theme.color("accent_soft" if mark.is_new else "warm_soft"))
                painter.drawRoundedRect(rect, _RADIUS, _RADIUS)

    def _draw_lines(self, painter: QPainter) -> None:
        for mark, rect in self._visible():
            is_struck = mark.is_new is (mark.decision is Decision.LEFT_OUT)
            self._draw_line(painter, mark, rect, is_struck=is_struck)
        painter.setPen(QPen(self._theme.color("accent"), _RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = _RADIUS + _RING_OFFSET
        for ring in self.ring_rects(self.current):
            painter.drawRoundedRect(ring, radius, radius)

    def _draw_line(self, painter: QPainter, mark: Mark, rect: QRectF, *, is_struck: bool) -> None:
        if mark.decision is Decision.LEFT_OUT and not mark.is_new:
            return
        em = rect.height() / _HEIGHT
        baseline = rect.top() + _BELOW_TOP * em
        if is_struck:
            height, y = _STRIKE * em / 20, baseline - _STRIKE_ABOVE * em
        else:
            thin = mark.decision is Decision.KEPT
            height, y = (_THIN_RULE if thin else _RULE), baseline + _RULE_BELOW * em
        line = QRectF(rect.left() + 1, y - height / 2, rect.width() - 2, height)
        painter.fillRect(line, self._theme.color(self._color(mark)))

    def _visible(self) -> Iterator[tuple[Mark, QRectF]]:
        if not self._marks:
            return
        font = self._page.document().defaultFont()
        for block in visible_blocks(self._page):
            origin, first = self._page.origin(block), block.position()
            for mark in _within(self._marks, block):
                start = max(mark.start - first, 0)
                for rect in mark_rects(block, origin, start, mark.end - first, font):
                    yield mark, rect.adjusted(-_SPREAD, 0, _SPREAD, 0)


def _within(marks: Sequence[Mark], block: QTextBlock) -> list[Mark]:
    first, last = block.position(), block.position() + block.length()
    return [mark for mark in marks if mark.start < last and first < mark.end]


def _ink(token: str, theme: Theme) -> QTextCharFormat:
    ink = QTextCharFormat()
    ink.setForeground(theme.color(token))
    return ink


def _spaced(room: float) -> QTextCharFormat:
    spaced = QTextCharFormat()
    spaced.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    spaced.setFontLetterSpacing(room)
    return spaced


def _range(start: int, end: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, end - start, char_format
    return found
