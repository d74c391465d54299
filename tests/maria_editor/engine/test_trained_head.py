"""The folder that a head training leaves, in the editor's worker as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accelerate.state import AcceleratorState, PartialState
from pytestqt.qtbot import QtBot

from maria_editor.engine.client import EngineClient, WorkerOptions
from maria_model.api import FillRequest
from training.head.configuration import HeadConfig
from training.head.loop import train_head
from training.head.toy_pair import make_toy_pair


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Path]:
    make_toy_pair(tmp_path, documents=60, steps=4)
    yield train_head(
        HeadConfig(
            causal_lm=str(tmp_path / "causal"),
            masked_lm=str(tmp_path / "masked"),
            text=str(tmp_path / "text.jsonl"),
            output_dir=tmp_path / "head",
            sequence_length=94,
            batch_size=2,
            max_steps=2,
            held_out_share=0.1,
            validation_examples=2,
            precision="float32",
            self_contained=False,
        )
    )
    AcceleratorState._reset_state()
    PartialState._reset_state()


def test_the_editor_opens_a_trained_head_and_fills_with_it(trained: Path, qtbot: QtBot) -> None:
    client = EngineClient(WorkerOptions(model=str(trained), device="cpu"))
    try:
        with qtbot.waitSignal(client.ready, timeout=120_000) as ready:
            client.start()
        assert ready.args[0].trained_head
        with qtbot.waitSignal(client.filled, timeout=120_000) as filled:
            client.fill(FillRequest(text="The keeper carried the red [MASK] by the sea."))
        assert filled.args[1].blanks[0].fill.strip()
    finally:
        client.shutdown()
