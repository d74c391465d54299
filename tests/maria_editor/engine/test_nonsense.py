"""A worker that answers what nobody asked: one line for the writer, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.engine.client import EngineClient, EngineState, WorkerOptions
from maria_editor.engine.threads import InlineThread
from maria_model.api import FillRequest, RefineRequest, RescoreRequest, ScoreRequest

Make = Callable[[], EngineClient]


@pytest.fixture
def client(qapp: object) -> EngineClient:
    options = WorkerOptions(device="cpu", factory="nonsense_engine:load")
    client = EngineClient(options, thread_class=InlineThread)
    yield client
    client.shutdown()


ASK = {
    "fill": lambda client, words: client.fill(FillRequest(text=f"{words} [MASK]")),
    "refine": lambda client, words: client.refine(RefineRequest(text=f"{words} here.")),
    "rescore": lambda client, words: client.rescore(
        RescoreRequest(text=f"{words} [MASK]", fixed=(), candidates=((0, ("cup", "bowl")),))
    ),
    "score": lambda client, words: client.score(ScoreRequest(text=f"{words} here.")),
}
WRONG = [
    *(("fill", words) for words in ("!outside", "!unknown", "!another", "!revision")),
    *(("refine", words) for words in ("!outside", "!backwards", "!overlap", "!otherwords")),
    *(("rescore", words) for words in ("!nothing", "!unknown", "!otherwords")),
    *(("score", words) for words in ("!outside", "!before", "!otherwords")),
]


@pytest.mark.parametrize(("kind", "words"), WRONG)
def test_a_wrong_answer_is_a_failure_in_one_line(
    client: EngineClient, kind: str, words: str, qtbot: QtBot
) -> None:
    previews: list[object] = []
    answers: list[object] = []
    client.progressed.connect(
        lambda job, update: previews.append(update) if update.blank or update.reading else None
    )
    for signal in (client.filled, client.refined, client.rescored, client.scored):
        signal.connect(lambda job, result: answers.append(result))
    with qtbot.waitSignal(client.failed) as failed:
        job = ASK[kind](client, words)
    number, failure = failed.args
    assert number == job
    assert failure.kind == "nonsense"
    assert "Nothing was changed" in failure.message
    assert "\n" not in failure.message
    assert not answers
    assert client.state is EngineState.READY
    if words in ("!outside", "!unknown", "!backwards", "!overlap"):
        assert not previews


@pytest.mark.parametrize("kind", list(ASK))
def test_a_right_answer_passes(client: EngineClient, kind: str, qtbot: QtBot) -> None:
    signals = {
        "fill": client.filled,
        "refine": client.refined,
        "rescore": client.rescored,
        "score": client.scored,
    }
    with qtbot.waitSignal(signals[kind]) as answered:
        job = ASK[kind](client, "She sat")
    assert answered.args[0] == job
