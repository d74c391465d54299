"""Files that change, vanish, are open twice, or are not UTF-8."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from maria_editor.document.file_lock import FileLock
from maria_editor.document.recovery import Draft, RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.settings import Settings
from maria_editor.window.comparison import ComparisonCard
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_bytes(b"mine\n")
    return path


@pytest.fixture
def edited(window: MainWindow, path: Path) -> MainWindow:
    """Return the window with an unsaved edit of the file."""
    window.open_path(path)
    window.page.replace([(0, 4, "mine, edited")])
    return window


def replace(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


def step(window: MainWindow, label: str) -> Callable[[], object]:
    return next(step.action for step in window.notices.notice.steps if step.label == label)


def test_saving_over_a_changed_file_asks_first(edited: MainWindow, path: Path) -> None:
    replace(path, b"theirs\n")
    assert not edited.files.save()
    assert path.read_bytes() == b"theirs\n"
    notice = edited.notices.notice
    assert (notice.news, notice.rest) == (
        "This file was changed by another program.",
        "Nothing was written.",
    )
    assert [step.label for step in notice.steps] == ["Compare", "Keep mine", "Load theirs"]
    step(edited, "Keep mine")()
    assert edited.files.save()
    assert path.read_bytes() == b"mine, edited\n"
    # What was overwritten is an earlier version.
    assert edited.safety.versions.ring.all()[0].text == "theirs\n"


def test_a_change_is_noticed_and_theirs_is_one_undo_away(
    edited: MainWindow, path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(edited.safety.disk.noticed):
        replace(path, b"theirs\r\n")
    step(edited, "Load theirs")()
    assert (edited.page.text(), edited.files.is_modified) == ("theirs\n", False)
    assert edited.notices.isHidden()
    edited.page.undo()
    assert (edited.page.text(), edited.files.is_modified) == ("mine, edited\n", True)
    edited.page.redo()
    assert edited.files.save()
    assert path.read_bytes() == b"theirs\r\n"


def test_coming_back_to_the_window_looks_at_the_file(edited: MainWindow, path: Path) -> None:
    edited.safety.disk._watch.watch(None)
    replace(path, b"theirs\n")
    edited.safety.disk.look()
    assert edited.notices.isVisible()
    edited.notices.dismiss()
    edited.safety.disk.look()
    assert edited.notices.isHidden()


def test_comparing_is_no_answer(edited: MainWindow, path: Path) -> None:
    replace(path, b"theirs\n")
    edited.safety.disk.look()
    step(edited, "Compare")()
    (card,) = edited.findChildren(ComparisonCard)
    edited.notices.dismiss()
    card.close_card()
    assert edited.notices.isVisible()
    assert path.read_bytes() == b"theirs\n"


def test_a_deleted_file_is_said_and_saved_again(
    window: MainWindow, path: Path, qtbot: QtBot, recovery: RecoveryStore
) -> None:
    window.open_path(path)
    assert not window.files.is_modified
    with qtbot.waitSignals([window.safety.disk.noticed, recovery.kept]):
        path.unlink()
    assert window.files.is_modified
    assert window.notices.notice.news == "This file was moved or deleted."
    with qtbot.waitSignal(window.files.saved):
        step(window, "Save it again")()
    assert path.read_bytes() == b"mine\n"
    assert not window.files.is_modified


def test_own_saves_say_nothing(edited: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(edited.safety.disk._watch.touched):
        assert edited.files.save()
    assert edited.notices.isHidden()


def test_a_file_of_another_window_opens_as_a_copy(
    window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = FileLock()
    other.take(path)
    assert not window.open_path(path)
    assert window.page.text() == ""
    assert "“a.md” is open in another window since" in window.notices.notice.news
    step(window, "Open a copy")()
    assert (window.page.text(), window.files.path) == ("mine\n", None)
    assert window.files.title == "a copy.md"
    asked: list[str] = []

    def choose(parent: object, title: str, suggestion: str, names: str) -> tuple[str, str]:
        asked.append(suggestion)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    window.page.replace([(0, 4, "copy")])
    # Nor may it be saved over the other window's file.
    assert not window.files.save()
    assert asked == [str(tmp_path / "a copy.md")]
    assert path.read_bytes() == b"mine\n"
    assert "open in another window" in window.notices.notice.news


def test_reading_a_file_of_another_window(window: MainWindow, path: Path) -> None:
    other = FileLock()
    other.take(path)
    window.open_path(path)
    step(window, "Read only")()
    assert window.page.isReadOnly()
    assert window.status.saved.text() == "Read only"
    other.release()
    assert window.open_path(path)
    assert not window.page.isReadOnly()


def test_a_failed_save_elsewhere_keeps_the_claim(edited: MainWindow, path: Path) -> None:
    assert not edited.files.save_path(path.parent / "no folder" / "b.md")
    assert FileLock().take(path) is not None


def test_a_latin_1_file_is_offered_as_a_copy(
    window: MainWindow, tmp_path: Path, recovery: RecoveryStore, qtbot: QtBot
) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes("naïve".encode("latin-1"))
    assert not window.open_path(path)
    notice = window.notices.notice
    assert notice.news == "“old.txt” is not plain UTF-8."
    assert "Western European, Latin-1: “naïve”" in notice.rest
    with qtbot.waitSignal(recovery.kept):
        step(window, "Open a copy")()
    assert (window.page.text(), window.files.path) == ("naïve", None)
    assert window.files.title == "old (UTF-8).txt"
    assert window.files.is_modified


def test_giving_up_a_text_for_a_file_that_does_not_open_gives_up_nothing(
    edited: MainWindow,
    recovery: RecoveryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.DISCARD)
    with qtbot.waitSignal(recovery.kept):
        assert edited.files.may_leave()
        assert not edited.open_path(tmp_path / "missing.md")
    assert edited.page.text() == "mine, edited\n"
    (copy,) = (tmp_path / "recovery").glob("*/copy.json")
    assert "mine, edited" in copy.read_text(encoding="utf-8")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_loses_neither_the_file_nor_the_text(
    edited: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, full)
        assert not edited.files.save()
    assert path.read_bytes() == b"mine\n"
    assert edited.page.text() == "mine, edited\n"
    assert edited.files.is_modified
    assert "no space left" in edited.notices.notice.news + edited.notices.notice.rest
    assert edited.files.save()


@pytest.fixture
def begun(window: MainWindow, path: Path) -> MainWindow:
    """Return the window with the first words of a file that is not there yet."""
    window.show_file(TextFile.begin(path.with_name("new.md")))
    window.page.replace([(0, 0, "first words")])
    return window


def test_a_file_that_is_begun_has_its_name_and_is_saved_there(
    begun: MainWindow, settings: Settings, path: Path
) -> None:
    assert begun.windowTitle().startswith("new.md")
    assert begun.status.saved.text() == "Not saved yet"
    assert begun.notices.isHidden()
    # There is nothing to open again before that.
    assert settings.recent_files == ()
    assert begun.files.save()
    assert path.with_name("new.md").read_bytes() == b"first words"
    assert settings.recent_files == (path.with_name("new.md"),)


def test_the_question_knows_that_it_was_never_saved(
    begun: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stay(card: QuestionCard) -> Answer:
        asked.append(f"{card.title.text()} {card.subtitle.text()}")
        return Answer.STAY

    monkeypatch.setattr(QuestionCard, "ask", stay)
    assert not begun.close()
    assert "“new.md”" in asked[0]
    assert "in no file yet" in asked[0]


def test_a_file_that_others_make_first_is_not_overwritten(begun: MainWindow, path: Path) -> None:
    new = path.with_name("new.md")
    new.write_bytes(b"theirs")
    assert not begun.files.save()
    assert new.read_bytes() == b"theirs"
    assert "changed by another program" in begun.notices.notice.news


@pytest.mark.parametrize("theirs", [None, b"theirs"])
def test_a_crash_before_the_first_save_keeps_the_name_and_overwrites_nobody(
    window: MainWindow, recovery: RecoveryStore, path: Path, tmp_path: Path, theirs: bytes | None
) -> None:
    new = path.with_name("new.md")
    begun = TextFile.begin(new)
    assert begun.stamp is not None
    crashed = RecoveryStore(tmp_path / "recovery")
    crashed.keep(Draft(text="first words", path=new, digest=begun.stamp.digest))
    crashed.close()
    if theirs is not None:
        new.write_bytes(theirs)
    (left,) = recovery.left_behind()
    assert window.files.restore(left)
    assert (window.page.text(), window.files.path) == ("first words", new)
    assert window.files.save() is (theirs is None)
    assert new.read_bytes() == (theirs or b"first words")


def test_the_caret_comes_back_to_its_place(
    window: MainWindow, settings: Settings, path: Path
) -> None:
    window.open_path(path)
    cursor = window.page.textCursor()
    cursor.setPosition(3)
    window.page.setTextCursor(cursor)
    window.files.remember_place()
    assert settings.last_place == (path, 3)
    window.show_file(TextFile.load(path))
    assert window.page.textCursor().position() == 3
    path.write_bytes(b"m")
    window.show_file(TextFile.load(path))
    assert window.page.textCursor().position() == 1
    window.show_file(TextFile())
    window.files.remember_place()
    assert settings.last_place[0] is None
