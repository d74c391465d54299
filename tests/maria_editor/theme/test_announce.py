"""A screen reader hears no more than it can say: one thing at a time, and then the latest."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from maria_editor.theme.announce import Announcer, announce


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []

    def hear(event: QAccessibleAnnouncementEvent) -> None:
        said.append(event.message())

    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    return said


def test_the_first_is_heard_at_once_and_of_the_rest_the_latest(
    heard: list[str], qtbot: QtBot
) -> None:
    source = QWidget()
    qtbot.addWidget(source)
    announcer = Announcer(source, pause_ms=20)
    for words in ("slate", "stone", "snow"):
        announcer.say(source, words)
    assert heard == ["slate"]
    qtbot.waitUntil(lambda: len(heard) > 1)
    assert heard == ["slate", "snow"]


def test_what_has_gone_meanwhile_says_nothing(heard: list[str], qtbot: QtBot) -> None:
    stays, goes = QWidget(), QWidget()
    qtbot.addWidget(stays)
    announcer = Announcer(stays, pause_ms=20)
    announcer.say(stays, "first")
    announcer.say(goes, "never")
    goes.deleteLater()
    QApplication.sendPostedEvents(goes, QEvent.Type.DeferredDelete.value)
    with qtbot.waitSignal(announcer.ready):
        pass
    announcer.say(stays, "last")
    assert heard == ["first", "last"]


def test_all_of_a_program_share_one_voice(heard: list[str], qtbot: QtBot) -> None:
    one, other = QWidget(), QWidget()
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    announce(one, "")
    announce(one, "Saved.")
    announce(other, "2 blanks filled.")
    app = QCoreApplication.instance()
    assert app is not None
    assert len(app.findChildren(Announcer)) == 1
    assert len(heard) <= 1
