"""The editor's icons: SVG outlines on a 20 px grid, drawn in any colour at any size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from maria_editor.resources import resource_path

_RATIOS = (1.0, 1.5, 2.0, 3.0)


def draw_icon(painter: QPainter, name: str, rect: QRectF, color: str) -> None:
    """Draw an icon into `rect`."""
    _renderer(name, color).render(painter, rect)


def tinted_icon(name: str, color: str, *, disabled: str | None = None, size: int = 20) -> QIcon:
    """Return an icon for places where Qt draws it: menus, actions, line edits."""
    icon = QIcon()
    for mode, tint in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled or color)):
        for ratio in _RATIOS:
            icon.addPixmap(_pixmap(name, tint, size, ratio), mode)
    return icon


def app_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(resource_path("icons/app.svg")))


def _pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_icon(painter, name, QRectF(0, 0, size, size), color)
    painter.end()
    return pixmap


@lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    source = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    tinted = source.replace("currentColor", QColor(color).name())
    return QSvgRenderer(QByteArray(tinted.encode()))
