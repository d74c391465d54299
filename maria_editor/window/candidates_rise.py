"""A popup that fades in while it rises a little; at once where motion is reduced."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal
from PySide6.QtWidgets import QGraphicsOpacityEffect, QWidget

from maria_editor.theme.theme import Theme

_MS = 120
_RISE = 4


class Rise(QObject):
    """How far a popup still has to rise.

    Signals:
        moved: the popup stands elsewhere now.
    """

    moved = Signal()

    def __init__(self, popup: QWidget, theme: Theme) -> None:
        super().__init__(popup)
        self._popup = popup
        self._theme = theme
        # Pixels below its place.
        self.offset = 0
        self._effect: QGraphicsOpacityEffect | None = None
        self._course = QVariantAnimation(self)
        self._course.setDuration(_MS)
        self._course.setStartValue(0.0)
        self._course.setEndValue(1.0)
        self._course.setEasingCurve(QEasingCurve.Type.OutQuad)
        self._course.valueChanged.connect(self._on_value_changed)
        self._course.finished.connect(self.stop)

    def start(self) -> None:
        """Begin unseen."""
        if self._theme.reduces_motion:
            return
        self._effect = QGraphicsOpacityEffect(self._popup)
        self._effect.setOpacity(0.0)
        self._popup.setGraphicsEffect(self._effect)
        self._course.start()

    def stop(self) -> None:
        """Stand where it belongs, in full."""
        self._course.stop()
        self.offset = 0
        if self._effect is not None:
            self._effect = None
            # Deletes it.
            self._popup.setGraphicsEffect(None)  # type: ignore[arg-type] # the stubs forbid None
        self.moved.emit()

    def _on_value_changed(self, value: object) -> None:
        share = float(str(value))
        self.offset = round(_RISE * (1 - share))
        if self._effect is not None:
            self._effect.setOpacity(share)
        self.moved.emit()
