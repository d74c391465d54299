from __future__ import annotations

import os
from pathlib import Path

import pytest

from maria_editor.document import snapshots
from maria_editor.document.snapshots import SnapshotRing
from maria_editor.paths import versions_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.md"


def texts(ring: SnapshotRing) -> list[str]:
    return [version.text for version in ring.all()]


def test_versions_are_there_after_a_new_start_the_newest_first(path: Path) -> None:
    ring = SnapshotRing()
    ring.turn_to(path)
    ring.take("one \ud83d 😀\u00a0", "filling blanks")
    ring.take("two", "refining")
    ring.close()
    again = SnapshotRing()
    again.turn_to(path)
    assert texts(again) == ["two", "one \ud83d 😀\u00a0"]
    assert [version.before for version in again.all()] == ["refining", "filling blanks"]
    again.turn_to(path.with_name("b.md"))
    assert texts(again) == []


def test_the_same_text_is_kept_once_and_an_empty_one_never(path: Path) -> None:
    ring = SnapshotRing()
    for text in ("one", "one", "", " \n", "two", "one"):
        ring.take(text, "refining")
    assert texts(ring) == ["one", "two", "one"]


def test_the_ring_drops_the_oldest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MAX_VERSIONS", 8)
    ring = SnapshotRing()
    for number in range(20):
        ring.take(f"text {number}", "refining")
    assert texts(ring) == [f"text {number}" for number in range(19, 11, -1)]
    # Texts beyond the room on disk leave the last few.
    monkeypatch.setattr(snapshots, "MAX_BYTES", 1)
    ring.take("one more", "refining")
    assert texts(ring) == ["one more", "text 19", "text 18", "text 17", "text 16"]


def test_an_untitled_text_takes_its_versions_along(path: Path) -> None:
    ring = SnapshotRing()
    ring.take("draft", "filling blanks")
    ring.turn_to(path, take_along=True)
    assert texts(ring) == ["draft"]
    ring.close()
    again = SnapshotRing()
    again.turn_to(path)
    assert texts(again) == ["draft"]


def test_a_text_given_up_leaves_nothing(path: Path) -> None:
    ring = SnapshotRing()
    ring.take("first draft", "filling blanks")
    ring.turn_to(None)
    assert texts(ring) == []
    ring.take("second draft", "filling blanks")
    ring.close()
    assert list(versions_path().rglob("*.gz")) == []


def test_what_crashes_leave_of_untitled_texts_goes_after_a_week(path: Path) -> None:
    left = SnapshotRing()
    left.take("draft", "filling blanks")
    assert texts(left) == ["draft"]
    assert texts(SnapshotRing()) == []
    assert texts(left) == ["draft"]
    (folder,) = (versions_path() / "untitled").iterdir()
    os.utime(folder, (1, 1))
    assert texts(SnapshotRing()) == []
    assert texts(left) == []


def test_a_damaged_version_costs_no_other(path: Path) -> None:
    ring = SnapshotRing()
    ring.turn_to(path)
    for text in ("one", "two", "three"):
        ring.take(text, "refining")
    ring.all()
    files = sorted(versions_path().rglob("*.gz"))
    files[0].write_bytes(b"")
    files[1].write_bytes(files[1].read_bytes()[:-9])
    assert texts(ring) == ["three"]


def test_a_full_disk_stops_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    ring = SnapshotRing()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        kept = ring.take("one", "refining")
        assert kept is not None
        kept.result()
    ring.take("two", "refining")
    assert texts(ring) == ["two"]
