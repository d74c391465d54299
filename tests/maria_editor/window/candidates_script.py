"""Words for the blanks of a text, offered in the popup: what the tests of candidates share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from scripted_client import STATS, ScriptedEngine

from maria_editor.editor.chips import ChipState
from maria_editor.window.main_window import MainWindow
from maria_model.api import (
    BlankResult,
    Candidate,
    FillRequest,
    FillResult,
    Hypothesis,
    RescoreRequest,
    RescoreResult,
)
from maria_model.blanks import find_blanks

TEXT = "A cup of [MASK] and a [MASK].\nThe sea looked [MASK:2-3]."
TEA = ("tea", "coffee", "Tea", "milk", "water", "wine", "cider", "cocoa", "soup", "juice", "rum")
BUN = ("bun", "pie", "cake")
Key = Qt.Key
Held = Qt.KeyboardModifier


def found(index: int, text: str, words: Sequence[str], best: float = 0.4) -> BlankResult:
    blank = find_blanks(text)[index]
    candidates = tuple(
        Candidate(text=word, logprob=-1.0 - i, probability=best / (i + 1))
        for i, word in enumerate(words)
    )
    return BlankResult(
        index=index,
        start=blank.start,
        end=blank.end,
        fill=words[0],
        logprob=-1.0,
        candidates=candidates,
    )


def offer(window: MainWindow, scripted: ScriptedEngine, text: str = TEXT) -> None:
    """Fill all and answer."""
    window.page.load(text)
    window.filling.fill_all()
    scripted.answer(
        (found(0, text, TEA), found(1, text, BUN), found(2, text, ("like slate",), best=0.04))
    )


def answer_several(scripted: ScriptedEngine, *fills: str, best: float = 0.04) -> None:
    """Answer for several words: the first is the fill, all are joint answers."""
    assert scripted.info is not None
    request = last_fill(scripted)
    assert request.blanks is not None
    [index] = request.blanks
    answers = fills[: request.num_hypotheses]
    result = FillResult(
        text="",
        blanks=(found(index, request.text, fills[:1], best=best),),
        hypotheses=tuple(Hypothesis(fills=(fill,), logprob=-1.0, score=-1.0) for fill in answers),
        seed=0,
        model=scripted.info,
        stats=STATS,
        revision=request.revision,
    )
    scripted.filled.emit(scripted.job, result)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, held: Held = Held.NoModifier) -> None:
    qtbot.keyClick(window.candidates.popup.list, key, held)


def previews(window: MainWindow) -> list[str]:
    document = window.page.document()
    blocks = [document.findBlockByNumber(i) for i in range(document.blockCount())]
    return [
        chip.words
        for block in blocks
        for chip in window.page.states.chips(block)
        if chip.state is ChipState.PREVIEW
    ]


def shown(window: MainWindow) -> list[str]:
    return [row.words for row in window.candidates.popup.list.candidates.rows]


def current(window: MainWindow) -> str:
    return str(window.candidates.popup.list.currentIndex().data())


def rescored(
    scripted: ScriptedEngine, answers: dict[int, Sequence[str]], job: int | None = None
) -> None:
    assert scripted.info is not None
    candidates = tuple(
        (
            index,
            tuple(
                Candidate(text=word, logprob=-1.0, probability=0.5 / 2**i)
                for i, word in enumerate(words)
            ),
        )
        for index, words in answers.items()
    )
    result = RescoreResult(candidates=candidates, model=scripted.info, stats=STATS)
    scripted.rescored.emit(scripted.job if job is None else job, result)


def last_fill(scripted: ScriptedEngine) -> FillRequest:
    request = scripted.requests[-1]
    assert isinstance(request, FillRequest)
    return request


def last_rescore(scripted: ScriptedEngine) -> RescoreRequest:
    request = scripted.requests[-1]
    assert isinstance(request, RescoreRequest)
    return request
