"""Rings all blanks of a name while the pointer is over one of them, or one of them is chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen

from maria_editor.editor.chip_steps import chip_selected
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme

_RING, _OFFSET, _RADIUS = 1.5, 2.5, 6.5


class LinkRings(QObject):
    """Draws on one page; the rings are thinner than the chosen chip's."""

    def __init__(self, page: Page, theme: Theme) -> None:
        super().__init__(page)
        self._page = page
        self._theme = theme
        self._hovered = ""
        page.viewport().setMouseTracking(True)
        page.viewport().installEventFilter(self)
        page.add_layer(self._draw, above=True)

    @property
    def name(self) -> str:
        """The name whose blanks are ringed; empty for none."""
        found = chip_selected(self._page.states, self._page.textCursor())
        chosen = found.blank.name if found else None
        return self._hovered or chosen or ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the pointer."""
        if event.type() is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            is_free = event.buttons() == Qt.MouseButton.NoButton
            found = self._page.chip_at(event.position()) if is_free else None
            self._hover((found[1].blank.name or "") if found else "")
        elif event.type() is QEvent.Type.Leave:
            self._hover("")
        return super().eventFilter(watched, event)

    def _hover(self, name: str) -> None:
        if name != self._hovered:
            self._hovered = name
            self._page.viewport().update()

    def _draw(self, painter: QPainter) -> None:
        name = self.name
        if not name:
            return
        painter.setPen(QPen(self._theme.color("accent"), _RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for _, chip, pieces in self._page.visible_chips():
            if chip.blank.name == name:
                for piece in pieces:
                    ring = piece.rect.adjusted(-_OFFSET, -_OFFSET, _OFFSET, _OFFSET)
                    painter.drawRoundedRect(ring, _RADIUS, _RADIUS)
