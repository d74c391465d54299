"""The pieces of the status bar: buttons of icon and words, and the progress of the model."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.pressable import Pressable
from maria_editor.theme.theme import Theme

_ICON = 16
_GAP = 6
PADDING = 4
_HEIGHT = 24
_BAR = QSize(96, 4)


class StatusItem(Pressable):
    """One fact in the status bar; hidden while it has no words."""

    def __init__(self, theme: Theme, name: str, *, icon: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._icon = icon
        self._icon_token = "ink2"
        self._weight = QFont.Weight.Normal
        self.setFont(interface_font(12, tabular=True))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def show_words(self, words: str, *, icon: str | None = None, token: str = "ink2") -> None:
        """Say something, with an icon in the colour of `token`."""
        self._icon = self._icon if icon is None else icon
        self._icon_token = token
        self.setText(words)
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for icon and words."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        if self._icon:
            width += _ICON + _GAP
        return QSize(round(width) + 2 * PADDING, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon and words, and the ring while focused."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = float(PADDING)
        if self._icon:
            box = QRectF(x, (self.height() - _ICON) / 2, _ICON, _ICON)
            draw_icon(painter, self._icon, box, getattr(self._theme.tokens, self._icon_token))
            x += _ICON + _GAP
        painter.setFont(self.font())
        painter.setPen(self._theme.color("ink" if self.underMouse() else "ink2"))
        painter.drawText(QPointF(x, _baseline(self.height(), self.font())), self.text())
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)


class ProgressItem(QWidget):
    """How far the model is: a bar, words, and the key that stops it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._words = _ProgressWords(theme)
        self._keys = KeyCaps(theme)
        self._stop = StatusItem(theme, self.tr("Stop the model"))
        self._stop.show_words(self.tr("stop"))
        self.stop_clicked = self._stop.clicked
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._words)
        row.addSpacing(10)
        row.addWidget(self._keys)
        row.addSpacing(2)
        row.addWidget(self._stop)
        self.hide()

    def show_progress(self, words: str, share: float | None, *, can_stop: bool) -> None:
        """Show the words, a bar filled by `share` (None: no bar), and what stops the model."""
        self._words.show_progress(words, share)
        self._keys.setVisible(can_stop)
        self._stop.setVisible(can_stop)
        self.updateGeometry()
        self.setVisible(True)

    def follow(self, action: QAction) -> None:
        """Name the keys of the action that stops the model."""
        self._keys.follow(action)

    def words(self) -> str:
        """Return what is shown."""
        return self._words.words


class _ProgressWords(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.words = ""
        self._share: float | None = None
        self.setFont(interface_font(12, weight=QFont.Weight.Medium, tabular=True))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress"))
        theme.changed.connect(self.update)

    def show_progress(self, words: str, share: float | None) -> None:
        self.words, self._share = words, share
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room it needs."""
        width = QFontMetricsF(self.font()).horizontalAdvance(self.words) + 1
        bar = 0 if self._share is None else _BAR.width() + 10
        return QSize(round(width) + bar, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0.0
        if self._share is not None:
            track = QRectF(0, (self.height() - _BAR.height()) / 2, _BAR.width(), _BAR.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("line"))
            painter.drawRoundedRect(track, 2, 2)
            painter.setBrush(self._theme.color("accent"))
            track.setWidth(track.width() * min(1.0, max(0.0, self._share)))
            painter.drawRoundedRect(track, 2, 2)
            x = _BAR.width() + 10
        painter.setFont(self.font())
        painter.setPen(self._theme.color("ink"))
        painter.drawText(QPointF(x, _baseline(self.height(), self.font())), self.words)


def _baseline(height: float, font: QFont) -> float:
    metrics = QFontMetricsF(font)
    return (height - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent()
