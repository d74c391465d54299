"""Lays blocks out where they are looked at, so that a key costs the same in a text of any length.

Qt's own layout goes over every line behind an edit, with every key. Here a block gets its lines
when it comes into view, is asked about, or in an idle moment; until then its height is a guess.
Heights are kept as the blocks' line counts, a pixel to a "line": Qt adds those up in O(log n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFontMetricsF,
    QPainter,
    QPalette,
    QTextBlock,
    QTextDocument,
    QTextFrame,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from maria_editor.editor.lines import LEFT_TO_RIGHT, reads_left_to_right
from maria_editor.editor.marks import heading_level

# From so many on, the blocks of an edit wait until they come into view.
_AT_ONCE = 4
# An idle moment, and the time between two.
_SLICE_S, _PAUSE_MS = 0.004, 16
# Where the letters stand in their line.
_BASELINE = 0.8
_SAMPLE = "and so she went on writing, word after word"
_BOUNDLESS = 2.0**31 - 1
_Cursor = QTextLine.CursorPosition

# What the words of a block look like; neither undo steps nor modifications.
Formats = Callable[[QTextBlock], list[QTextLayout.FormatRange]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """Distances in pixels: lines of text (0) and of each heading level, and the margins."""

    lines: tuple[int, ...]
    top: int
    bottom: int
    side: int


class ProseLayout(QAbstractTextDocumentLayout):
    """The layout of one document: a column of blocks, as wide as its page.

    Signals:
        moved(int): what was at the top of the view stands at this height now.
    """

    moved = Signal(int)

    def __init__(self, document: QTextDocument, spacing: Spacing, formats: Formats) -> None:
        super().__init__(document)
        self._spacing = spacing
        self._formats = formats
        self._view_top = self._view_height = 0
        # The number of the paragraph that is written, and how many there are. A cursor would not
        # do: it would outlive the document.
        self._written, self._block_count = 0, 1
        # By how much blocks above the view have grown since it was last told.
        self._moved = 0
        self._told = QSizeF()
        # The document's revision when its last edit was complete.
        self._revision = document.revision()
        # The document is told of formats, which it takes for an edit.
        self._is_reporting = False
        # The first block that may have no lines yet.
        self._next = 0
        self._idle = QTimer(self, interval=_PAUSE_MS)
        self._idle.timeout.connect(self._on_idle)
        document.contentsChanged.connect(self._on_contents_changed)

    def space(self, spacing: Spacing) -> None:
        """Take other distances; they show once the document is laid out anew."""
        if self._view_top > self._spacing.top:
            self._moved += spacing.top - self._spacing.top
        self._spacing = spacing

    def outdate_all(self) -> None:
        """Lay every block out anew when it is looked at."""
        self._guess(self.document().begin())
        self._tell(0)

    def outdate(self, block: QTextBlock) -> None:
        """Lay a block out anew when it is looked at: its formats have changed."""
        block.clearLayout()
        self._wait_for_idleness(block)

    def look_at(self, top: int, height: int) -> None:
        """Lay out what is in view; what is above it changes its height unseen from now on."""
        self._view_top, self._view_height = top, height
        for _ in self.blocks(top, height):
            pass
        self._tell()

    def blocks(self, top: float, height: float) -> Iterator[QTextBlock]:
        """Yield the blocks that stand between two heights, laid out."""
        block = self._block_at(top)
        while block.isValid() and self._top(block) < top + height:
            if not _has_lines(block):
                self._lay_out(block)
            yield block
            block = block.next()

    def documentChanged(self, position: int, removed: int, added: int) -> None:
        """Lay out what an edit has changed: at once, or once it is looked at where it is much."""
        first = self.document().findBlock(position)
        # A document that is being deleted has no blocks.
        if self._is_reporting or not first.isValid():
            return
        self._follow_written(first)
        blocks = list(islice(_up_to(first, position + added), _AT_ONCE + 1))
        if len(blocks) <= _AT_ONCE:
            self._keep_shaped(blocks[-1])
            for block in blocks:
                self._lay_out(block)
        else:
            self._guess(first, position + added)
        self._tell(self._top(first))

    def draw(self, painter: QPainter, context: QAbstractTextDocumentLayout.PaintContext) -> None:
        """Draw the blocks in the context's clip, and its selections."""
        clip = context.clip if context.clip.isValid() else QRectF(QPointF(), self.documentSize())
        painter.setPen(context.palette.color(QPalette.ColorRole.Text))
        selections = context.selections
        for block in self.blocks(clip.top(), clip.height()):
            origin = QPointF(self._spacing.side, self._top(block))
            block.layout().draw(painter, origin, _selected(block, selections), clip)

    def hitTest(  # type: ignore[override]
        self, point: QPointF | QPoint, accuracy: Qt.HitTestAccuracy
    ) -> int:
        """Return the position at a point; -1 where an exact hit is wanted and it is no letter's."""
        document, is_exact = self.document(), accuracy is Qt.HitTestAccuracy.ExactHit
        y = point.y() - self._spacing.top
        if not 0 <= y < document.lineCount():
            last = document.characterCount() - 1
            return -1 if is_exact else 0 if y < 0 else last
        block = self._block_at(point.y())
        top, x = self.blockBoundingRect(block).top(), point.x() - self._spacing.side
        line = self._line_at(block, point.y() - top)
        if not is_exact:
            return block.position() + line.xToCursor(x, _Cursor.CursorBetweenCharacters)
        if not line.naturalTextRect().left() <= x <= line.naturalTextRect().right():
            return -1
        return block.position() + line.xToCursor(x, _Cursor.CursorOnCharacter)

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Return the place of a block; lay it out, and what is around it, if need be."""
        if not block.isValid():
            return QRectF()
        if not _has_lines(block):
            if self.is_being_edited:
                # What is around it has no heights yet, and will be laid out after all.
                self._lay_out(block)
            else:
                self._lay_out_around(block)
            if not _has_lines(block):
                # Told of another size, the page took another width, and all lines went.
                self._lay_out(block)
        return QRectF(self._spacing.side, self._top(block), self._text_width, block.lineCount())

    def frameBoundingRect(self, frame: QTextFrame) -> QRectF:
        """Return the place of all of the text: there is one frame."""
        return QRectF(QPointF(), self.documentSize())

    def documentSize(self) -> QSizeF:
        """Return the size of all of the text, guesses included."""
        document, spacing = self.document(), self._spacing
        height = spacing.top + document.lineCount() + spacing.bottom
        return QSizeF(max(0.0, document.pageSize().width()), height)

    def pageCount(self) -> int:
        """Return 1: the text is one long page."""
        return 1

    @property
    def is_being_edited(self) -> bool:
        """Whether an edit is not complete: blocks may have no layout yet, or a wrong height."""
        return self._revision != self.document().revision()

    @property
    def _text_width(self) -> float:
        return max(1.0, self.document().pageSize().width() - 2 * self._spacing.side)

    def _top(self, block: QTextBlock) -> int:
        return self._spacing.top + block.firstLineNumber()

    def _block_at(self, y: float) -> QTextBlock:
        """Return the block at a height; the first and the last go on beyond the text."""
        document = self.document()
        line = math.floor(y) - self._spacing.top
        return document.findBlockByLineNumber(max(0, min(line, document.lineCount() - 1)))

    def _line_at(self, block: QTextBlock, y: float) -> QTextLine:
        layout = block.layout()
        number = int(y * layout.lineCount() / max(1, block.lineCount()))
        return layout.lineAt(max(0, min(number, layout.lineCount() - 1)))

    def _guess(self, first: QTextBlock, position: int | None = None) -> None:
        """Take the lines of the blocks up to a position away; guess what their height will be."""
        document = self.document()
        last = document.characterCount() if position is None else position
        metrics = QFontMetricsF(document.defaultFont())
        letter = metrics.horizontalAdvance(_SAMPLE) / len(_SAMPLE)
        lines_a_letter, line = letter / self._text_width, self._spacing.lines[0]
        top = self._block_at(self._view_top + self._moved)
        place = self._top(top)
        self._wait_for_idleness(first)
        for block in _up_to(first, last):
            block.clearLayout()
            block.setLineCount(line * math.ceil(block.length() * lines_a_letter))
        if not self.is_being_edited:
            # Another size: what was read stays in view.
            self._moved += self._top(top) - place

    def _lay_out_around(self, block: QTextBlock) -> None:
        """Lay out a block and as much around it as can be seen, so that it may come into view."""
        first, above = block, 0
        while first.previous().isValid() and above < self._view_height:
            first = first.previous()
            above += first.lineCount()
        last, below = block, block.lineCount()
        while last.next().isValid() and below < self._view_height:
            last = last.next()
            below += last.lineCount()
        for near in _up_to(first, last.position()):
            if not _has_lines(near):
                self._lay_out(near)
        self._tell()

    def _lay_out(self, block: QTextBlock) -> None:
        """Give a block its formats and its lines."""
        layout, before = block.layout(), block.lineCount()
        is_above = self._top(block) + before <= self._view_top + self._moved
        # Words that are being composed have formats of their own.
        if not layout.preeditAreaText():
            ranges = self._formats(block)
            if ranges or layout.formats():
                layout.setFormats(ranges)
                self._forget_formats()
        layout.setTextOption(_option(block))
        # Most text does; marks need not look for its parts.
        is_ltr = reads_left_to_right(block.text() + layout.preeditAreaText())
        block.setUserState(LEFT_TO_RIGHT if is_ltr else 0)
        height, width = self._spacing.lines[heading_level(block.text())], self._text_width
        count = 0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLeadingIncluded(True)
            line.setLineWidth(width)
            letters = line.ascent() + max(line.leading(), 0.0)
            line.setPosition(QPointF(0, (count + _BASELINE) * height - letters))
            count += 1
        layout.endLayout()
        block.setLineCount(count * height)
        if is_above:
            self._moved += count * height - before

    def _keep_shaped(self, block: QTextBlock) -> None:
        """Keep how the letters of the paragraph that is written are shaped, and of no other.

        Otherwise each caret, mark and repaint would shape it again.
        """
        before = self.document().findBlockByNumber(self._written)
        if before.isValid() and before != block and before.layout().cacheEnabled():
            before.layout().setCacheEnabled(False)
            # What is kept goes with the next layout.
            self._lay_out(before)
        self._written = block.blockNumber()
        block.layout().setCacheEnabled(True)

    def _follow_written(self, first: QTextBlock) -> None:
        count = self.document().blockCount()
        if first.blockNumber() < self._written:
            self._written += count - self._block_count
        self._block_count = count

    def _forget_formats(self) -> None:
        """Let the document report the formats now, and its next edit without them."""
        # In the middle of an edit the report would leave out what the edit has changed so far.
        if not self.is_being_edited:
            self._is_reporting = True
            self.document().markContentsDirty(0, 0)
            self._is_reporting = False

    def _tell(self, changed: int | None = None) -> None:
        """Report another size, and what has moved; repaint from the height `changed` on."""
        size, moved, top = self.documentSize(), self._moved, self._view_top + self._moved
        self._moved = 0
        if size != self._told:
            self._told = size
            self.documentSizeChanged.emit(size)
        if moved:
            # The view may have been moved already, since the text ends elsewhere.
            self.moved.emit(top)
        if changed is not None:
            below = QRectF(0, changed, _BOUNDLESS, _BOUNDLESS)
            self.update[QRectF].emit(below)  # type: ignore[index]

    def _wait_for_idleness(self, block: QTextBlock) -> None:
        is_waiting = self._idle.isActive()
        number = block.blockNumber()
        self._next = min(self._next, number) if is_waiting else number
        self._idle.start()

    @Slot()
    def _on_idle(self) -> None:
        end = perf_counter() + _SLICE_S
        block = self.document().findBlockByNumber(self._next)
        while block.isValid() and perf_counter() < end:
            if not _has_lines(block):
                self._lay_out(block)
            block = block.next()
        self._next = block.blockNumber()
        if not block.isValid():
            self._idle.stop()
        self._tell()

    @Slot()
    def _on_contents_changed(self) -> None:
        self._revision = self.document().revision()


def _has_lines(block: QTextBlock) -> bool:
    return block.layout().lineCount() > 0


def _up_to(block: QTextBlock, position: int) -> Iterator[QTextBlock]:
    """Yield the blocks from one on to that which holds a position of the document."""
    while block.isValid() and block.position() <= position:
        yield block
        block = block.next()


def _option(block: QTextBlock) -> QTextOption:
    option = QTextOption(block.document().defaultTextOption())
    direction = block.textDirection()
    is_rtl = direction is Qt.LayoutDirection.RightToLeft
    option.setTextDirection(direction)
    option.setAlignment(Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft)
    return option


def _selected(
    block: QTextBlock, selections: list[QAbstractTextDocumentLayout.Selection]
) -> list[QTextLayout.FormatRange]:
    """Return the parts of the selections that are in a block."""
    first, length, ranges = block.position(), block.length(), []
    for selection in selections:
        start = selection.cursor.selectionStart() - first
        end = selection.cursor.selectionEnd() - first
        if start < length and end > 0 and end > start:
            found = QTextLayout.FormatRange()
            found.start, found.length, found.format = start, end - start, selection.format
            ranges.append(found)
    return ranges
