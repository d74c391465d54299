"""A page and how likely its words are: what the tests of the likelihood view share."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QPoint
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication
from scripted_client import STATS, ScriptedEngine

from maria_editor.engine.client import EngineState
from maria_editor.window.main_window import MainWindow
from maria_model.api import Candidate, ScoreRequest, ScoreResult, WordKind, WordScore

TEXT = (
    "# Title\n\nThe lamp hung four feet over the hem.\n\n🙂 She was knocking at the gate of Rome."
)
# Bits, and likelier words.
ODD: dict[str, tuple[float, tuple[str, ...]]] = {
    "four": (14.0, ("on", "for")),
    "hem": (11.0, ("edge", "side", "rim", "end")),
    "knocking": (9.0, ()),
    "gate": (7.5, ("door",)),
    "Rome": (20.0, ("it",)),
    "שלום": (50.0, ("idly", "verse")),
}
NAMES = ("Rome",)


def last(scripted: ScriptedEngine) -> ScoreRequest:
    request = scripted.requests[-1]
    assert isinstance(request, ScoreRequest)
    return request


def asked(scripted: ScriptedEngine) -> list[str]:
    """Return the passages that were asked for."""
    return [r.text[r.start : r.end] for r in scripted.requests if isinstance(r, ScoreRequest)]


def answer(scripted: ScriptedEngine) -> None:
    """Score what was asked for last, as the real client does it."""
    request = last(scripted)
    words = []
    for match in re.finditer(r"\w+", request.text):
        if request.start <= match.start() < (request.end or 0):
            bits, likelier = ODD.get(match[0], (1.0, ()))
            kind: WordKind = "name" if match[0] in NAMES else "word"
            words.append(
                WordScore(
                    start=match.start(),
                    end=match.end(),
                    text=match[0],
                    kind=kind,
                    logprob=-9.0,
                    margin=1.0,
                    oddness=bits * math.log(2),
                    rank=2,
                    alternatives=tuple(Candidate(text=o, logprob=-1.0) for o in likelier),
                )
            )
    assert scripted.info is not None
    job = scripted.job
    scripted.set_state(EngineState.READY)
    scripted.scored.emit(job, ScoreResult(words=tuple(words), model=scripted.info, stats=STATS))
    QApplication.processEvents()


def score_page(window: MainWindow, scripted: ScriptedEngine) -> None:
    """Open the view and let the whole page be scored."""
    window.page.load(TEXT)
    window.commands["likelihood"].trigger()
    answer(scripted)
    answer(scripted)


def marked(window: MainWindow) -> list[str]:
    return [
        window.page.text_at(at, at + word.length) for at, word in window.likelihood.marks.in_view()
    ]


def listed(window: MainWindow) -> list[str]:
    return [word.text for word in window.likelihood_panel.list.words]


def ringed(window: MainWindow) -> str | None:
    chosen = window.likelihood.marks.chosen
    return None if chosen is None else chosen.text


def status_words(window: MainWindow) -> list[str]:
    return [
        item.text()
        for item in window.status.findChildren(type(window.status.words))
        if not item.isHidden()
    ]


def point_of(window: MainWindow, word: str) -> QPoint:
    cursor = QTextCursor(window.page.document())
    cursor.setPosition(window.page.position(window.page.text().index(word)))
    return window.page.cursorRect(cursor).center() + QPoint(4, 0)
