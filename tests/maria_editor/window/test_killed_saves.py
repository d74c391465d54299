"""What a killed saving leaves beside the manuscript goes when the file is opened or saved."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maria_editor.document.file_lock import FileLock
from maria_editor.document.storage import write_beside
from maria_editor.window.main_window import MainWindow

KILLED_WHILE_SAVING = """
import os, signal, sys
from maria_editor.document.storage import TextFile
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
TextFile().save("prose", sys.argv[1])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "texts" / "a.md"
    path.parent.mkdir()
    path.write_bytes(b"old\n")
    return path


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed like that there")
def test_what_a_kill_left_goes_when_the_file_is_opened_or_saved(
    path: Path, window: MainWindow
) -> None:
    def kill_a_saving() -> None:
        subprocess.run([sys.executable, "-c", KILLED_WHILE_SAVING, str(path)], check=False)
        assert len(names(path)) == 2

    kill_a_saving()
    assert window.open_path(path)
    assert names(path) == {"a.md"}
    kill_a_saving()
    window.page.replace([(0, 3, "new")])
    assert window.files.save()
    assert names(path) == {"a.md"}
    assert path.read_bytes() == b"new\n"


def test_what_another_window_writes_stays(path: Path, window: MainWindow) -> None:
    other = FileLock()
    other.take(path)
    theirs = write_beside(path, b"on its way")
    assert not window.open_path(path)
    window.notices.notice.steps[1].action()
    assert window.files.is_read_only
    assert theirs.exists()


def test_where_no_lock_can_be_kept_nothing_is_removed(
    path: Path, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("maria_editor.document.file_lock.hold", full)
    left = write_beside(path, b"perhaps on its way")
    assert window.open_path(path)
    assert left.exists()
