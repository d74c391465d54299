"""The real worker with the model that ships, end to end."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_model.api import FillRequest, RefineRequest

TEXT = "\u201cShe poured the [MASK] into a cup,\u201d he said, and drank it slowly. \U0001f375\n"


def test_a_blank_is_filled_in_the_child_process(qtbot: QtBot) -> None:
    client = EngineClient(WorkerOptions(device="cpu"))
    try:
        with qtbot.waitSignal(client.ready, timeout=120_000) as ready:
            client.start()
        assert ready.args[0].trained_head
        with qtbot.waitSignal(client.filled, timeout=120_000) as filled:
            client.fill(FillRequest(text=TEXT, revision=3))
        result = filled.args[1]
        blank = result.blanks[0]
        assert blank.fill.strip().isalpha()
        assert result.text == TEXT[: blank.start] + blank.fill + TEXT[blank.end :]
        assert result.revision == 3
        with qtbot.waitSignal(client.refined, timeout=120_000) as refined:
            client.refine(RefineRequest(text=result.text, strength=1.0, sweeps=2))
        assert refined.args[1].original == result.text
    finally:
        client.shutdown()
