"""What client and worker say to each other: plain, picklable, frozen data.

Job 0 is loading the model; requests are numbered from 1 upwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from maria_model.api import (
    BlankResult,
    Device,
    FillRequest,
    FillResult,
    ModelInfo,
    Progress,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    RescoreResult,
    ScoreRequest,
    ScoreResult,
)

LOADING = 0

Request = FillRequest | RefineRequest | RescoreRequest | ScoreRequest
Result = FillResult | RefineResult | RescoreResult | ScoreResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """Which engine a worker loads: `factory(model, device=, on_progress=, cancelled=)`.

    `factory` is written `module:name`, so that only the worker imports it.
    """

    model: str | None = None
    device: Device = "auto"
    factory: str = "maria_model.engine:MariaEngine.load_beside_a_window"


@dataclass(frozen=True, slots=True)
class Run:
    """To the worker: answer this request."""

    job: int
    request: Request


@dataclass(frozen=True, slots=True)
class Cancel:
    """To the worker: stop this job."""

    job: int


@dataclass(frozen=True, slots=True)
class Quit:
    """To the worker: end now."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """From the worker: the model is ready."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class Moved:
    """From the worker: the graphics card was full, and the model is on the CPU from now on."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class Advanced:
    """From the worker: progress since the last such message, the newest last."""

    job: int
    updates: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """From the worker: the job is done."""

    job: int
    result: Result


@dataclass(frozen=True, slots=True)
class Stopped:
    """From the worker: the job was cancelled, with these blanks filled by then."""

    job: int
    partial: tuple[BlankResult, ...]


@dataclass(frozen=True, slots=True)
class EngineFailure:
    """Why a job has no answer: `message` is one line for the writer.

    `kind` is the name of a `maria_model` error class, `crashed` for a worker that died, `nonsense`
    for an answer to nothing that was asked, or `internal` for an error nobody expected.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """From the worker: the job has no answer."""

    job: int
    failure: EngineFailure


Command = Run | Cancel | Quit
Event = Loaded | Moved | Advanced | Answered | Stopped | Failed
