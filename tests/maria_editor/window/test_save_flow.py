"""Saving while the writer goes on: nothing is lost, whenever and however it ends."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from maria_editor.document import storage
from maria_editor.document.storage import TextFile
from maria_editor.window.main_window import MainWindow
from maria_editor.window.question import Answer, QuestionCard
from maria_editor.window.save_flow import FILTER
from maria_editor.window.saving_card import SavingCard

FULL = OSError(28, "No space left on device")
TEXT_KIND, ALL_KINDS = FILTER.split(";;")


class SlowDisk:
    """A disk that holds every write back until it is let go, or fails."""

    def __init__(self) -> None:
        self._gate = threading.Event()
        self.reached = threading.Event()
        self.failure: OSError | None = None
        self._sync = os.fsync

    def sync(self, descriptor: int) -> None:
        if threading.current_thread().name.startswith("saving"):
            self.reached.set()
            assert self._gate.wait(60)
            if self.failure is not None:
                raise self.failure
        self._sync(descriptor)

    def let_go(self, failure: OSError | None = None) -> None:
        self.failure = failure
        self._gate.set()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    monkeypatch.setattr(os, "fsync", disk.sync)
    yield disk
    disk.let_go()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_bytes(b"old\n")
    return path


@pytest.fixture
def saving(disk: SlowDisk, window: MainWindow, path: Path) -> MainWindow:
    """Return the window in the middle of saving `new`."""
    window.open_path(path)
    window.page.replace([(0, 3, "new")])
    window.commands["save"].trigger()
    assert disk.reached.wait(60)
    return window


def add(window: MainWindow, words: str) -> None:
    end = len(window.page.text()) - 1
    window.page.replace([(end, end, words)])


def copies(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "recovery").glob("*/copy.json"))


def test_the_window_lives_while_the_disk_is_slow(
    saving: MainWindow, disk: SlowDisk, path: Path, qtbot: QtBot
) -> None:
    assert path.read_bytes() == b"old\n"
    # Not there yet, so it does not say that it is.
    assert saving.isWindowModified()
    assert saving.status.saved.text() == "Not saved yet"
    with qtbot.waitSignal(saving.files.saved):
        disk.let_go()
    assert path.read_bytes() == b"new\n"
    assert not saving.isWindowModified()
    assert saving.status.saved.text().startswith("Saved ")
    assert not saving.files.is_saving


def test_a_kill_meanwhile_would_lose_nothing(
    saving: MainWindow, disk: SlowDisk, path: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    add(saving, " words")
    qtbot.waitUntil(lambda: any("new words" in c.read_text() for c in copies(tmp_path)))
    assert path.read_bytes() == b"old\n"
    assert saving.files.is_saving
    # Or closing the window would wait.
    disk.let_go()


def test_what_is_typed_meanwhile_stays_unsaved(
    saving: MainWindow, disk: SlowDisk, path: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    add(saving, " words")
    with qtbot.waitSignal(saving.files.saved):
        disk.let_go()
    assert path.read_bytes() == b"new\n"
    assert saving.isWindowModified()
    assert saving.status.saved.text() == "Not saved yet"
    qtbot.waitUntil(lambda: any("new words" in c.read_text() for c in copies(tmp_path)))
    saving.page.undo()
    assert not saving.isWindowModified()
    saving.page.undo()
    # The text from before is not what is in the file any more.
    assert saving.page.text() == "old\n"
    assert saving.isWindowModified()
    saving.page.redo()
    saving.page.redo()
    assert saving.files.save()
    assert path.read_bytes() == b"new words\n"


def test_a_second_wish_waits_and_has_the_newest_words(
    saving: MainWindow, disk: SlowDisk, path: Path, qtbot: QtBot
) -> None:
    add(saving, " words")
    saving.commands["save"].trigger()
    add(saving, " and more")
    saving.commands["save"].trigger()
    with qtbot.waitSignals([saving.files.saved] * 2):
        disk.let_go()
    assert path.read_bytes() == b"new words and more\n"
    assert not saving.files.is_modified
    assert not saving.files.is_saving


@pytest.mark.parametrize("typed", ["", " words"])
def test_a_failure_is_told_and_the_text_is_unsaved(
    saving: MainWindow, disk: SlowDisk, path: Path, tmp_path: Path, qtbot: QtBot, typed: str
) -> None:
    if typed:
        add(saving, typed)
    with qtbot.waitSignal(saving.files.save_failed):
        disk.let_go(FULL)
    assert path.read_bytes() == b"old\n"
    assert "no space left" in saving.notices.notice.news
    assert saving.status.saved.text() == "Could not save"
    assert saving.isWindowModified()
    qtbot.waitUntil(lambda: any(f"new{typed}" in c.read_text() for c in copies(tmp_path)))
    for _ in range(2):
        # No step back leads to a text that counts as saved without being so.
        saving.page.undo()
        assert saving.isWindowModified()
    saving.page.redo()
    saving.page.redo()
    disk.failure = None
    assert saving.files.save()
    assert path.read_bytes() == f"new{typed}\n".encode()


class DiskOfTurns(SlowDisk):
    """A disk that holds each text back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = threading.Semaphore(0)

    def sync(self, descriptor: int) -> None:
        is_text = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if is_text and threading.current_thread().name.startswith("saving"):
            assert self.turns.acquire(timeout=60)
        self._sync(descriptor)


