"""An engine for pictures: has the face of `EngineClient`, and says what it is told to."""

from __future__ import annotations

from maria_editor.engine.client import EngineState
from maria_editor.engine.signals import EngineSignals
from maria_model.api import (
    FillRequest,
    ModelInfo,
    RefineRequest,
    RescoreRequest,
    ScoreRequest,
    Stats,
)

STATS = Stats(method="auto", ar_passes=2, mlm_passes=1, tokens=3, words=38, seconds=1.0)


class ScriptedEngine(EngineSignals):
    """Says what a picture needs, when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.state = EngineState.STOPPED
        self.request: FillRequest | RefineRequest | RescoreRequest | ScoreRequest | None = None
        self.info = ModelInfo(
            name="MARIA small",
            causal_lm="",
            masked_lm="",
            device="cpu",
            trained_head=True,
            context_length=512,
        )

    def start(self) -> None:
        """Be ready at once."""
        self.state = EngineState.READY
        self.state_changed.emit(self.state)
        self.ready.emit(self.info)

    def fill(self, request: FillRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def refine(self, request: RefineRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def rescore(self, request: RescoreRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def score(self, request: ScoreRequest) -> int:
        """Take a request and wait to be told what to answer."""
        self.request = request
        return 1

    def cancel(self) -> None:
        """Nothing runs."""

    def cancel_job(self, number: int) -> None:
        """Nothing runs."""

    def let_give_way(self, number: int) -> None:
        """Nothing runs."""

    def shutdown(self) -> None:
        """Nothing runs."""
