"""The breath of the dots in chips that wait for the model."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_BREATH_MS = 1200
_FRAME_MS = 40


class Breath(QObject):
    """Where in a breath the dots are just now.

    Signals:
        changed: repaint.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # 0 to 1 through one breath; None holds the dots still.
        self.phase: float | None = None
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._on_timeout)

    def start(self) -> None:
        """Begin to breathe, or go on."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Stop: no chip waits."""
        self._timer.stop()

    @Slot()
    def _on_timeout(self) -> None:
        self.phase = ((self.phase or 0.0) + _FRAME_MS / _BREATH_MS) % 1.0
        self.changed.emit()
