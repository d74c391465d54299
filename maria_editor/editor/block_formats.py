"""What a block's words look like: headings, Markdown, and the room that chips take.

Formats are those of `QTextLayout`, which are neither undo steps nor modifications; they do not
shift with edits, so a block that has changed gets its formats anew.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QTextBlock,
    QTextCharFormat,
    QTextDocument,
    QTextLayout,
)

from maria_editor.document.offsets import OffsetMap, utf16_length
from maria_editor.editor.chips import INSET, Chip, ChipStates
from maria_editor.editor.markdown import Kind, Style, styles
from maria_editor.editor.marks import heading_level
from maria_editor.editor.prose_layout import Formats
from maria_editor.theme.fonts import HEADING_SIZES, TEXT_SIZE
from maria_editor.theme.theme import Theme

_INVISIBLE = QColor(Qt.GlobalColor.transparent)


class BlockFormats:
    """The formats of one document's blocks."""

    def __init__(self, document: QTextDocument, states: ChipStates, theme: Theme) -> None:
        self._document = document
        self._states = states
        self._theme = theme
        # What else wants formats in a block, such as room for a mark.
        self.extra: list[Formats] = []

    def of(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        """Return the formats of a block, later ones over earlier ones."""
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
        for formats in self.extra:
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
