"""The text on paper: Markdown rendered, its signs left out, blanks as ruled gaps to write on.

Works on plain text and any paged device, a printer or a PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPagedPaintDevice,
    QPageLayout,
    QPainter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLine,
)

from maria_editor.editor.markdown import Kind, styles
from maria_editor.editor.marks import chips_in, heading_level
from maria_editor.theme.fonts import HEADING_SIZES, TEXT_FAMILIES, TEXT_SIZE
from maria_model.blanks import Blank

_POINTS = 11.5
_MARGIN_MM = 25.0
_LEADING = 145
_INDENT = 1
_FOOTER = 1.0
_GAP_PER_WORD = 14
_NO_BREAK_SPACE = "\u00a0"
# A PDF knows letters by their shapes: one shape for two letters could not be searched or read out.
_JOINED = ("liga", "clig", "dlig", "hlig", "calt")
_ESCAPED = re.compile(r"\\(?=[\\`*_\[\](){}#+.!>-])")

Kinds = frozenset[Kind]
# A letter and what it is; a blank's gap has no kind but is ruled.
Letter = tuple[str, Kinds, bool]


def document_for(text: str) -> QTextDocument:
    """Return a text as it stands on paper."""
    document = QTextDocument()
    document.setDefaultFont(_font())
    document.setUndoRedoEnabled(False)
    cursor = QTextCursor(document)
    for number, line in enumerate(text.split("\n")):
        if number:
            cursor.insertBlock()
        _write_line(cursor, line)
    return document


def print_text(text: str, device: QPagedPaintDevice) -> bool:
    """Print a text on all the pages it needs, numbered; return whether the device took it."""
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    device.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = document_for(text)
    painter = QPainter()
    if not painter.begin(device):
        return False
    # The painter's origin is the corner inside the margins.
    size = QSizeF(device.width(), device.height())
    document.documentLayout().setPaintDevice(device)
    document.setDocumentMargin(0)
    document.setPageSize(size)
    painter.setFont(document.defaultFont())
    for page, lines in enumerate(_pages(document, size.height())):
        if page:
            device.newPage()
        _draw_page(painter, lines, page, size)
    return painter.end()


def plain_letters(line: str) -> list[Letter]:
    """Return the letters of a line that are printed: no signs, blanks as gaps."""
    kinds: list[Kinds] = [frozenset()] * len(line)
    is_printed = [True] * len(line)
    for sign in _ESCAPED.finditer(line):
        is_printed[sign.start()] = False
    level = heading_level(line)
    for place in range(len(line) - len(line[level:].lstrip()) if level else 0):
        is_printed[place] = False
    for style in styles(line):
        first, last = style.start + style.before, style.end - style.after
        for place in range(first, last):
            kinds[place] |= {style.kind}
            is_printed[place] |= style.kind is Kind.CODE
        for place in (*range(style.start, first), *range(last, style.end)):
            is_printed[place] = False
    letters = [
        [(letter, kinds[i], False)] if is_printed[i] else [] for i, letter in enumerate(line)
    ]
    for blank in chips_in(line):
        gap = (_NO_BREAK_SPACE, kinds[blank.start], True)
        letters[blank.start : blank.end] = [[gap] * _gap_width(blank)] + [[]] * (
            blank.end - blank.start - 1
        )
    return [letter for part in letters for letter in part]


def _font() -> QFont:
    font = QFont(TEXT_FAMILIES)
    font.setPointSizeF(_POINTS)
    for feature in _JOINED:
        font.setFeature(QFont.Tag(feature), 0)
    return font


def _write_line(cursor: QTextCursor, line: str) -> None:
    letters, level = plain_letters(line), heading_level(line)
    block = QTextBlockFormat()
    block.setLineHeight(_LEADING, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    if any(Kind.QUOTE in kinds for _, kinds, _ in letters):
        block.setIndent(_INDENT)
    if level:
        block.setHeadingLevel(level)
    cursor.setBlockFormat(block)
    for text, char_format in _runs(letters, level):
        cursor.insertText(text, char_format)


def _runs(letters: list[Letter], level: int) -> Iterator[tuple[str, QTextCharFormat]]:
    for (kinds, is_gap), run in groupby(letters, key=lambda letter: letter[1:]):
        yield "".join(letter for letter, _, _ in run), _format(kinds, level, is_gap=is_gap)


def _format(kinds: Kinds, level: int, *, is_gap: bool) -> QTextCharFormat:
    found = QTextCharFormat()
    found.setForeground(QColor(Qt.GlobalColor.black))
    found.setFontPointSize(_POINTS * HEADING_SIZES.get(level, TEXT_SIZE) / TEXT_SIZE)
    if kinds & {Kind.STRONG, Kind.STRONG_EMPHASIS}:
        found.setFontWeight(QFont.Weight.Bold)
    elif level:
        found.setFontWeight(QFont.Weight.DemiBold)
    found.setFontItalic(bool(kinds & {Kind.EMPHASIS, Kind.STRONG_EMPHASIS}))
    found.setFontUnderline(is_gap or Kind.LINK in kinds)
    if Kind.CODE in kinds:
        found.setFontFamilies(["JetBrains Mono", "Consolas", "Menlo", "monospace"])
        found.setFontFixedPitch(True)
    return found


def _gap_width(blank: Blank) -> int:
    return _GAP_PER_WORD * (blank.maximum or 1)


def _pages(document: QTextDocument, height: float) -> list[list[tuple[QTextLine, QPointF]]]:
    """Return the lines of each page, and from where their own places count.

    Qt's own drawing of a page puts the last line of the page before out of sight above it: nobody
    sees it there, but who searches or copies the text of a PDF finds it twice.
    """
    pages: list[list[tuple[QTextLine, QPointF]]] = [[] for _ in range(document.pageCount())]
    block = document.begin()
    while block.isValid():
        layout = block.layout()
        origin = layout.position()
        for line in map(layout.lineAt, range(layout.lineCount())):
            page = int((origin.y() + line.rect().center().y()) // height)
            pages[page].append((line, origin))
        block = block.next()
    return pages


def _draw_page(
    painter: QPainter, lines: list[tuple[QTextLine, QPointF]], page: int, size: QSizeF
) -> None:
    painter.setPen(QColor(Qt.GlobalColor.black))
    for line, origin in lines:
        line.draw(painter, origin - QPointF(0, page * size.height()))
    height = painter.fontMetrics().height()
    footer = QRectF(0, size.height() + _FOOTER * height, size.width(), height)
    painter.drawText(footer, Qt.AlignmentFlag.AlignHCenter, str(page + 1))
