"""Key caps: the names of keys on small tiles."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.key_names import key_names
from maria_editor.theme.theme import Theme

_HEIGHT = 18
_PADDING = 5
_GAP = 4
_RADIUS = 4


class KeyCaps(QWidget):
    """One shortcut as a row of key caps.

    Signals:
        changed(bool): there are other keys to show, or (False) none.
    """

    changed = Signal(bool)

    def __init__(
        self, theme: Theme, keys: tuple[str, ...] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = keys
        self._action: QAction | None = None
        self.setFont(interface_font(11, weight=QFont.Weight.DemiBold))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_keys(keys)
        theme.changed.connect(self.update)

    def show_keys(self, keys: tuple[str, ...]) -> None:
        """Show other keys."""
        self._keys = keys
        self.setAccessibleName("+".join(keys))
        self.updateGeometry()
        self.update()
        self.changed.emit(bool(keys))

    def follow(self, action: QAction) -> None:
        """Show an action's keys, whatever they become."""
        self._action = action
        action.changed.connect(self._on_action_changed)
        self._on_action_changed()

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        width = sum(self._cap_width(key) for key in self._keys)
        width += _GAP * max(0, len(self._keys) - 1)
        return QSize(round(width + 0.5), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, 0, 0)

    def draw(self, painter: QPainter, left: float, top: float) -> None:
        """Draw the caps somewhere else, such as in a row of a list."""
        painter.setFont(self.font())
        for key in self._keys:
            rect = QRectF(left, top, self._cap_width(key), _HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("well"))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
            painter.setPen(self._theme.color("ink2"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)
            left += rect.width() + _GAP

    @Slot()
    def _on_action_changed(self) -> None:
        assert self._action is not None
        keys = key_names(self._action.shortcut())
        # An action changes with each check and each label as well.
        if keys != self._keys:
            self.show_keys(keys)

    def _cap_width(self, key: str) -> float:
        return max(_HEIGHT, ceil(QFontMetricsF(self.font()).horizontalAdvance(key)) + 2 * _PADDING)
