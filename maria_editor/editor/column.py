"""The column of text: its measure, its margins, and zoom, which reaches the leading as well."""

from __future__ import annotations

from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTextEdit

from maria_editor.theme.fonts import TEXT_SIZE, column_width, text_font

GUTTER = 24
_TOP = 56
_BOTTOM = 40
_METERS_PER_INCH = 0.0254


class Zoom:
    """Scales one document; neither an edit nor an undo step.

    Line heights are block formats and would be edits; but the layout multiplies them by its paint
    device's resolution, so the document is given a device of the resolution it needs.
    """

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._device = QImage(1, 1, QImage.Format.Format_Mono)
        self.percent = 100

    def apply(self, percent: int, dots_per_inch: int) -> None:
        """Show the document at `percent` on a screen of `dots_per_inch`."""
        self.percent = percent
        self._document.setDefaultFont(text_font(TEXT_SIZE * percent / 100))
        per_meter = round(dots_per_inch * percent / 100 / _METERS_PER_INCH)
        self._device.setDotsPerMeterX(per_meter)
        self._device.setDotsPerMeterY(per_meter)
        self._document.documentLayout().setPaintDevice(self._device)


def set_margins(document: QTextDocument) -> None:
    """Give a document its margins; undo must be off."""
    root = document.rootFrame()
    frame = root.frameFormat()
    frame.setMargin(GUTTER)
    frame.setTopMargin(_TOP)
    frame.setBottomMargin(_BOTTOM)
    root.setFrameFormat(frame)


def side_margins(page: QTextEdit, percent: int) -> tuple[int, int]:
    """Return the margins that put the column into the middle; a narrow window shortens the line."""
    wanted = column_width(page.document().defaultFont()) + 2 * round(GUTTER * percent / 100)
    bar = page.verticalScrollBar()
    left = max(0, (page.width() - wanted) // 2)
    right = max(0, page.width() - wanted - left - (bar.width() if bar.isVisible() else 0))
    return left, right
