"""An engine for the window's tests: says nothing until a test tells it what."""

from __future__ import annotations

from maria_editor.engine.client import EngineState
from maria_editor.engine.signals import EngineSignals
from maria_model.api import (
    BlankResult,
    FillRequest,
    FillResult,
    ModelInfo,
    Progress,
    RefineRequest,
    RescoreRequest,
    ScoreRequest,
    Stats,
    UnfilledBlank,
)

STATS = Stats(method="auto", ar_passes=1, mlm_passes=1, tokens=2, words=19, seconds=0.5)


class ScriptedEngine(EngineSignals):
    """Has the face of `EngineClient`."""

    def __init__(self) -> None:
        super().__init__()
        self.state = EngineState.STOPPED
        self.info: ModelInfo | None = None
        self.requests: list[FillRequest | RefineRequest | RescoreRequest | ScoreRequest] = []
        self.cancelled_jobs: list[int] = []
        self.giving_way: list[int] = []
        self.cancels = 0
        self.is_shut_down = False

    def start(self) -> None:
        self.set_state(EngineState.STARTING)

    def become_ready(self) -> None:
        self.info = ModelInfo(
            name="small",
            causal_lm="c",
            masked_lm="m",
            device="cpu",
            trained_head=True,
            context_length=512,
        )
        self.set_state(EngineState.READY)
        self.ready.emit(self.info)

    def set_state(self, state: EngineState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def fill(self, request: FillRequest) -> int:
        self.requests.append(request)
        return len(self.requests)

    def refine(self, request: RefineRequest) -> int:
        self.requests.append(request)
        return len(self.requests)

    def rescore(self, request: RescoreRequest) -> int:
        self.requests.append(request)
        return len(self.requests)

    def score(self, request: ScoreRequest) -> int:
        self.requests.append(request)
        return len(self.requests)

    def cancel_job(self, number: int) -> None:
        self.cancelled_jobs.append(number)

    def let_give_way(self, number: int) -> None:
        self.giving_way.append(number)

    def cancel(self) -> None:
        self.cancels += 1

    def shutdown(self) -> None:
        self.is_shut_down = True

    @property
    def job(self) -> int:
        return len(self.requests)

    def settle(self, blank: BlankResult, done: int, total: int) -> None:
        progress = Progress(done=done, total=total, stage="filling", blank=blank)
        self.progressed.emit(self.job, progress)

    def answer(
        self, blanks: tuple[BlankResult, ...], unfilled: tuple[UnfilledBlank, ...] = ()
    ) -> None:
        assert self.info is not None
        result = FillResult(
            text="",
            blanks=blanks,
            hypotheses=(),
            seed=0,
            model=self.info,
            stats=STATS,
            revision=self.requests[-1].revision,
            unfilled=unfilled,
        )
        self.filled.emit(self.job, result)
