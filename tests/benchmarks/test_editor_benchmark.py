"""The editor's benchmark at toy size: its table, its texts, its ears."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

pytest.importorskip("PySide6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, QTimer

from benchmarks import editor
from benchmarks.editor import PROBES, WANTED, rows, table
from benchmarks.editor_probes import PROBES as PROBES_AT_HAND
from benchmarks.editor_soak import spliced
from benchmarks.editor_texts import (
    SOUGHT,
    novel,
    novel_of_bytes,
    novel_with_matches,
    with_blanks,
)
from benchmarks.editor_window import Heartbeat
from benchmarks.surroundings import put_into
from benchmarks.waiting import pause, wait_for
from maria_model.blanks import find_blanks


def test_every_wanted_figure_has_a_probe() -> None:
    assert set(PROBES) == {*PROBES_AT_HAND, "window"}
    assert len({wanted.name for wanted in WANTED}) == len(WANTED)


def test_the_table_has_medians_and_says_what_is_missed() -> None:
    found = [{"opening": seconds, "opening_cpu": 0.7} for seconds in (0.9, 3.0, 0.8)]
    found += [{"replacing": seconds} for seconds in (0.1, 0.3, 0.4)]
    found += [{"gap_saving": 60.0, "gap_saving_cpu": 20.0}]
    measured = rows(found)
    assert [(row.wanted.name, row.median, row.worst, row.verdict) for row in measured] == [
        ("gap_saving", 60.0, 60.0, "missed, waiting"),
        ("opening", 0.9, 3.0, "kept"),
        ("replacing", 0.3, 0.4, "missed"),
    ]
    *_, opening, replacing = table(measured).splitlines()
    assert opening == "| Opening a document of 5 MB | 0.9 s | 3 s | 0.7 s | under 1 s | kept |"
    assert replacing.endswith("| 0.4 s |  | under 0.2 s | missed |")


def test_figures_are_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(editor, "_run_probe", lambda name: {"opening": 2.0, "replacing": 0.1})
    path, page = tmp_path / "figures.json", tmp_path / "page.md"
    page.write_text("# Speed\n\n<!-- figures -->\nold\n<!-- end of figures -->\nWhy.\n")
    editor.main(["--only", "opening", "--runs", "2", "--json", str(path), "--into", str(page)])
    line = "| 2 s | 2 s |  | under 1 s | missed |"
    assert line in capsys.readouterr().out
    before, _, after = page.read_text().partition(line)
    assert before.startswith("# Speed\n\n<!-- figures -->\n")
    assert "old" not in before
    assert after.endswith("\n<!-- end of figures -->\nWhy.\n")
    kept = json.loads(path.read_text())
    assert len(kept["runs"]) == 2
    assert kept["rows"][0]["wanted"]["name"] == "opening"


def test_a_page_without_a_place_for_the_table_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Speed\n<!-- end of figures -->\n")
    with pytest.raises(SystemExit, match="has no <!-- figures -->"):
        put_into(page, "new")
    assert "new" not in page.read_text()


def test_texts_are_as_long_as_they_say() -> None:
    words = len(novel(3000).split())
    assert 3000 <= words < 3500
    assert novel(3000).startswith("# Chapter")
    data = novel_of_bytes(100_000)
    assert 95_000 < len(data) <= 100_000
    data.decode()


def test_matches_and_blanks_are_as_many_as_asked_for() -> None:
    assert SOUGHT not in novel(2000)
    assert novel_with_matches(40).count(SOUGHT) == 40
    assert len(find_blanks(with_blanks(novel(3000), 3))) == 3


@pytest.mark.parametrize(
    ("text", "start", "end", "words", "result"),
    [("🙂ab", 2, 3, "x", "🙂xb"), ("ab", 2, 2, "🙂", "ab🙂"), ("a🙂b", 1, 3, "", "ab")],
)
def test_splicing_counts_utf16_units(
    text: str, start: int, end: int, words: str, result: str
) -> None:
    assert spliced(text, start, end, words) == result


def test_the_heart_hears_a_gap(qapp: object) -> None:
    owner = QObject()
    heart = Heartbeat(owner)
    heart.begin()
    QTimer.singleShot(0, owner, lambda: _be_away(0.06))
    pause(100)
    gap, computed = heart.end()
    assert gap >= 60
    assert computed <= gap
    heart.begin()
    _be_away(0.03)
    # What has not come to an end counts as well.
    assert heart.end()[0] >= 30


def test_waiting_returns_what_the_signal_carries(qapp: object) -> None:
    owner = QObject()
    QTimer.singleShot(0, owner, lambda: owner.setObjectName("here"))
    assert wait_for(owner.objectNameChanged) == ("here",)


def _be_away(seconds: float) -> None:
    """Keep the event loop waiting."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
