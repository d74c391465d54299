"""Recent files, and files dropped on the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.settings import Settings
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard


@pytest.fixture
def paths(tmp_path: Path, settings: Settings) -> list[Path]:
    found = []
    for name in ("one/a.md", "two/a.md", "b & c.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, encoding="utf-8")
        settings.add_recent_file(path)
        found.append(path)
    return found


def labels(window: MainWindow) -> list[str]:
    window.opening.menu.aboutToShow.emit()
    return [action.text() for action in window.opening.menu.actions()]


def test_recent_files_open_from_their_menu(window: MainWindow, paths: list[Path]) -> None:
    assert labels(window) == ["b && c.md", "a.md (two)", "a.md (one)", "", "Clear this list"]
    window.opening.menu.actions()[2].trigger()
    assert window.page.text() == "one/a.md"
    assert labels(window)[0] == "a.md (one)"
    window.opening.menu.actions()[-1].trigger()
    assert labels(window) == ["No files yet"]


def test_a_recent_file_that_is_gone_is_said(window: MainWindow, paths: list[Path]) -> None:
    paths[0].unlink()
    labels(window)
    window.opening.menu.actions()[2].trigger()
    assert "does not exist" in window.notices.notice.news


def drop(window: MainWindow, data: QMimeData) -> bool:
    spot, left = QPoint(40, 40), Qt.MouseButton.LeftButton
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(spot, copy, data, left, none)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(spot), copy, data, left, none))
    return enter.isAccepted()


def test_a_dropped_file_opens(window: MainWindow, paths: list[Path], qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(paths[0]))])
    assert not window.page.canInsertFromMimeData(data)
    assert drop(window, data)
    qtbot.waitUntil(lambda: window.page.text() == "one/a.md")


def test_unsaved_writing_stays_when_the_writer_says_so(
    window: MainWindow, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.STAY)
    window.page.replace([(0, 0, "mine")])
    window.opening.open(paths[0])
    assert window.page.text() == "mine"


def test_dropped_words_are_the_pages_own(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("words")
    assert window.page.canInsertFromMimeData(data)
    assert not drop(window, data)
