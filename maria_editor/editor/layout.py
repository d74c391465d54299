"""Lays out blocks: leading, headings, Markdown and the room that chips take.

Character formats are `QTextLayout` formats, which are neither undo steps nor modifications; they
do not shift with edits, so a changed block is formatted anew, and a block out of view only once it
comes into view. Line heights are block formats: they are set with undo off at load, and later join
the edit that made them necessary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLayout,
)

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_editor.editor.chips import INSET, Chip, ChipStates
from maria_editor.editor.markdown import Kind, Style, styles
from maria_editor.editor.marks import heading_level
from maria_editor.theme.fonts import HEADING_LINES, HEADING_SIZES, LEADING, TEXT_SIZE
from maria_editor.theme.theme import Theme

_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_OUTDATED = -1
_INVISIBLE = QColor(Qt.GlobalColor.transparent)

# The formats that something else wants in a block, such as room for a mark.
Formats = Callable[[QTextBlock], list[QTextLayout.FormatRange]]


def line_height(level: int) -> int:
    """Return a line's height at 100 % zoom."""
    return HEADING_LINES.get(level, round(TEXT_SIZE * LEADING))


def block_format(level: int) -> QTextBlockFormat:
    """Return the block format of text (level 0) or a heading."""
    block_format = QTextBlockFormat()
    block_format.setLineHeight(line_height(level), _FIXED)
    return block_format


class BlockLayout:
    """Formats the blocks of one document."""

    def __init__(self, document: QTextDocument, states: ChipStates, theme: Theme) -> None:
        self._document = document
        self._states = states
        self._theme = theme
        self.extra_formats: list[Formats] = []
        # A block's user state is the epoch in which it was formatted.
        self._epoch = 0

    def fix_all_line_heights(self) -> None:
        """Give every block its line height. Undo must be off."""
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(block_format(0))
        # Few lines of a long text are headings, and asking each block is slow.
        for number, line in enumerate(self._document.toRawText().split("\u2029")):
            if heading_level(line):
                self.fix_line_height(self._document.findBlockByNumber(number))
        cursor.endEditBlock()
        self.outdate_all()

    def outdate_all(self) -> None:
        """Have every block formatted anew when it is next in view."""
        self._epoch += 1

    def outdate(self, block: QTextBlock) -> None:
        """Have one block formatted anew when it is next in view."""
        block.setUserState(_OUTDATED)

    def format(self, blocks: Iterable[QTextBlock]) -> bool:
        """Give those of the blocks that are outdated their formats; return whether any changed."""
        changed = []
        for block in blocks:
            if block.userState() != self._epoch:
                block.setUserState(self._epoch)
                if self._set_formats(block):
                    changed.append((block.position(), block.position() + block.length()))
        if changed:
            # Once for all: each call lays the document out.
            first, last = changed[0][0], changed[-1][1]
            self._document.markContentsDirty(first, last - first)
        return bool(changed)

    def fix_line_height(self, block: QTextBlock, *, join: bool = False) -> None:
        """Give a block the line height of its kind; `join` makes it part of the last edit."""
        level = heading_level(block.text())
        if block.blockFormat().lineHeight() == line_height(level):
            return
        cursor = QTextCursor(block)
        if join:
            cursor.joinPreviousEditBlock()
        cursor.mergeBlockFormat(block_format(level))
        if join:
            cursor.endEditBlock()

    def _set_formats(self, block: QTextBlock) -> bool:
        """Set a block's character formats; return whether it has or had any."""
        ranges, layout = self._ranges(block), block.layout()
        if not ranges and not layout.formats():
            return False
        layout.setFormats(ranges)
        return True

    def _ranges(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        text = block.text()
        if not text:
            return []
        font = self._document.defaultFont()
        level = heading_level(text)
        ranges = _heading_ranges(text, level, font, self._theme) if level else []
        found = styles(text)
        if found:
            offsets = OffsetMap(text)
            for style in found:
                ranges += _style_ranges(style, offsets, self._theme)
        size = _heading_font(level, font) if level else font
        ranges += [_chip_range(block, chip, size) for chip in self._states.chips(block)]
        for formats in self.extra_formats:
            ranges += formats(block)
        return ranges


def _heading_font(level: int, font: QFont) -> QFont:
    scale = font.pixelSize() / TEXT_SIZE
    heading = QFont(font)
    heading.setPixelSize(round(HEADING_SIZES[level] * scale))
    heading.setWeight(QFont.Weight.DemiBold)
    return heading


def _heading_ranges(
    text: str, level: int, font: QFont, theme: Theme
) -> list[QTextLayout.FormatRange]:
    heading = _heading_font(level, font)
    words = QTextCharFormat()
    words.setFont(heading, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll)
    sign = QTextCharFormat()
    plain = QFont(heading)
    plain.setWeight(QFont.Weight.Normal)
    sign.setFont(plain)
    sign.setForeground(theme.color("ink3"))
    length = utf16_length(text)
    return [_range(0, level, sign), _range(level, length - level, words)]


def _style_ranges(style: Style, offsets: OffsetMap, theme: Theme) -> list[QTextLayout.FormatRange]:
    inner = (style.start + style.before, style.end - style.after)
    start, first, last, end = map(offsets.to_utf16, (style.start, *inner, style.end))
    sign = QTextCharFormat()
    sign.setForeground(theme.color("ink3"))
    return [
        _range(start, first - start, sign),
        _range(first, last - first, _style_format(style.kind, theme)),
        _range(last, end - last, sign),
    ]


def _style_format(kind: Kind, theme: Theme) -> QTextCharFormat:
    words = QTextCharFormat()
    if kind in (Kind.STRONG, Kind.STRONG_EMPHASIS):
        words.setFontWeight(QFont.Weight.Bold)
    if kind in (Kind.EMPHASIS, Kind.STRONG_EMPHASIS):
        words.setFontItalic(True)
    if kind is Kind.CODE:
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        words.setFontFamilies(["JetBrains Mono", fixed.family(), "monospace"])
        words.setFontFixedPitch(True)
    if kind is Kind.LINK:
        words.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
    if kind is Kind.QUOTE:
        words.setForeground(theme.color("ink2"))
    return words


def _chip_range(block: QTextBlock, chip: Chip, font: QFont) -> QTextLayout.FormatRange:
    """Make the literal invisible and as wide as the chip, by spacing its letters."""
    count = chip.end - chip.start
    spaced = QFont(font)
    # Any spacing switches ligatures off, so the natural width is measured without them.
    spaced.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1)
    literal = block.text()[chip.blank.start : chip.blank.end]
    natural = QFontMetricsF(spaced).horizontalAdvance(literal) - len(literal)
    wanted = chip.width(font) + 2 * INSET
    hidden = QTextCharFormat()
    hidden.setForeground(_INVISIBLE)
    hidden.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    hidden.setFontLetterSpacing((wanted - natural) / len(literal))
    return _range(chip.start, count, hidden)


def _range(start: int, length: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start = start
    found.length = length
    found.format = char_format
    return found
