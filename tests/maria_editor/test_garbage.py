"""Cyclic garbage goes in the window's thread alone."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QObject

from maria_editor.garbage import GarbageCollector


class Ring:
    """An object that only the cyclic collector ends."""

    def __init__(self) -> None:
        self.itself = self


def make_rings(count: int) -> None:
    for _ in range(count):
        Ring()


def test_no_other_thread_collects(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    was_enabled = gc.isenabled()
    parent = QObject()
    collector = GarbageCollector(parent)
    try:
        ring = weakref.ref(Ring())
        monkeypatch.setattr(gc, "get_threshold", lambda: (100, 10, 10))
        thread = threading.Thread(target=make_rings, args=(20_000,))
        thread.start()
        thread.join()
        assert ring() is not None
        for _ in range(3):
            collector.look()
        assert ring() is None
    finally:
        (gc.enable if was_enabled else gc.disable)()
