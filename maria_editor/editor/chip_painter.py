"""Paints chips: bodies beneath the text, words and tags above it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTextBlock, QTextLine

from maria_editor.editor.chip_tags import placed_tags, tag_font
from maria_editor.editor.chips import INSET, Chip, ChipState, preview_font
from maria_editor.editor.lines import parts_in
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.theme import Theme

_ASCENT, _HEIGHT = 0.98, 1.36
_RADIUS = 4.0
_RULE = 2.0
_RING, _WORD_RING, _RING_OFFSET = 2.0, 1.5, 2.5
_DOT, _DOT_STEP = 4.0, 9.0
_DOT_SHADES = (1.0, 0.6, 0.25)


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a chip that stands on one line, in document coordinates."""

    rect: QRectF
    # The literal's place in full, as a selection covers it.
    literal: QRectF
    baseline: float
    is_last: bool


def chip_pieces(block: QTextBlock, chip: Chip, origin: QPointF, font: QFont) -> list[Piece]:
    """Return where a chip stands, one piece a line; `origin` is the block layout's position."""
    layout = block.layout()
    pieces = []
    for index in range(layout.lineCount()):
        line = layout.lineAt(index)
        first, last = line.textStart(), line.textStart() + line.textLength()
        if chip.end > first and chip.start < last:
            start, end = max(chip.start, first), min(chip.end, last)
            # Brackets hold a literal together, whichever way it reads.
            lefts, rights = zip(*parts_in(block, line, start, end), strict=True)
            ends = (min(lefts), max(rights))
            pieces.append(_piece(line, ends, origin, font, is_last=chip.end <= last))
    return pieces


def _piece(
    line: QTextLine, ends: tuple[float, float], origin: QPointF, font: QFont, *, is_last: bool
) -> Piece:
    left, right = ends
    em = font.pixelSize()
    baseline = origin.y() + line.y() + line.ascent()
    literal = QRectF(origin.x() + left, origin.y() + line.y(), right - left, line.height())
    rect = QRectF(
        literal.left() + INSET,
        baseline - _ASCENT * em,
        literal.width() - 2 * INSET,
        _HEIGHT * em,
    )
    return Piece(rect, literal, baseline, is_last)


class ChipPainter:
    """Draws the pieces of a chip with one painter, in the theme's colours."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def draw_body(self, painter: QPainter, chip: Chip, piece: Piece) -> None:
        """Draw tint and rule."""
        is_error = chip.state is ChipState.ERROR
        path = QPainterPath()
        path.addRoundedRect(piece.rect, _RADIUS, _RADIUS)
        painter.fillPath(path, self._theme.color("danger_soft" if is_error else "accent_soft"))
        if is_error:
            self._draw_wave(painter, piece.rect)
            return
        painter.save()
        painter.setClipPath(path)
        bottom = piece.rect.bottom() - _RULE / 2
        painter.setPen(self._rule_pen(chip))
        painter.drawLine(QPointF(piece.rect.left(), bottom), QPointF(piece.rect.right(), bottom))
        painter.restore()

    def draw_inside(
        self, painter: QPainter, chip: Chip, pieces: list[Piece], font: QFont, phase: float | None
    ) -> None:
        """Draw words, tag or dots; `phase` 0 to 1 breathes the dots, None holds them still."""
        last = pieces[-1]
        if chip.state is ChipState.PREVIEW:
            self._draw_preview(painter, chip, pieces, font)
        elif not last.is_last:
            return
        elif chip.state is ChipState.PENDING:
            self._draw_dots(painter, last.rect, phase)
        elif chip.tags:
            self._draw_tags(painter, chip, last.rect, font)

    def draw_ring(self, painter: QPainter, piece: Piece) -> None:
        """Draw the ring of the active chip."""
        self._draw_ring(painter, piece.rect, _RING)

    def draw_word_ring(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the ring of words that something is asked about; it runs between the words."""
        self._draw_ring(painter, rect, _WORD_RING)

    def _draw_ring(self, painter: QPainter, rect: QRectF, width: float) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("accent"), width))
        radius = _RADIUS + _RING_OFFSET
        around = rect.adjusted(-_RING_OFFSET, -_RING_OFFSET, _RING_OFFSET, _RING_OFFSET)
        painter.drawRoundedRect(around, radius, radius)

    def _rule_pen(self, chip: Chip) -> QPen:
        pen = QPen(self._theme.color("accent"), _RULE, Qt.PenStyle.SolidLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if chip.state is ChipState.PREVIEW:
            pen.setDashPattern([5 / _RULE, 3 / _RULE])
        return pen

    def _draw_wave(self, painter: QPainter, rect: QRectF) -> None:
        wave = QPainterPath(QPointF(rect.left() + 3, rect.bottom() - 2))
        x, up = rect.left() + 3, True
        while x + 3 < rect.right() - 2:
            middle = rect.bottom() - (4.5 if up else -0.5)
            wave.quadTo(QPointF(x + 1.5, middle), QPointF(x + 3, rect.bottom() - 2))
            x, up = x + 3, not up
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.color("danger"), 1.4))
        painter.drawPath(wave)

    def _draw_preview(
        self, painter: QPainter, chip: Chip, pieces: list[Piece], font: QFont
    ) -> None:
        italic = preview_font(font)
        metrics = QFontMetricsF(italic)
        painter.setFont(italic)
        painter.setPen(self._theme.color("accent"))
        for piece, words in zip(pieces, _over_lines(chip.words, pieces, metrics), strict=True):
            left = piece.rect.center().x() - metrics.horizontalAdvance(words) / 2
            painter.drawText(QPointF(left, piece.baseline), words)

    def _draw_dots(self, painter: QPainter, rect: QRectF, phase: float | None) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for index, shade in enumerate(_DOT_SHADES):
            if phase is not None:
                shade = _breath(phase - index / 3)
            painter.setBrush(self._theme.color("accent", shade))
            x = rect.center().x() + (index - 1) * _DOT_STEP
            painter.drawEllipse(QPointF(x, rect.center().y()), _DOT / 2 + 0.25, _DOT / 2 + 0.25)

    def _draw_tags(self, painter: QPainter, chip: Chip, rect: QRectF, font: QFont) -> None:
        small = tag_font(font)
        metrics = QFontMetricsF(small)
        token = "danger" if chip.state is ChipState.ERROR else "accent"
        painter.setFont(small)
        painter.setPen(self._theme.color(token))
        for tag, icon, place in placed_tags(chip.tags, rect, font):
            side = Qt.AlignmentFlag.AlignRight
            if tag.icon:
                draw_icon(painter, tag.icon, icon, getattr(self._theme.tokens, token))
                side = Qt.AlignmentFlag.AlignLeft
            room = max(0.0, place.width())
            words = metrics.elidedText(tag.words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, words)


def _over_lines(words: str, pieces: list[Piece], metrics: QFontMetricsF) -> list[str]:
    """Return what of a chip's words stands in each of its pieces."""
    *before, last = pieces
    if not before:
        return [words]
    waiting, lines = words.split(), []
    for piece in before:
        line: list[str] = []
        while waiting and metrics.horizontalAdvance(" ".join([*line, waiting[0]])) <= (
            piece.rect.width()
        ):
            line.append(waiting.pop(0))
        lines.append(" ".join(line))
    rest = " ".join(waiting)
    room = max(last.rect.width(), 0)
    return [*lines, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room)]


def _breath(phase: float) -> float:
    """Return a dot's opacity: full at phase 0, faint half a breath later."""
    distance = abs((phase % 1.0) - 0.5) * 2
    return 0.25 + 0.75 * distance