def test_a_slow_save_says_so_until_the_last_is_there(
    window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    turns = DiskOfTurns()
    monkeypatch.setattr(os, "fsync", turns.sync)
    saved = window.status.saved
    said: list[str] = []
    window.files.changed.connect(lambda: said.append(saved.text()))
    window.open_path(path)
    window.page.replace([(0, 3, "new")])
    window.commands["save"].trigger()
    window.commands["save"].trigger()
    # The second would write the same: nothing waits.
    qtbot.waitUntil(lambda: saved.text() == "Saving…")
    add(window, " words")
    qtbot.waitUntil(lambda: saved.text() == "Saving, one more waits…")
    assert window.isWindowModified()
    said.clear()
    with qtbot.waitSignal(window.files.saved):
        turns.turns.release()
    assert path.read_bytes() == b"new\n"
    assert saved.text() == "Saving…"
    assert said
    assert all(words.startswith("Saving") for words in said)
    assert window.isWindowModified()
    with qtbot.waitSignal(window.files.saved):
        turns.turns.release()
    assert path.read_bytes() == b"new words\n"
    assert saved.text().startswith("Saved ")
    assert not window.isWindowModified()


def test_a_slow_save_that_fails_or_is_overtaken_is_saving_no_more(
    saving: MainWindow, disk: SlowDisk, path: Path, qtbot: QtBot
) -> None:
    saved = saving.status.saved
    qtbot.waitUntil(lambda: saved.text() == "Saving…")
    with qtbot.waitSignal(saving.files.save_failed):
        disk.let_go(FULL)
    assert saved.text() == "Could not save"
    disk.failure = None
    path.write_bytes(b"theirs")
    assert not saving.files.save()
    assert saved.text() == "Not saved yet"
    assert not saving.files.is_slow


def cards(window: MainWindow) -> list[SavingCard]:
    return [card for card in window.findChildren(SavingCard) if card.isVisible()]


def test_closing_waits_for_it_and_the_window_lives(
    saving: MainWindow, disk: SlowDisk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: pytest.fail("asked"))
    ticks: list[str] = []

    def look() -> None:
        if cards(saving):
            ticks.append(cards(saving)[0].title.text())
            # Another wish to leave changes nothing.
            ticks.append(str(saving.files.may_leave()))
            disk.let_go()
        else:
            QTimer.singleShot(10, look)

    look()
    assert saving.close()
    assert ticks == ["Saving “a.md”…", "False"]
    assert path.read_bytes() == b"new\n"
    assert not cards(saving)


def test_who_would_rather_stay_stays_and_the_text_is_saved(
    saving: MainWindow, disk: SlowDisk, path: Path, qtbot: QtBot
) -> None:
    def stay() -> None:
        if cards(saving):
            cards(saving)[0].stay.click()
        else:
            QTimer.singleShot(10, stay)

    stay()
    assert not saving.close()
    assert saving.isVisible()
    with qtbot.waitSignal(saving.files.saved):
        disk.let_go()
    assert path.read_bytes() == b"new\n"


def test_what_is_typed_while_closing_waits_is_asked_about(
    saving: MainWindow, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[QuestionCard] = []
    monkeypatch.setattr(QuestionCard, "ask", lambda card: (asked.append(card), Answer.STAY)[1])

    def write() -> None:
        add(saving, " words")
        disk.let_go()

    QTimer.singleShot(0, write)
    assert not saving.close()
    assert len(asked) == 1
    assert saving.page.text() == "new words\n"


def test_saving_at_the_end_is_waited_for_too(
    window: MainWindow, disk: SlowDisk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuestionCard, "ask", lambda card: Answer.SAVE)
    window.open_path(path)
    add(window, " words")

    def let_go() -> None:
        if cards(window):
            disk.let_go()
        else:
            QTimer.singleShot(10, let_go)

    let_go()
    assert window.close()
    assert path.read_bytes() == b"old words\n"


@pytest.mark.parametrize("failure", [None, FULL])
def test_closing_asks_about_what_did_not_arrive(
    saving: MainWindow,
    disk: SlowDisk,
    monkeypatch: pytest.MonkeyPatch,
    failure: OSError | None,
) -> None:
    asked: list[QuestionCard] = []
    monkeypatch.setattr(QuestionCard, "ask", lambda card: (asked.append(card), Answer.STAY)[1])
    if failure is None:
        add(saving, " words")
    disk.let_go(failure)
    assert not saving.close()
    assert len(asked) == 1
    assert saving.files.is_modified


def test_another_text_waits_for_it(
    saving: MainWindow, disk: SlowDisk, path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "b.md"
    other.write_bytes(b"other\n")
    disk.let_go()
    assert saving.open_path(other)
    assert path.read_bytes() == b"new\n"
    assert (saving.page.text(), saving.files.path) == ("other\n", other)
    assert not saving.files.is_modified


def test_the_file_on_its_way_is_no_change_by_others(
    saving: MainWindow, disk: SlowDisk, path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    renamed, looked = threading.Event(), threading.Event()

    def sync_folder(folder: Path) -> None:
        renamed.set()
        assert looked.wait(60)

    monkeypatch.setattr(storage, "_sync_folder", sync_folder)
    disk.let_go()
    assert renamed.wait(60)
    assert path.read_bytes() == b"new\n"
    saving.safety.disk.look()
    assert saving.notices.isHidden()
    with qtbot.waitSignal(saving.files.saved):
        looked.set()
    saving.safety.disk.look()
    assert saving.notices.isHidden()


def written_by_another(path: Path) -> None:
    path.write_bytes(b"theirs, meanwhile\n")


def replaced_by_another(path: Path) -> None:
    # Of the very length that was there.
    other = path.with_name("other")
    other.write_bytes(b"OLD\n")
    other.replace(path)


@pytest.mark.parametrize("change", [written_by_another, replaced_by_another])
def test_what_another_program_writes_meanwhile_is_not_overwritten(
    saving: MainWindow,
    disk: SlowDisk,
    path: Path,
    tmp_path: Path,
    qtbot: QtBot,
    change: Callable[[Path], None],
) -> None:
    change(path)
    theirs = path.read_bytes()
    with qtbot.waitSignal(saving.files.overtaken):
        disk.let_go()
    assert path.read_bytes() == theirs
    assert list(tmp_path.glob(".*")) == []
    notice = saving.notices.notice
    assert saving.notices.isVisible()
    assert notice.news == "This file was changed by another program."
    assert notice.rest == "Nothing was written."
    assert [step.label for step in notice.steps] == ["Compare", "Keep mine", "Load theirs"]
    assert saving.isWindowModified()
    assert saving.status.saved.text() == "Not saved yet"
    qtbot.waitUntil(lambda: any("new" in c.read_text() for c in copies(tmp_path)))
    saving.page.undo()
    assert saving.isWindowModified()
    saving.page.redo()
    notice.steps[1].action()
    assert saving.files.save()
    assert path.read_bytes() == b"new\n"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_name_that_another_program_takes_meanwhile_is_theirs(
    disk: SlowDisk,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    has_links: bool,
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    new = tmp_path / "n2.md"
    window.show_file(TextFile.begin(new))
    window.page.replace([(0, 0, "mine")])
    window.commands["save"].trigger()
    assert disk.reached.wait(60)
    new.write_bytes(b"theirs")
    with qtbot.waitSignal(window.files.overtaken):
        disk.let_go()
    assert new.read_bytes() == b"theirs"
    assert list(tmp_path.glob(".*")) == []
    assert window.files.is_modified
    new.unlink()
    assert window.files.save()
    assert new.read_bytes() == b"mine"
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("before", [None, b"chosen to go"])
def test_a_name_that_waits_is_as_it_was_when_chosen(
    saving: MainWindow, disk: SlowDisk, path: Path, qtbot: QtBot, before: bytes | None
) -> None:
    other = path.with_name("b.md")
    if before is not None:
        other.write_bytes(before)
    assert saving.files.begin_saving_to(other)
    other.write_bytes(b"theirs, since")
    with qtbot.waitSignal(saving.files.save_failed):
        disk.let_go()
    assert (path.read_bytes(), other.read_bytes()) == (b"new\n", b"theirs, since")
    assert saving.files.path == path
    assert "Another program made or changed" in saving.notices.notice.news
    # Having been told, the writer may choose it again.
    assert saving.files.save_path(other)
    assert other.read_bytes() == b"new\n"


@pytest.mark.parametrize(
    ("opened", "typed", "kind", "saved"),
    [
        (None, "tale2", TEXT_KIND, "tale2.md"),
        (None, "tale2.txt", TEXT_KIND, "tale2.txt"),
        (None, "tale 2.5", TEXT_KIND, "tale 2.5.md"),
        (None, "Chapter 1. Home", "", "Chapter 1. Home.md"),
        (None, "tale2", ALL_KINDS, "tale2"),
        ("one.txt", "tale2", TEXT_KIND, "tale2.txt"),
        ("one.txt", "tale2.md", TEXT_KIND, "tale2.md"),
        ("one", "tale2", TEXT_KIND, "tale2"),
    ],
)
def test_a_name_says_of_what_kind_it_is(
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: str | None,
    typed: str,
    kind: str,
    saved: str,
) -> None:
    if opened is not None:
        (tmp_path / opened).write_bytes(b"words\n")
        window.open_path(tmp_path / opened)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), kind))
    assert window.files.save_as()
    assert {path.name for path in tmp_path.glob("*") if path.is_file()} >= {saved}
    assert window.files.path == tmp_path / saved


@pytest.mark.parametrize("answer", [Answer.SAVE, Answer.STAY])
def test_the_file_of_the_full_name_is_not_replaced_unasked(
    window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QuestionCard, "ask", lambda card: asked.append(card.title.text()) or answer)
    name = str(path.with_suffix(""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (name, TEXT_KIND))
    window.page.replace([(0, 0, "new")])
    assert window.files.save_as() is (answer is Answer.SAVE)
    assert asked == ["“a.md” is there already. Replace it?"]
    assert path.read_bytes() == (b"new" if answer is Answer.SAVE else b"old\n")


def test_a_first_name_is_asked_for_once(
    disk: SlowDisk,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    names = [str(tmp_path / "first.md")]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (names.pop(), ""))
    window.page.load("")
    window.page.replace([(0, 0, "one\n")])
    window.commands["save"].trigger()
    assert disk.reached.wait(60)
    add(window, " two")
    window.commands["save"].trigger()
    with qtbot.waitSignals([window.files.saved] * 2):
        disk.let_go()
    assert (tmp_path / "first.md").read_bytes() == b"one two\n"
    assert window.files.path == tmp_path / "first.md"


def test_a_first_name_that_fails_saves_nothing_elsewhere(
    disk: SlowDisk,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    names = [str(tmp_path / "first.md")]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (names.pop(), ""))
    window.page.replace([(0, 0, "one")])
    window.commands["save"].trigger()
    window.commands["save"].trigger()
    with qtbot.waitSignal(window.files.save_failed):
        disk.let_go(FULL)
    assert not window.files.is_saving
    assert window.files.path is None
    assert window.files.is_modified


def test_an_unsaved_copy_of_a_saved_text_that_fails_leaves_it_saved(
    disk: SlowDisk, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    window.open_path(path)
    disk.let_go(FULL)
    assert not window.files.save_path(tmp_path / "b.md")
    assert not window.files.is_modified
    assert window.files.path == path


def test_writing_leaves_the_file_that_it_writes_as_it_was(path: Path, tmp_path: Path) -> None:
    file = TextFile.load(path)
    before = dict(vars(file))
    written = file.write("new\n", tmp_path / "b.md")
    assert vars(file) == before
    assert (written.path, written.text) == (tmp_path / "b.md", "new\n")
    assert path.read_bytes() == b"old\n"
