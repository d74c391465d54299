"""Answers of refining for the review's tests: readings with gains and scores, sweep by sweep."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.window.main_window import MainWindow
from maria_editor.window.review_session import Review
from maria_model.api import Change, PassageScore, Progress, Reading, RefineRequest, RefineResult

TEXT = "🙂 First one.\n\nShe walked to the side of the sea.\n\nLast one."
# Of the paragraph in the middle and of what its flow leads into: a flow is their sum.
WORDS = 10
PAIRS = (("walked", "went", 5.0), ("side", "edge 🙂", 7.0), ("sea", "lake", 6.0))
Pair = tuple[str, str] | tuple[str, str, float]


class Script:
    """Asks and answers for the paragraph in the middle."""

    def __init__(self, window: MainWindow, scripted: ScriptedEngine) -> None:
        self._window = window
        self._scripted = scripted

    def put_caret(self, words: str) -> None:
        at = self._window.page.text().index(words)
        self._window.page.select_span(at, at)

    def select(self, words: str) -> None:
        at = self._window.page.text().index(words)
        self._window.page.select_span(at, at + len(words))

    def ask(self) -> None:
        self._window.page.load(TEXT)
        self.put_caret("walked")
        self._window.top_row.refine.click()

    @property
    def request(self) -> RefineRequest:
        request = self._scripted.requests[-1]
        assert isinstance(request, RefineRequest)
        return request

    def changes(self, *pairs: Pair) -> tuple[Change, ...]:
        text = self.request.text
        found = [
            Change(
                start=text.index(pair[0]),
                end=text.index(pair[0]) + len(pair[0]),
                before=pair[0],
                after=pair[1],
                gain=pair[2] if len(pair) == 3 else 6.0,
            )
            for pair in pairs
        ]
        return tuple(sorted(found, key=lambda change: change.start))

    def reading(self, sweep: int, *pairs: Pair, scored: bool = True) -> Reading:
        score = PassageScore(flow=WORDS * (-4.0 + 0.1 * sweep), fit=-2.0) if scored else None
        return Reading(sweep=sweep, text="", changes=self.changes(*pairs), score=score)

    def preview(self, sweep: int, *pairs: Pair) -> None:
        reading = self.reading(sweep, *pairs, scored=False)
        progress = Progress(done=sweep, total=3, stage="refining", reading=reading)
        self._scripted.progressed.emit(self._scripted.job, progress)

    def answer(self, *pairs: Pair, earlier: tuple[tuple[Pair, ...], ...] = ()) -> None:
        sweeps = [*earlier, pairs]
        readings = tuple(self.reading(n, *sweep) for n, sweep in enumerate(sweeps, 1))
        assert self._scripted.info is not None
        result = RefineResult(
            text="",
            original=self.request.text,
            changes=readings[-1].changes,
            sweeps=len(readings),
            seed=0,
            model=self._scripted.info,
            stats=STATS,
            revision=self.request.revision,
            score=PassageScore(flow=WORDS * -4.0, fit=-2.5),
            readings=readings,
        )
        self._scripted.refined.emit(self._scripted.job, result)

    def propose(self, *pairs: Pair, earlier: tuple[tuple[Pair, ...], ...] = ()) -> None:
        self.ask()
        self.answer(*pairs, earlier=earlier)


def review_of(window: MainWindow) -> Review:
    review = window.reviewing.review
    assert review is not None
    return review


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        held |= modifier
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    # For a moment what is typed is the text's.
    qtbot.waitUntil(lambda: not window.review_pages.is_new)
    qtbot.keyClick(window.review_pages.main, key, held)


def trigger(window: MainWindow, name: str) -> None:
    window.commands[f"review_{name}"].trigger()
