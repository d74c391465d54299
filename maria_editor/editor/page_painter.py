"""Paints what stands on the page besides the text: chips, rings, flashes, caret, placeholder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFont,
    QPainter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
)
from PySide6.QtWidgets import QTextEdit

from maria_editor.editor.breath import Breath
from maria_editor.editor.caret import Caret, caret_rect
from maria_editor.editor.chip_painter import ChipPainter, Piece, chip_pieces
from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.chips import Chip, ChipStates
from maria_editor.editor.flash import Flash
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

_PLACEHOLDER_GAP = 6
_BAR_WIDTH, _BAR_GAP = 3, 20
_MARK_RADIUS = 4
_MARK_SPREAD = 3
# How far the last letter of a literal reaches, in ems.
_OVERHANG = 0.6

Draw = Callable[[QPainter], None]
VisibleChip = tuple[QTextBlock, Chip, list[Piece]]


class PagePainter:
    """Draws on one page's viewport, beneath and above what Qt draws."""

    def __init__(
        self,
        page: QTextEdit,
        states: ChipStates,
        theme: Theme,
        *,
        caret: Caret,
        flash: Flash,
        breath: Breath,
    ) -> None:
        self._page = page
        self._states = states
        self._theme = theme
        self._caret = caret
        self._flash = flash
        self._breath = breath
        self._chips = ChipPainter(theme)
        self.placeholder = ""
        self.bar: QTextCursor | None = None
        # What else draws on the page, such as a search: under the text, and over everything.
        self.beneath: list[Draw] = []
        self.above: list[Draw] = []

    def visible_chips(self) -> Iterator[VisibleChip]:
        """Yield the chips in view with their places in the viewport."""
        font = self._page.document().defaultFont()
        for block in visible_blocks(self._page):
            for chip in self._states.chips(block):
                yield block, chip, chip_pieces(block, chip, self.origin(block), font)

    def chip_at(self, point: QPointF) -> tuple[QTextBlock, Chip] | None:
        """Return the chip under a point of the viewport."""
        for block, chip, pieces in self.visible_chips():
            if any(piece.rect.contains(point) for piece in pieces):
                return block, chip
        return None

    def chip_rect(self, position: int) -> QRectF:
        """Return the viewport rectangle of the last piece of the chip at a document position."""
        for block, chip, pieces in self.visible_chips():
            if block.position() + chip.start == position and pieces:
                return pieces[-1].rect
        return QRectF()

    def origin(self, block: QTextBlock) -> QPointF:
        """Return where a block's layout begins in the viewport."""
        bounds = self._page.document().documentLayout().blockBoundingRect(block)
        return bounds.topLeft() - QPointF(0, self._page.verticalScrollBar().value())

    def draw_beneath(self, painter: QPainter) -> None:
        """Draw tints and rules."""
        for _, chip, pieces in self.visible_chips():
            for piece in pieces:
                self._chips.draw_body(painter, chip, piece)
        for place in self._flash.places:
            self._draw_flash(painter, place)
        if self.bar is not None:
            self._draw_bar(painter, self.bar)
        for draw in self.beneath:
            draw(painter)

    def draw_above(self, painter: QPainter) -> None:
        """Draw words, tags, rings and the caret."""
        cursor = self._page.textCursor()
        font = self._page.document().defaultFont()
        plain: list[VisibleChip] = []
        for block, chip, pieces in self.visible_chips():
            if chip.is_plain:
                plain.append((block, chip, pieces))
            else:
                self._draw_chip_above(painter, cursor, (block, chip, pieces))
        self._draw_active_words(painter, font)
        self._draw_placeholder(painter, font)
        for draw in self.above:
            draw(painter)
        # What is marked in the words beneath does not show through.
        for visible in plain:
            for piece in visible[2]:
                self._chips.draw_body(painter, visible[1], piece)
            self._draw_chip_above(painter, cursor, visible)
        self._draw_caret(painter, cursor)

    def _draw_chip_above(
        self, painter: QPainter, cursor: QTextCursor, visible: VisibleChip
    ) -> None:
        block, chip, pieces = visible
        start = block.position() + chip.start
        end = block.position() + chip.end
        is_whole = (cursor.selectionStart(), cursor.selectionEnd()) == (start, end)
        if cursor.selectionStart() < end and start < cursor.selectionEnd():
            self._cover(painter, chip, pieces, is_whole=is_whole)
            if end < cursor.selectionEnd() and pieces and pieces[-1].is_last:
                self._cover_overhang(painter, block, chip, pieces[-1])
        if pieces:
            font = self._page.document().defaultFont()
            self._chips.draw_inside(painter, chip, pieces, font, self._breath.phase)
        if is_whole or self._states.is_active(block, chip):
            for piece in pieces:
                self._chips.draw_ring(painter, piece)

    def _draw_active_words(self, painter: QPainter, font: QFont) -> None:
        """Ring words that are asked about, while no chip stands in their place."""
        place = self._states.active
        if place is None or not place.hasSelection():
            return
        block = place.document().findBlock(place.selectionStart())
        if not any(self._states.is_active(block, chip) for chip in self._states.chips(block)):
            start = place.selectionStart() - block.position()
            end = place.selectionEnd() - block.position()
            for rect in mark_rects(block, self.origin(block), start, end, font):
                self._chips.draw_word_ring(painter, rect)

    def _cover(self, painter: QPainter, chip: Chip, pieces: list[Piece], *, is_whole: bool) -> None:
        """Hide the literal's letters, which Qt shows in a selection; a ring is enough for one."""
        for piece in pieces:
            if is_whole:
                painter.fillRect(piece.literal, self._theme.color("paper"))
            else:
                # The first bracket stands a little before the chip.
                bracket = piece.rect.adjusted(-2, 0, 0, 0)
                painter.fillRect(bracket, self._theme.color("selection"))
            self._chips.draw_body(painter, chip, piece)

    def _cover_overhang(
        self, painter: QPainter, block: QTextBlock, chip: Chip, piece: Piece
    ) -> None:
        """Hide the letters that reach out of a literal narrower than they are.

        What stands behind the chip is drawn anew there.
        """
        edge = QRectF(piece.rect)
        edge.setLeft(piece.rect.right())
        edge.setRight(piece.literal.right())
        reach = _OVERHANG * self._page.document().defaultFont().pixelSize()
        over = edge.adjusted(0, 0, reach, 0)
        painter.save()
        painter.setClipRect(over)
        painter.fillRect(over, self._theme.color("paper"))
        painter.fillRect(edge, self._theme.color("selection"))
        painter.setPen(self._theme.color("ink"))
        block.layout().draw(painter, self.origin(block), self._selections(block, chip))
        painter.restore()

    def _selections(self, block: QTextBlock, chip: Chip) -> list[QTextLayout.FormatRange]:
        """Return what is selected of a block before a chip and behind it."""
        cursor, first = self._page.textCursor(), block.position()
        start = max(0, cursor.selectionStart() - first)
        end = min(block.length(), cursor.selectionEnd() - first)
        ranges = []
        for left, right in ((start, chip.start), (chip.end, end)):
            if left < right:
                found = QTextLayout.FormatRange()
                found.start, found.length = left, right - left
                selected = QTextCharFormat()
                selected.setBackground(self._theme.color("selection"))
                found.format = selected
                ranges.append(found)
        return ranges

    def _draw_flash(self, painter: QPainter, place: QTextCursor) -> None:
        block = place.document().findBlock(place.selectionStart())
        font = self._page.document().defaultFont()
        start = place.selectionStart() - block.position()
        end = place.selectionEnd() - block.position()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("selection", self._flash.opacity))
        for rect in mark_rects(block, self.origin(block), start, end, font):
            spread = rect.adjusted(-_MARK_SPREAD, 0, _MARK_SPREAD, 0)
            painter.drawRoundedRect(spread, _MARK_RADIUS, _MARK_RADIUS)

    def _draw_bar(self, painter: QPainter, place: QTextCursor) -> None:
        document = place.document()
        first = document.findBlock(place.selectionStart())
        last = document.findBlock(place.selectionEnd())
        top, bottom = self.origin(first), self.origin(last)
        height = bottom.y() + last.layout().boundingRect().height() - top.y()
        bar = QRectF(top.x() - _BAR_GAP, top.y(), _BAR_WIDTH, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(bar, _BAR_WIDTH / 2, _BAR_WIDTH / 2)

    def _draw_placeholder(self, painter: QPainter, font: QFont) -> None:
        if not self.placeholder or not self._page.document().isEmpty():
            return
        block = self._page.document().begin()
        origin = self.origin(block)
        line = block.layout().lineAt(0)
        at = origin + QPointF(_PLACEHOLDER_GAP, line.y() + line.ascent())
        painter.setFont(font)
        painter.setPen(self._theme.color("ink3"))
        painter.drawText(at, self.placeholder)

    def _draw_caret(self, painter: QPainter, cursor: QTextCursor) -> None:
        shown = self._caret.is_lit and self._page.hasFocus() and not self._page.isReadOnly()
        if shown and chip_selected(self._states, cursor) is None:
            offset = self._page.verticalScrollBar().value()
            rect = caret_rect(cursor).translated(0, -offset)
            painter.fillRect(rect, self._theme.color("accent"))
