"""Whether a file is still the one that was read, and noticing that something happened to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.document.file_stamp import DiskState
from maria_editor.document.file_watch import FileWatch
from maria_editor.document.storage import TextFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_bytes(b"mine")
    return path


def replace(path: Path, data: bytes) -> None:
    """Write as other editors do: a new file, renamed over the old one."""
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


def test_own_saves_are_no_changes(path: Path) -> None:
    file = TextFile.load(path)
    assert file.disk_state() is DiskState.SAME
    file.save("another text")
    assert file.disk_state() is DiskState.SAME
    assert TextFile().disk_state() is DiskState.SAME


def test_changes_by_others(path: Path) -> None:
    file = TextFile.load(path)
    path.write_bytes(b"their")
    assert file.disk_state() is DiskState.CHANGED
    replace(path, b"more of theirs")
    assert file.disk_state() is DiskState.CHANGED
    path.unlink()
    assert file.disk_state() is DiskState.GONE
    replace(path, b"mine")
    assert file.disk_state() is DiskState.SAME


def test_a_change_of_the_same_length_is_found(path: Path) -> None:
    file = TextFile.load(path)
    replace(path, b"MINE")
    assert file.disk_state() is DiskState.CHANGED


def test_a_file_that_is_begun_changes_when_others_make_it(path: Path) -> None:
    new = path.with_name("new.md")
    file = TextFile.begin(new)
    assert file.disk_state() is DiskState.SAME
    new.write_bytes(b"")
    assert file.disk_state() is DiskState.CHANGED
    new.unlink()
    assert file.disk_state() is DiskState.SAME


def test_touching_is_no_change(path: Path) -> None:
    file = TextFile.load(path)
    os.utime(path, (1, 1))
    assert file.disk_state() is DiskState.SAME


def test_a_text_that_reads_another_way_is_saved_beside(path: Path) -> None:
    file = TextFile.load(path)
    file.save("elsewhere", path.with_name("b.md"))
    path.unlink()
    assert file.disk_state() is DiskState.SAME


def test_every_kind_of_change_is_noticed(path: Path, qtbot: QtBot) -> None:
    watch = FileWatch()
    watch.watch(path)
    for change in (
        lambda: path.write_bytes(b"in place"),
        lambda: replace(path, b"first replacement"),
        lambda: replace(path, b"second replacement"),
        path.unlink,
        lambda: path.write_bytes(b"here again"),
        lambda: path.write_bytes(b"in place again"),
    ):
        with qtbot.waitSignal(watch.touched):
            change()


def test_the_last_file_is_watched_no_more(path: Path, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "b.md"
    other.write_bytes(b"b")
    watch = FileWatch()
    watch.watch(path)
    watch.watch(other)
    assert watch._watcher.files() == [str(other)]
    assert watch._watcher.directories() == [str(other.parent)]
    watch.watch(None)
    assert watch._watcher.files() + watch._watcher.directories() == []
