"""A field for a small number, with two chevrons that step it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSpinBox

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.theme import Theme

_HEIGHT = 32
_CHEVRONS = 26
_PADDING = 8
_ICON = 14


class Stepper(QSpinBox):
    """A spin box of the editor's own look; keys and wheel step it as well."""

    def __init__(self, theme: Theme, name: str, *, least: int, most: int) -> None:
        super().__init__()
        self._theme = theme
        self.setFont(interface_font(13, tabular=True))
        self.setFixedHeight(_HEIGHT)
        self.setRange(least, most)
        self.setAccessibleName(name)
        # It has the keyboard, and so is what a screen reader tells.
        self.lineEdit().setAccessibleName(name)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field and its chevrons."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self.width() - (_CHEVRONS + _ICON) / 2
        middle = self.height() / 2
        for icon, top in (("up", middle - _ICON + 1), ("down", middle - 1)):
            box = QRectF(left, top, _ICON, _ICON)
            draw_icon(painter, icon, box, self._theme.tokens.ink2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the figures out of the chevrons."""
        super().resizeEvent(event)
        field = self.lineEdit()
        inside = field.geometry()
        inside.setLeft(_PADDING)
        inside.setRight(self.width() - _CHEVRONS - 1)
        field.setGeometry(inside)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Step by the chevron under the pointer."""
        if event.position().x() < self.width() - _CHEVRONS:
            super().mousePressEvent(event)
        else:
            self.stepBy(1 if event.position().y() < self.height() / 2 else -1)
