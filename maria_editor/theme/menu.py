"""Menus: rounded, with one soft shadow, icons at the left and shortcuts in a quieter size."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QShowEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.key_names import key_name
from maria_editor.theme.theme import Theme

SHADOW = 20
_RADIUS = 8.0
_ROW_RADIUS = 6.0
_INSET = 10
_ICON = 18
_COLUMN_GAP = 31
_BELOW = 4
_MARK = "mark"


class Menu(QMenu):
    """A menu that draws itself; its shadow lies inside its own window."""

    def __init__(self, theme: Theme, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._theme = theme
        self._backdrop = QPixmap()
        # What it came up below, if it did.
        self._button: QWidget | None = None
        self.setFont(interface_font(13))
        self.setAccessibleName(title or "Menu")
        self.setWindowFlags(
            self.windowFlags()
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.NoDropShadowWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setToolTipsVisible(True)
        self._fit()
        self.aboutToShow.connect(self._fit)

    def panel_rect(self) -> QRect:
        """Return the visible part, without the shadow."""
        return self.rect().adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)

    def popup_below(self, button: QWidget, *, from_left: bool = False) -> None:
        """Come up below a button, right edges in line: to the right may be no window.

        `from_left` brings the left edges in line.
        """
        self.ensurePolished()
        self._fit()
        self._button = button
        width = self.sizeHint().width() - 2 * SHADOW
        x = 0 if from_left else button.width() - width
        self.popup(button.mapToGlobal(QPoint(x, button.height() + _BELOW)))

    def showEvent(self, event: QShowEvent) -> None:
        """Come up where the panel belongs."""
        # Qt has placed the window, shadow and all; the panel belongs there instead.
        self.move(self.pos() - QPoint(SHADOW, SHADOW))
        self._spare_button()
        self._take_backdrop()
        super().showEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(QPoint(), self._backdrop)
        draw_popup(painter, QRectF(self.panel_rect()), self._theme, _RADIUS)
        for action in self.actions():
            if action.isVisible():
                self._draw_action(painter, action, QRectF(self.actionGeometry(action)))

    def _fit(self) -> None:
        """Give each row room for its icon, label and shortcut; the geometry is the style's."""
        label = max((self._label_width(action) for action in self.actions()), default=0)
        keys = max((self._keys_width(action) for action in self.actions()), default=0)
        content = 3 * _INSET + _ICON + label + (_COLUMN_GAP + keys if keys else 24)
        # Qt makes room for the shortcuts by itself, in the menu's own font.
        metrics = QFontMetrics(self.font())
        made = (metrics.horizontalAdvance(_shortcut(action)) for action in self.actions())
        content -= max(made, default=0)
        self.setStyleSheet(
            "QMenu { background: transparent; border: none; "
            f"padding: {SHADOW + 6}px {SHADOW + 5}px; }}"
            f"QMenu::item {{ padding: 0; min-width: {round(content)}px; min-height: 32px; }}"
            "QMenu::separator { height: 9px; margin: 0; }"
        )

    def _label_width(self, action: QAction) -> float:
        font = interface_font(13, weight=QFont.Weight.Medium)
        return QFontMetricsF(font).horizontalAdvance(_plain(action.text()))

    def _keys_width(self, action: QAction) -> float:
        if action.menu() is not None:
            return _ICON
        return QFontMetricsF(interface_font(12)).horizontalAdvance(_keys(action))

    def _draw_action(self, painter: QPainter, action: QAction, rect: QRectF) -> None:
        if action.isSeparator():
            line = QRectF(rect.left() + 8, round(rect.center().y()), rect.width() - 15, 1)
            painter.fillRect(line, self._theme.color("line"))
            return
        active = action is self.activeAction() and action.isEnabled()
        if active:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_soft"))
            painter.drawRoundedRect(rect, _ROW_RADIUS, _ROW_RADIUS)
        self._draw_icon(painter, action, rect, active)
        self._draw_words(painter, action, rect, active)

    def _draw_icon(self, painter: QPainter, action: QAction, rect: QRectF, active: bool) -> None:
        name = "check" if action.isCheckable() and action.isChecked() else action.property(_MARK)
        if name:
            box = QRectF(rect.left() + _INSET, rect.center().y() - _ICON / 2, _ICON, _ICON)
            token = "accent" if active else "ink2" if action.isEnabled() else "ink3"
            draw_icon(painter, name, box, getattr(self._theme.tokens, token))
        if action.menu() is not None:
            box = QRectF(rect.right() - 27, rect.center().y() - _ICON / 2, _ICON, _ICON)
            draw_icon(painter, "right", box, self._theme.tokens.ink2)

    def _draw_words(self, painter: QPainter, action: QAction, rect: QRectF, active: bool) -> None:
        weight = QFont.Weight.Medium if active else QFont.Weight.Normal
        painter.setFont(interface_font(13, weight=weight))
        painter.setPen(self._theme.color("ink" if action.isEnabled() else "ink3"))
        label = rect.adjusted(2 * _INSET + _ICON, 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(label, middle | Qt.AlignmentFlag.AlignLeft, _plain(action.text()))
        if action.menu() is None:
            painter.setFont(interface_font(12))
            painter.setPen(self._theme.color("ink2" if action.isEnabled() else "ink3"))
            right = rect.adjusted(0, 0, -11, 0)
            painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, _keys(action))

    def _spare_button(self) -> None:
        """Let the shadow leave out the button, which may look otherwise once the menu is there."""
        button, self._button = self._button, None
        self.clearMask()
        if button is not None:
            place = QRect(self.mapFromGlobal(button.mapToGlobal(QPoint())), button.size())
            shadow = QRegion(self.rect()).subtracted(QRegion(self.panel_rect()))
            spared = shadow.intersected(place)
            self.setMask(QRegion(self.rect()).subtracted(spared))

    def _take_backdrop(self) -> None:
        """Keep what lies beneath: X11 without a compositor shows black through a translucent one.

        Beside its window that is what the screen shows now; over it what the window shows itself,
        for a menu that has just gone may still stand on the screen.
        """
        menus: list[Menu] = []
        owner = self.parentWidget()
        while isinstance(owner, Menu):
            menus.append(owner)
            owner = owner.parentWidget()
        parent = None if owner is None else owner.window()
        self._backdrop = QPixmap()
        if parent is None or QGuiApplication.platformName() != "xcb":
            return
        area = QRect(parent.mapFromGlobal(self.pos()), self.size())
        corner = self.pos() - self.screen().geometry().topLeft()
        self._backdrop = self.screen().grabWindow(
            0, corner.x(), corner.y(), self.width(), self.height()
        )
        painter = QPainter(self._backdrop)
        over = area.intersected(parent.rect())
        if not over.isEmpty():
            painter.drawPixmap(over.topLeft() - area.topLeft(), parent.grab(over))
        for menu in reversed(menus):
            painter.drawPixmap(menu.pos() - self.pos(), menu.grab())
        painter.end()


def set_menu_icon(action: QAction, name: str) -> QAction:
    """Give an action an icon that our menus draw in the colours of the moment."""
    action.setProperty(_MARK, name)
    return action


def draw_popup(painter: QPainter, rect: QRectF, theme: Theme, radius: float) -> None:
    """Draw a popup's shadow, body and border."""
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(SHADOW - 6, 0, -2):
        shadow = QColor(theme.tokens.ink if not theme.is_dark else theme.tokens.chrome)
        shadow.setAlphaF(0.011)
        painter.setBrush(shadow)
        spread = rect.adjusted(-step, -step, step, step).translated(0, 5)
        painter.drawRoundedRect(spread, radius + step, radius + step)
    painter.setBrush(theme.color("raised"))
    border = theme.color("edge", 0.45) if theme.is_dark else theme.color("line")
    painter.setPen(QPen(border, 1))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _shortcut(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _keys(action: QAction) -> str:
    return key_name(action.shortcut())
