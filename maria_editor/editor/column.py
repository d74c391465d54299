"""The column of text: its measure and margins, its leading, and zoom, which scales all three."""

from __future__ import annotations

from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextEdit

from maria_editor.theme.fonts import LEADING, MEASURE, TEXT_SIZE, column_width, text_font

GUTTER = 24
_TOP = 56
_BOTTOM = 40
_GRID = 8
_METERS_PER_INCH = 0.0254


class Column:
    """Scales and spaces one document; neither an edit nor an undo step.

    Line heights are block formats and would be edits; but the layout multiplies them by its paint
    device's resolution, so the document is given a device of the resolution it needs.
    """

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._device = QImage(1, 1, QImage.Format.Format_Mono)
        self.percent = 100
        self.family = ""
        self.leading = LEADING
        self.measure = MEASURE

    def apply(self, dots_per_inch: int) -> None:
        """Show the document as it is wanted on a screen of `dots_per_inch`."""
        per_meter = round(dots_per_inch * self._scale() / _METERS_PER_INCH)
        self._device.setDotsPerMeterX(per_meter)
        self._device.setDotsPerMeterY(per_meter)
        self._document.documentLayout().setPaintDevice(self._device)
        font = text_font(TEXT_SIZE * self.percent / 100, family=self.family)
        if font != self._document.defaultFont():
            # Lays the document out.
            self._document.setDefaultFont(font)
        else:
            self._document.markContentsDirty(0, self._document.characterCount())

    def side_margins(self, page: QTextEdit) -> tuple[int, int]:
        """Return the margins that centre the column; a narrow window shortens the line."""
        normal = column_width(self._document.defaultFont())
        # The layout scales the gutter as it does the lines.
        gutters = 2 * round(GUTTER * self._scale())
        wanted = round(normal * self.measure / MEASURE / _GRID) * _GRID + gutters
        bar = page.verticalScrollBar()
        left = max(0, (page.width() - wanted) // 2)
        right = max(0, page.width() - wanted - left - (bar.width() if bar.isVisibleTo(page) else 0))
        return left, right

    def _scale(self) -> float:
        return self.percent / 100 * self.leading / LEADING


def set_margins(document: QTextDocument) -> None:
    """Give a document its margins; undo must be off."""
    root = document.rootFrame()
    frame = root.frameFormat()
    frame.setMargin(GUTTER)
    frame.setTopMargin(_TOP)
    frame.setBottomMargin(_BOTTOM)
    root.setFrameFormat(frame)
