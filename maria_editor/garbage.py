"""Python's cyclic garbage is collected in the window's thread alone.

A collection runs in whatever thread happens to make an object. In a thread of the recovery store it
may end QObjects: it then holds one of Qt's locks and waits for the interpreter, which the window's
thread holds while it waits for that lock, and the editor stands still for ever. What the program
begins with (modules, classes, the window) is looked through no more: it stays anyhow, and took most
of a collection's time. Knows nothing of what is collected.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

# Milliseconds between two looks; a generation is collected when it is as full as Python's own
# thresholds ask.
INTERVAL = 500


class GarbageCollector(QObject):
    """Collects in the thread it lives in, and nowhere else, for as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=INTERVAL)
        timer.timeout.connect(self.look)
        timer.start()
        QTimer.singleShot(INTERVAL, self, self.settle)

    def settle(self) -> None:
        """Leave what there is now out of every collection from now on."""
        gc.freeze()

    def look(self) -> None:
        """Collect the oldest generation that is due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return
