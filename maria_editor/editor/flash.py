"""The accepted flash: words just taken over stand on a tint that fades away in 400 ms."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal
from PySide6.QtGui import QTextCursor

FLASH_MS = 400


class Flash(QObject):
    """Which words are tinted just now, and how strongly.

    Signals:
        changed: repaint.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.places: list[QTextCursor] = []
        self.opacity = 0.0
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(FLASH_MS)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.setEasingCurve(QEasingCurve.Type.InQuad)
        self._fade.valueChanged.connect(self._on_value_changed)
        self._fade.finished.connect(self._on_finished)

    def start(self, places: list[QTextCursor]) -> None:
        """Tint these places and let the tint fade."""
        self._fade.stop()
        self.places = places
        self.opacity = 1.0
        self._fade.start()

    def _on_value_changed(self, value: object) -> None:
        self.opacity = float(str(value))
        self.changed.emit()

    def _on_finished(self) -> None:
        self.places = []
        self.changed.emit()
