"""Buttons, drawn from the tokens: icon, label, an optional count, and a focus ring."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.pressable import Pressable
from maria_editor.theme.theme import Theme

_ICON = 20
_GAP = 2
_TAG_GAP = 8.5
_TAG = QSize(22, 20)
_RADIUS = 6.0


class ButtonKind(Enum):
    """How loud a button is."""

    FLAT = "flat"
    BORDERED = "bordered"
    SOFT = "soft"
    PRIMARY = "primary"
    DANGER = "danger"


class Button(Pressable):
    """A push or toggle button of the editor's own look."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        icon: str = "",
        kind: ButtonKind = ButtonKind.FLAT,
        height: int = 32,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._kind = kind
        self._height = height
        self._count = 0
        self._is_compact = False
        self.setText(text)
        self.setFont(interface_font(13, weight=QFont.Weight.Medium))
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    @property
    def count(self) -> int:
        """The number in the tag; 0 hides it."""
        return self._count

    def set_count(self, count: int) -> None:
        """Show a count in a small tag behind the label."""
        if count != self._count:
            self._count = count
            self.updateGeometry()
            self.update()

    def set_compact(self, is_compact: bool) -> None:
        """Show the icon alone, where there is no room; the label becomes a tool tip."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self.setToolTip(self.text() if is_compact else "")
            self.updateGeometry()
            self.update()

    def full_width(self) -> int:
        """Return the width with icon, label and count, shown or not."""
        left, right = self._padding()
        width = left + self._label_width() + right
        if self._icon:
            width += _ICON + (_GAP if self.text() else 0)
        if self._count:
            width += _TAG_GAP + self._tag_width() - 2
        return round(width + 0.4)

    def set_face(self, text: str, icon: str, kind: ButtonKind) -> None:
        """Become another button in the same place, such as Stop while the model works."""
        self._icon, self._kind = icon, kind
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        return QSize(self._height if self._is_compact else self.full_width(), self._height)

    def minimumSizeHint(self) -> QSize:
        """Return the room it needs."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_body(painter)
        x = (self.width() - _ICON) / 2 if self._is_compact else self._padding()[0]
        if self._icon:
            top = (self.height() - _ICON) / 2
            draw_icon(painter, self._icon, QRectF(x, top, _ICON, _ICON), self._icon_color())
            x += _ICON + _GAP
        if self._is_compact:
            return
        self._draw_label(painter, x)
        if self._count:
            self._draw_tag(painter, x + self._label_width() + _TAG_GAP)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that the pointer is here."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show that the pointer has left."""
        self.update()
        super().leaveEvent(event)

    def _padding(self) -> tuple[float, float]:
        if not self.text():
            side = (self._height - _ICON) / 2
            return side, side
        if not self._icon:
            return (16, 16) if self._kind is ButtonKind.PRIMARY else (12, 12)
        return (13, 15) if self._kind is ButtonKind.BORDERED else (12, 14)

    def _label_width(self) -> float:
        return QFontMetricsF(self.font()).horizontalAdvance(self.text()) if self.text() else 0

    def _tag_width(self) -> float:
        metrics = QFontMetricsF(interface_font(12, weight=QFont.Weight.DemiBold))
        return max(_TAG.width(), metrics.horizontalAdvance(str(self._count)) + 14)

    def _background(self) -> str | None:
        pressed, hovered = self.isDown(), self.underMouse() and self.isEnabled()
        if self._kind is ButtonKind.PRIMARY:
            if not self.isEnabled():
                return "well"
            return "accent_hover" if pressed or hovered else "accent"
        if self._kind is ButtonKind.SOFT or self.isChecked():
            return "accent_soft"
        if pressed or hovered:
            return "well"
        return "raised" if self._kind is ButtonKind.BORDERED else None

    def _ink(self) -> str:
        if not self.isEnabled():
            return "ink2" if self._kind is ButtonKind.PRIMARY else "ink3"
        if self._kind is ButtonKind.PRIMARY:
            return "on_accent"
        if self._kind is ButtonKind.DANGER:
            return "danger"
        return "accent" if self.isChecked() or self._kind is ButtonKind.SOFT else "ink"

    def _icon_color(self) -> str:
        ink = self._ink()
        return getattr(self._theme.tokens, "ink2" if ink == "ink" else ink)

    def _draw_body(self, painter: QPainter) -> None:
        rect = QRectF(self.rect())
        background = self._background()
        painter.setPen(Qt.PenStyle.NoPen)
        if background is not None:
            painter.setBrush(self._theme.color(background))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color(self._ring_color()), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)
        elif self._kind is ButtonKind.BORDERED:
            painter.setPen(QPen(self._theme.color("edge"), 1))
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)

    def _ring_color(self) -> str:
        return "ink" if self._kind is ButtonKind.PRIMARY else "accent"

    def _draw_label(self, painter: QPainter, x: float) -> None:
        painter.setFont(self.font())
        painter.setPen(self._theme.color(self._ink()))
        painter.drawText(QPointF(x, _baseline(self.height(), self.font())), self.text())

    def _draw_tag(self, painter: QPainter, x: float) -> None:
        rect = QRectF(x, (self.height() - _TAG.height()) / 2, self._tag_width(), _TAG.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent_soft"))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        painter.setFont(interface_font(12, weight=QFont.Weight.DemiBold, tabular=True))
        painter.setPen(self._theme.color("accent"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(self._count))


def _baseline(height: float, font: QFont) -> float:
    metrics = QFontMetricsF(font)
    return (height - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent()
