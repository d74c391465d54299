"""The editor's icons: SVG outlines on a 20 px grid, drawn in any colour at any size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QIcon, QPainter
from PySide6.QtSvg import QSvgRenderer

from maria_editor.resources import resource_path


def draw_icon(painter: QPainter, name: str, rect: QRectF, color: str) -> None:
    """Draw an icon into `rect`."""
    _renderer(name, color).render(painter, rect)


def app_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(resource_path("icons/app.svg")))


@lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    source = resource_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    tinted = source.replace("currentColor", QColor(color).name())
    return QSvgRenderer(QByteArray(tinted.encode()))
