"""Cyclic garbage goes in the window's thread alone."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

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


def test_what_there_is_at_the_start_is_looked_through_no_more(qtbot: QtBot) -> None:
    was_enabled = gc.isenabled()
    parent = QObject()
    early = Ring()
    collector = GarbageCollector(parent)
    try:
        assert not gc.get_freeze_count()
        qtbot.waitUntil(lambda: gc.get_freeze_count() > 0)
        looked_through = gc.get_objects()
        assert not any(found is early for found in looked_through)
        late = Ring()
        assert any(found is late for found in gc.get_objects())
        collector.look()
    finally:
        gc.unfreeze()
        (gc.enable if was_enabled else gc.disable)()
