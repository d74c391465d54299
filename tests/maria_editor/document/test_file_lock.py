from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maria_editor.document.file_lock import FileLock, LockHolder, is_open
from maria_editor.paths import locks_path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from pathlib import Path
from maria_editor.document.file_lock import FileLock
lock = FileLock()
print(lock.take(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text("a", encoding="utf-8")
    return path


def test_the_second_window_is_told_who_has_the_file(path: Path) -> None:
    first, second = FileLock(), FileLock()
    assert first.take(path) is None
    assert first.take(path) is None
    assert is_open(path)
    holder = second.take(path)
    assert holder is not None
    assert holder.process == os.getpid()
    assert holder.since is not None
    assert timedelta(0) <= datetime.now(UTC) - holder.since < timedelta(minutes=1)
    first.release()
    assert not is_open(path)
    assert second.take(path) is None


def test_one_lock_is_for_one_file_and_failing_keeps_the_last(tmp_path: Path, path: Path) -> None:
    first, second, other = FileLock(), FileLock(), tmp_path / "b.md"
    first.take(path)
    second.take(other)
    assert second.take(path) is not None
    assert is_open(other)
    first.release()
    assert second.take(path) is None
    assert not is_open(other)


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_file_by_another_name_is_the_same_file(tmp_path: Path, path: Path) -> None:
    (tmp_path / "link.md").symlink_to(path)
    first, second = FileLock(), FileLock()
    first.take(path)
    assert second.take(tmp_path / "link.md") is not None


def test_nothing_stays_behind(path: Path) -> None:
    lock = FileLock()
    lock.take(path)
    lock.release()
    lock.release()
    if sys.platform != "win32":
        assert list(locks_path().iterdir()) == []
    assert [entry.name for entry in path.parent.iterdir()] == ["a.md"]


def test_without_a_place_for_locks_the_file_opens_all_the_same(tmp_path: Path, path: Path) -> None:
    (tmp_path / "file").touch()
    assert FileLock(tmp_path / "file" / "locks").take(path) is None


def test_an_unreadable_claim_still_counts(path: Path) -> None:
    first, second = FileLock(), FileLock()
    first.take(path)
    (lock,) = locks_path().iterdir()
    lock.write_bytes(b"\xff")
    assert second.take(path) == LockHolder()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_the_lock_of_a_killed_editor_is_free(path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as editor:
        assert editor.stdout is not None
        assert editor.stdout.readline() == "None\n"
        holder = FileLock().take(path)
        assert holder is not None
        assert holder.process == editor.pid
        editor.send_signal(signal.SIGKILL)
    assert FileLock().take(path) is None
