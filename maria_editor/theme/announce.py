"""Says things to a screen reader that the eye sees by itself, no faster than they can be heard."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_PAUSE_MS = 1000
_OWN = Qt.FindChildOption.FindDirectChildrenOnly


class Announcer(QObject):
    """Passes words on at most once in a pause; of those that come meanwhile the latest are said.

    Signals:
        ready: the pause is over, and nothing waited for its end.
    """

    ready = Signal()

    def __init__(self, parent: QObject, *, pause_ms: int = _PAUSE_MS) -> None:
        super().__init__(parent)
        self._waiting: tuple[QWidget, str] | None = None
        self._pause = QTimer(self, singleShot=True, interval=pause_ms)
        self._pause.timeout.connect(self._on_pause_over)

    def say(self, source: QWidget, words: str) -> None:
        """Say `words` now, or after the pause unless others take their place."""
        if self._pause.isActive():
            self._waiting = (source, words)
            return
        self._pause.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, words))

    @Slot()
    def _on_pause_over(self) -> None:
        waiting, self._waiting = self._waiting, None
        # What has gone meanwhile has nothing to say any more.
        if waiting is not None and isValid(waiting[0]):
            self.say(*waiting)
        else:
            self.ready.emit()


def announce(source: QWidget, words: str) -> None:
    """Let a screen reader say `words` when it has nothing better to say."""
    app = QCoreApplication.instance()
    if app is None or not words or not QAccessible.isActive():
        return
    announcer = app.findChild(Announcer, options=_OWN) or Announcer(app)
    announcer.say(source, words)
