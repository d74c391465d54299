"""A stand-in for `maria_model.engine.MariaEngine`, without a model; children import it by name."""

from __future__ import annotations

import os
import re
import sys
import threading
import time

from maria_model.api import (
    BlankResult,
    CancelCheck,
    Cancelled,
    Candidate,
    Change,
    FillRequest,
    FillResult,
    GenerateRequest,
    GenerateResult,
    ModelInfo,
    Progress,
    ProgressCallback,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    RescoreResult,
    ScoreRequest,
    ScoreResult,
    Stats,
    WordScore,
)
from maria_model.errors import ModelNotFoundError, NoBlankError

_BLANK = re.compile(r"\[MASK[^\]]*\]")
_STATS = Stats(method="fake", ar_passes=1, mlm_passes=1, tokens=1, words=1, seconds=0.1)
WORD = "tea"


class FakeEngine:
    """Fills every blank with `tea`; `!crash` and the like in the text ask for something else."""

    def __init__(self, model: str | None, device: str) -> None:
        name = model or "fake"
        self.info = ModelInfo(
            name=name,
            causal_lm="fake-causal",
            masked_lm="fake-masked",
            device=device,
            trained_head=False,
            context_length=512,
        )

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        misbehave(request.text)
        blanks: list[BlankResult] = []
        found = list(_BLANK.finditer(request.text))
        if not found:
            raise NoBlankError("No blank in this text. Mark a word first.")
        for index, match in enumerate(found):
            if cancelled is not None and cancelled():
                raise Cancelled(tuple(blanks))
            blanks.append(
                BlankResult(
                    index=index, start=match.start(), end=match.end(), fill=WORD, logprob=-1.0
                )
            )
            if on_progress is not None:
                on_progress(
                    Progress(done=index + 1, total=len(found), stage="filling", blank=blanks[-1])
                )
            if "!slowly" in request.text:
                wait_for(cancelled)
            if "!late" in request.text:
                # A pass of a slow machine: it asks again only when that is over.
                threading.Event().wait(0.2)
        return FillResult(
            text=_BLANK.sub(WORD, request.text),
            blanks=tuple(blanks),
            hypotheses=(),
            seed=request.sampling.seed,
            model=self.info,
            stats=_STATS,
            revision=request.revision,
        )

    def rescore(
        self, request: RescoreRequest, *, cancelled: CancelCheck | None = None
    ) -> RescoreResult:
        """Turn every list of candidates round."""
        misbehave(request.text)
        candidates = tuple(
            (index, tuple(Candidate(text=word, logprob=-1.0) for word in reversed(words)))
            for index, words in request.candidates
        )
        return RescoreResult(
            candidates=candidates, model=self.info, stats=_STATS, revision=request.revision
        )

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        misbehave(request.text)
        word = request.text.split()[0]
        return RefineResult(
            text=request.text.replace(word, WORD, 1),
            original=request.text,
            changes=(Change(start=0, end=len(word), before=word, after=WORD),),
            sweeps=1,
            seed=request.seed,
            model=self.info,
            stats=_STATS,
            revision=request.revision,
        )

    def score(
        self,
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        misbehave(request.text)
        if "!slowly" in request.text:
            wait_for(cancelled)
            raise Cancelled
        found = re.compile(r"\w+").finditer(request.text, request.start, request.end or sys.maxsize)
        words = tuple(
            WordScore(
                start=match.start(),
                end=match.end(),
                text=match[0],
                kind="word",
                logprob=-float(len(match[0])),
                margin=float(len(match[0])),
                oddness=float(len(match[0])),
                rank=len(match[0]),
                alternatives=(Candidate(text=WORD, logprob=-1.0),),
            )
            for match in found
        )
        return ScoreResult(words=words, model=self.info, stats=_STATS, revision=request.revision)

    def generate(
        self,
        request: GenerateRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> GenerateResult:
        misbehave(request.prompt)
        return GenerateResult(
            text=request.prompt + WORD,
            sweeps=request.sweeps,
            seed=request.seed,
            model=self.info,
            stats=_STATS,
        )


def misbehave(text: str) -> None:
    """Do what the text asks for."""
    if "!crash" in text:
        os._exit(3)
    if "!raise" in text:
        raise KeyError(text)
    if "!hang" in text:
        threading.Event().wait()


def wait_for(cancelled: CancelCheck | None) -> None:
    """Be busy until the caller wants to stop; a minute at most."""
    assert cancelled is not None
    deadline = time.monotonic() + 60
    while not cancelled():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def load(
    model: str | None,
    *,
    device: str = "auto",
    on_progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> FakeEngine:
    """Load at once."""
    if on_progress is not None:
        on_progress(Progress(done=1, total=1, stage="loading"))
    return FakeEngine(model, device)


def load_slowly(model: str | None, *, cancelled: CancelCheck, **options: object) -> FakeEngine:
    """Load until the caller has enough."""
    on_progress = options["on_progress"]
    assert callable(on_progress)
    on_progress(Progress(done=0, total=2, stage="loading"))
    wait_for(cancelled)
    raise Cancelled


def load_deafly(model: str | None, **options: object) -> FakeEngine:
    """Never finish, never listen."""
    threading.Event().wait()
    raise AssertionError


def load_missing(model: str | None, **options: object) -> FakeEngine:
    """Find no model."""
    raise ModelNotFoundError(f"No model named {model}. See `maria models list`.")


def load_crashing(model: str | None, **options: object) -> FakeEngine:
    """Die while loading."""
    os._exit(4)


def load_listing_modules(model: str | None, **options: object) -> FakeEngine:
    """Give the names of all modules that this process has imported."""
    return FakeEngine(" ".join(sys.modules), "cpu")
