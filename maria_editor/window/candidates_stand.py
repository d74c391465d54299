"""Keeps the candidates popup by the place it is about, through scrolling, edits and resizing."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect

from maria_editor.editor.chips import INSET
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page
from maria_editor.window.candidates_places import Place
from maria_editor.window.candidates_popup import CandidatesPopup

_MARGIN = 8


class CandidatesStand:
    """Where places stand on one page, and the popup beside them."""

    def __init__(self, page: Page, popup: CandidatesPopup) -> None:
        self._page = page
        self._popup = popup

    def bring_into_view(self, place: Place) -> None:
        """Scroll to a place; the caret stays where it is."""
        if not self.is_in_view(place):
            bar = self._page.verticalScrollBar()
            height = self._page.viewport().height()
            bar.setValue(bar.value() + self._rect_of(place).top() - height // 3)

    def is_in_view(self, place: Place) -> bool:
        """Return whether all of a place shows."""
        rect = self._rect_of(place)
        return rect.top() >= 0 and rect.bottom() <= self._page.viewport().height()

    def fit(self, place: Place) -> None:
        """Put the popup beside a place; while the writer writes, off the line she writes."""
        window, viewport = self._page.window(), self._page.viewport()
        chip = self._rect_of(place)
        chip.moveTopLeft(viewport.mapTo(window, chip.topLeft()))
        area = QRect(self._page.mapTo(window, QPoint()), self._page.size())
        written = QRect()
        if self._popup.is_aside:
            line = self._page.cursorRect()
            corner = viewport.mapTo(window, QPoint(0, line.top()))
            written = QRect(corner.x(), corner.y(), viewport.width(), line.height())
        within = area.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        self._popup.place(chip, within, keep_off=written)

    def _rect_of(self, place: Place) -> QRect:
        """Return where a place stands in the viewport; the left edge is its last line's."""
        block = self._page.document().findBlock(place.start)
        first, last = place.start - block.position(), place.end - block.position()
        font = self._page.document().defaultFont()
        rects = mark_rects(block, self._page.origin(block), first, last, font)
        if not rects:
            return QRect()
        rect = rects[-1].toRect()
        rect.setTop(rects[0].toRect().top())
        return rect.adjusted(INSET, 0, -INSET, 0)
