"""What is measured of the editor, one probe a process: prints JSON, figures by their names.

Runs the real window, and the real worker where a model is asked for. Started by
`benchmarks.editor`, which says what is wanted and takes the medians. A figure's `_cpu` is what the
window's own thread computed in that time: the rest it waited, for a core above all.

    python -m benchmarks.editor_probes NAME
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.editor_soak import EDITS_A_CHAPTER, ScriptedWriter, caret_to
from benchmarks.editor_texts import (
    PUT,
    SOUGHT,
    novel,
    novel_of_bytes,
    novel_with_matches,
    with_blanks,
)
from benchmarks.editor_window import Heartbeat, load_model, open_window
from benchmarks.waiting import pause, wait_for
from maria_editor.engine.client import EngineClient, EngineState
from maria_editor.paths import HOME_VARIABLE
from maria_editor.window.main_window import MainWindow

Figures = dict[str, float]

# 40 keys a second is faster than anyone types.
_KEY_EVERY_S, _KEYS = 0.025, 600
_TYPED = "and so she went on writing, word after word, "
# More than one request fills while so many keys are typed.
_BUSY_BLANKS = 40
_GAP_BLANKS = 3
_QUIET_MS = 300
_FIVE_MEGABYTES = 5_000_000
_MATCHES = 3000
_SOAK_EDITS, _SOAK_WARM_UP = 20_000, 2 * EDITS_A_CHAPTER


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.thread_time()

    def figures(self, name: str) -> Figures:
        """Return the seconds since then, and those that this thread computed."""
        started, computed = self._started
        return {
            name: time.perf_counter() - started,
            f"{name}_cpu": time.thread_time() - computed,
        }


def probe_typing() -> Figures:
    """Type in the middle of 200,000 words: the model at rest, then busy filling."""
    with open_window() as (window, engine):
        window.files.show_text(with_blanks(novel(), _BUSY_BLANKS), title="Novel")
        load_model(engine)
        idle = _type(window)
        filling = window.filling
        asked = 0

        def ask() -> None:
            nonlocal asked
            asked += 1
            filling.fill_all()

        filling.ended.connect(ask)
        ask()
        busy = _type(window)
        filling.ended.disconnect(ask)
        was_busy = filling.is_busy
    return {
        **_percentiles("typing_idle", idle),
        **_percentiles("typing_busy", busy),
        "fills_asked": asked,
        "still_filling": float(was_busy),
    }


def _type(window: MainWindow) -> list[tuple[float, float]]:
    """Return the milliseconds of each key, from when it was due until its letter is painted.

    With them those that this thread computed: what it was at when the key fell due counts too,
    for the key waits for it.
    """
    page = window.page
    caret_to(page, page.document().characterCount() // 2)
    page.ensureCursorVisible()
    pause(_QUIET_MS)
    taken = []
    started = time.perf_counter()
    for number in range(_KEYS):
        due = started + number * _KEY_EVERY_S
        computed = time.thread_time()
        while (left := due - time.perf_counter()) > 0:
            computed = time.thread_time()
            pause(1000 * left)
        QTest.keyClicks(page, _TYPED[number % len(_TYPED)])
        QApplication.processEvents()
        waited, computed = time.perf_counter() - due, time.thread_time() - computed
        # What was computed before the key fell due is not the key's.
        taken.append((1000 * waited, 1000 * min(waited, computed)))
    return taken


def _percentiles(name: str, taken: list[tuple[float, float]]) -> Figures:
    waited, computed = (list(values) for values in zip(*taken, strict=True))
    return {
        name: _percentile(waited, 0.99),
        f"{name}_cpu": _percentile(computed, 0.99),
        f"{name}_half": _percentile(waited, 0.5),
        f"{name}_half_cpu": _percentile(computed, 0.5),
        f"{name}_slowest": max(waited),
    }


def probe_gaps() -> Figures:
    """Listen for the longest gap of the event loop while the model works on 200,000 words."""
    found: Figures = {}
    with open_window() as (window, engine):
        window.files.show_text(with_blanks(novel(), _GAP_BLANKS), title="Novel")
        caret_to(window.page, window.page.text().index("\n\n") + 5)
        heart = Heartbeat(window)
        steps: dict[str, Callable[[], object]] = {
            "loading": lambda: load_model(engine),
            "filling": lambda: _fill(window, engine),
            "accepting": window.candidates.accept_all,
            "refining": lambda: _refine(window, engine),
            "scoring": lambda: _score(window, engine),
            "saving": lambda: _save(window),
        }
        for name, step in steps.items():
            pause(_QUIET_MS)
            heart.begin()
            step()
            # What a step leaves for later counts as well.
            pause(_QUIET_MS)
            found[f"gap_{name}"], found[f"gap_{name}_cpu"] = heart.end()
    return found


def _fill(window: MainWindow, engine: EngineClient) -> None:
    window.filling.fill_all()
    wait_for(window.filling.answered, failed=engine.failed)


def _refine(window: MainWindow, engine: EngineClient) -> None:
    window.refining.refine()
    wait_for(window.refining.answered, failed=engine.failed)


def _score(window: MainWindow, engine: EngineClient) -> None:
    window.likelihood.open()
    wait_for(engine.scored, failed=engine.failed)
    while engine.state is not EngineState.READY:
        pause(_QUIET_MS)
    window.likelihood.close()


def _save(window: MainWindow) -> None:
    path = _home() / "novel.md"
    # As Ctrl+S does; what it waits for here a writer does not.
    if not window.files.begin_saving_to(path):
        sys.exit(f"{path} is open in another window. Close it first.")
    wait_for(window.files.saved)


def probe_opening() -> Figures:
    """Open a file of 5 MB and paint it."""
    path = _home() / "five-megabytes.md"
    path.write_bytes(novel_of_bytes(_FIVE_MEGABYTES))
    with open_window() as (window, _):
        watch = Stopwatch()
        is_open = window.open_path(path)
        QApplication.processEvents()
        found = watch.figures("opening")
        if not is_open:
            sys.exit(f"{path} was not opened.")
    return found


def probe_replacing() -> Figures:
    """Replace 3,000 matches in 200,000 words from the find bar, then undo them."""
    text = novel_with_matches(_MATCHES)
    with open_window() as (window, _):
        window.files.show_text(text, title="Novel")
        window.commands["replace"].trigger()
        window.find_bar.words.setText(SOUGHT)
        window.find_bar.replacement.setText(PUT)
        QApplication.processEvents()
        watch = Stopwatch()
        window.find_bar.replace_all_requested.emit()
        QApplication.processEvents()
        replacing = watch.figures("replacing")
        if window.page.text().count(PUT) != _MATCHES:
            sys.exit("Not every match was replaced.")
        watch = Stopwatch()
        window.page.undo()
        QApplication.processEvents()
        undoing = watch.figures("undoing")
        if window.page.text() != text:
            sys.exit("One undo did not bring the text back.")
    return {**replacing, **undoing}


def probe_soak() -> Figures:
    """Make 20,000 edits in the window; say by how much the process has grown."""
    with open_window() as (window, _):
        files = window.files
        writer = ScriptedWriter(window.page, load=lambda text: files.show_text(text, title="Soak"))
        writer.write(_SOAK_WARM_UP)
        before = _resident_megabytes()
        writer.write(_SOAK_EDITS - _SOAK_WARM_UP)
        after = _resident_megabytes()
    return {
        "growth": 100 * (after - before) / before,
        "soak_megabytes": after,
        "soak_edits": writer.edits,
    }


def _resident_megabytes() -> float:
    """Return what this process holds in memory now."""
    if not sys.platform.startswith("linux"):
        sys.exit("Resident memory is read from /proc, which this system has not.")
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def _home() -> Path:
    return Path(os.environ[HOME_VARIABLE])


PROBES: dict[str, Callable[[], Figures]] = {
    "typing": probe_typing,
    "gaps": probe_gaps,
    "opening": probe_opening,
    "replacing": probe_replacing,
    "soak": probe_soak,
}


def main() -> None:
    """Run one probe and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PROBES)
    name = parser.parse_args().name
    if HOME_VARIABLE not in os.environ:
        parser.error(f"Name a folder for what the editor keeps by {HOME_VARIABLE}.")
    found = PROBES[name]()
    print(json.dumps({key: round(value, 4) for key, value in found.items()}))


if __name__ == "__main__":
    main()
