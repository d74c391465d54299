from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.document import recovery
from maria_editor.document.recovery import Draft, RecoveryStore

TEXT = "Line one\nhalf a pair \ud83d, a whole 😀, a no-break\u00a0space\u2028"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def store(qapp: object, folder: Path) -> Iterator[RecoveryStore]:
    store = RecoveryStore(folder)
    yield store
    store.close()


def crash(store: RecoveryStore) -> None:
    """End a store as a crash does, with its last copy written."""
    store.close()


def test_what_a_crash_leaves_is_found(store: RecoveryStore, folder: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(store.kept) as kept:
        store.keep(Draft(text=TEXT, path=Path("/home/a/b.txt"), digest="abc", place=3))
    crash(store)
    (found,) = RecoveryStore(folder).left_behind()
    assert (found.text, found.place) == (TEXT, 3)
    assert found.path == Path("/home/a/b.txt")
    assert found.digest == "abc"
    assert found.kept_at == kept.args[0]
    assert timedelta(0) <= datetime.now(UTC) - found.kept_at < timedelta(minutes=1)


def test_an_edit_is_kept_within_two_seconds_while_typing_goes_on(
    store: RecoveryStore, folder: Path, qtbot: QtBot
) -> None:
    typed: list[str] = []
    store.watch(lambda: Draft(text="".join(typed)))

    def type_a_letter() -> None:
        typed.append("x")
        store.note_edit()

    from PySide6.QtCore import QTimer

    typing = QTimer(interval=20)
    typing.timeout.connect(type_a_letter)
    typing.start()
    with qtbot.waitSignal(store.kept, timeout=2000):
        type_a_letter()
    typing.stop()
    crash(store)
    (found,) = RecoveryStore(folder).left_behind()
    assert len(found.text) > 10
    assert found.path is None


def test_the_text_is_read_when_a_letter_has_been_painted(
    folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From some moment on the next edit asks for it, and not in the middle of that edit."""
    monkeypatch.setattr(recovery, "_KEEP_FROM_MS", 0)
    monkeypatch.setattr(recovery, "_KEEP_AFTER_MS", 10**8)
    store = RecoveryStore(folder)
    read: list[str] = []
    edits: list[str] = []

    def snapshot() -> Draft:
        read.append(edits[-1])
        return Draft(text=edits[-1])

    store.watch(snapshot)
    for edit in ("first", "second"):
        edits.append(edit)
        store.note_edit()
        assert read == []
    with qtbot.waitSignal(store.kept):
        pass
    assert read == ["second"]
    store.close()


def test_a_text_saved_before_its_letter_is_painted_is_not_read(
    store: RecoveryStore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_KEEP_FROM_MS", 0)
    store.watch(lambda: pytest.fail("read after all"))
    store.note_edit()
    store.note_edit()
    store.discard()
    qtbot.waitUntil(lambda: not store._painted.isActive())


def test_closing_keeps_the_last_edits(store: RecoveryStore, folder: Path) -> None:
    store.watch(lambda: Draft(text="typed just now"))
    store.note_edit()
    store.close()
    (found,) = RecoveryStore(folder).left_behind()
    assert found.text == "typed just now"


def test_a_closed_store_leaves_its_copy_alone(
    store: RecoveryStore, folder: Path, qtbot: QtBot
) -> None:
    store.watch(lambda: Draft(text="typed later"))
    store.keep(Draft(text="typed before"))
    store.close()
    store.note_edit()
    store.keep(Draft(text="typed later"))
    store.discard()
    store.close()
    (found,) = RecoveryStore(folder).left_behind()
    assert found.text == "typed before"


def test_a_saved_text_leaves_nothing(store: RecoveryStore, folder: Path, qtbot: QtBot) -> None:
    store.keep(Draft(text="a"))
    store.note_edit()
    store.discard()
    store.close()
    assert RecoveryStore(folder).left_behind() == ()
    assert list(folder.iterdir()) == []


def test_an_editor_that_still_runs_is_left_alone(
    store: RecoveryStore, folder: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(store.kept):
        store.keep(Draft(text="mine"))
    assert store.left_behind() == ()
    assert RecoveryStore(folder).left_behind() == ()


def test_forgetting_deletes_one_and_the_newest_comes_first(folder: Path, qtbot: QtBot) -> None:
    for text in ("older", "newer"):
        store = RecoveryStore(folder)
        with qtbot.waitSignal(store.kept):
            store.keep(Draft(text=text))
        crash(store)
    finder = RecoveryStore(folder)
    newer, older = finder.left_behind()
    assert (newer.text, older.text) == ("newer", "older")
    finder.forget(newer)
    assert finder.left_behind() == (older,)


def test_a_text_that_is_taken_over_is_on_disk_all_the_time(
    store: RecoveryStore, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = RecoveryStore(folder)
    earlier.keep(Draft(text="lost words", path=Path("/a"), digest="abc"))
    crash(earlier)
    (found,) = store.left_behind()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with qtbot.waitSignal(store.failed):
            assert store.adopt(found)
    # Not on disk anew, so the old copy stays.
    assert found.folder.is_dir()
    # The claim of the first try is let go just after it says that it failed.
    qtbot.waitUntil(lambda: store.adopt(found))
    crash(store)
    (again,) = RecoveryStore(folder).left_behind()
    assert (again.text, again.path, again.digest) == ("lost words", Path("/a"), "abc")
    assert again.folder != found.folder


def test_a_text_is_taken_over_by_one_editor_only(store: RecoveryStore, folder: Path) -> None:
    earlier, other = RecoveryStore(folder), RecoveryStore(folder)
    earlier.keep(Draft(text="lost words"))
    crash(earlier)
    (found,) = store.left_behind()
    assert other.adopt(found)
    other.close()
    assert not store.adopt(found)


def test_an_editor_that_crashed_with_all_saved_leaves_no_folder(folder: Path, qtbot: QtBot) -> None:
    (folder / "gone").mkdir(parents=True)
    (folder / "gone" / "lock").touch()
    (folder / "gone" / ".copy.json.half").touch()
    (folder / "gone with more").mkdir()
    (folder / "gone with more" / "letter.txt").touch()
    assert RecoveryStore(folder).left_behind() == ()
    assert [path.name for path in folder.iterdir()] == ["gone with more"]


def test_damaged_copies_are_passed_over(folder: Path, qapp: object) -> None:
    for number, content in enumerate([b"", b"{", b"[]", b'{"text": 1}', b"\xff"]):
        (folder / str(number)).mkdir(parents=True)
        (folder / str(number) / "copy.json").write_bytes(content)
    (folder / "stray file").touch()
    assert RecoveryStore(folder).left_behind() == ()


def test_a_full_disk_is_said(
    store: RecoveryStore, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with qtbot.waitSignal(store.failed) as failed:
        store.keep(Draft(text="a"))
    assert "Save it soon" in failed.args[0]
    monkeypatch.undo()
    with qtbot.waitSignal(store.kept):
        store.keep(Draft(text="a"))


PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from maria_editor.document import recovery
from maria_editor.document.recovery import Draft, RecoveryStore

app = QCoreApplication([])
store = RecoveryStore(Path(sys.argv[1]))
words = []
store.watch(lambda: Draft(text=" ".join(words)))
store.kept.connect(lambda kept_at: print(len(words), flush=True))

def write():
    words.append("word")
    store.note_edit()

timer = QTimer(interval=1)
timer.timeout.connect(write)
timer.start()
app.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_kill_9_loses_nothing_that_was_kept(folder: Path, qapp: object) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as editor:
        assert editor.stdout is not None
        editor.stdout.readline()
        second = int(editor.stdout.readline())
        editor.send_signal(signal.SIGKILL)
    (found,) = RecoveryStore(folder).left_behind()
    # Two keepings are at most two seconds apart; by the second one, the words of the first are in.
    assert set(found.text.split()) == {"word"}
    assert len(found.text.split()) <= second
    assert len(found.text.split()) > 50
