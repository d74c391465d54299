"""An engine for the command line's tests: fills every blank with the words it was given."""

from __future__ import annotations

import re

from maria_model.api import (
    BlankResult,
    CancelCheck,
    Candidate,
    Change,
    FillRequest,
    FillResult,
    GenerateRequest,
    GenerateResult,
    Hypothesis,
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
from maria_model.blanks import find_blanks
from maria_model.command_line.engine_loading import ModelChoice

INFO = ModelInfo(
    name="Scripted",
    causal_lm="left",
    masked_lm="both",
    device="cpu",
    trained_head=True,
    context_length=512,
)
STATS = Stats(method="sequential", ar_passes=1, mlm_passes=1, tokens=1, words=1, seconds=0.25)


class ScriptedEngine:
    """Keeps its requests; `fill` answers with `word`, `refine` replaces `word` by `better`.

    `rescore` likes `better` best; `score` finds every word odder than the one before, and `better`
    likelier; `generate` writes `word`.
    """

    info = INFO

    def __init__(self, word: str = "tea", better: str = "cocoa") -> None:
        self.word, self.better = word, better
        self.choices: list[ModelChoice] = []
        self.fill_requests: list[FillRequest] = []
        self.refine_requests: list[RefineRequest] = []
        self.rescore_requests: list[RescoreRequest] = []
        self.score_requests: list[ScoreRequest] = []
        self.generate_requests: list[GenerateRequest] = []
        self.error: BaseException | None = None

    def load(self, choice: ModelChoice, *, on_progress: ProgressCallback | None) -> ScriptedEngine:
        self.choices.append(choice)
        if on_progress:
            on_progress(Progress(done=1, total=1, stage="loading"))
        return self

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        self.fill_requests.append(request)
        self._fail_if_told()
        blanks = tuple(
            BlankResult(
                index=index,
                start=blank.start,
                end=blank.end,
                fill=self.word,
                logprob=-0.5,
                candidates=(Candidate(text=self.word, logprob=-0.5),),
            )
            for index, blank in enumerate(find_blanks(request.text))
        )
        text = request.text
        for blank in reversed(blanks):
            text = text[: blank.start] + self.word + text[blank.end :]
        fills = (self.word,) * len(blanks)
        return FillResult(
            text=text,
            blanks=blanks,
            hypotheses=(Hypothesis(fills=fills, logprob=-0.5, score=-0.5),),
            seed=request.sampling.seed,
            model=INFO,
            stats=STATS,
        )

    def rescore(
        self, request: RescoreRequest, *, cancelled: CancelCheck | None = None
    ) -> RescoreResult:
        self.rescore_requests.append(request)
        best = (Candidate(text=self.better, logprob=-0.25), Candidate(text=self.word, logprob=-0.5))
        fixed = dict(request.fixed)
        candidates = tuple(
            (n, (Candidate(text=fixed[n], logprob=-2.0),) if n in fixed else best)
            for n, _ in request.candidates
        )
        return RescoreResult(candidates=candidates, model=INFO, stats=STATS)

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        self.refine_requests.append(request)
        self._fail_if_told()
        changes = []
        start = request.text.find(self.word, request.start, request.end)
        if start >= 0:
            end = start + len(self.word)
            changes = [Change(start=start, end=end, before=self.word, after=self.better)]
        text = request.text
        for change in changes:
            text = text[: change.start] + change.after + text[change.end :]
        return RefineResult(
            text=text,
            original=request.text,
            changes=tuple(changes),
            sweeps=request.sweeps or 2,
            seed=request.seed,
            model=INFO,
            stats=STATS,
        )

    def score(
        self,
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        self.score_requests.append(request)
        self._fail_if_told()
        words = tuple(
            WordScore(
                start=match.start(),
                end=match.end(),
                text=match[0],
                kind="number" if match[0].isdigit() else "word",
                logprob=-1.0 - number,
                margin=float(number),
                oddness=float(number),
                rank=1 + number,
                alternatives=(Candidate(text=self.better, logprob=-1.0),),
            )
            for number, match in enumerate(re.finditer(r"\w+", request.text))
            if request.start <= match.start() and match.end() <= (request.end or len(request.text))
        )
        return ScoreResult(words=words, model=INFO, stats=STATS)

    def generate(
        self,
        request: GenerateRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> GenerateResult:
        self.generate_requests.append(request)
        self._fail_if_told()
        return GenerateResult(
            text=request.prompt + self.word,
            sweeps=request.sweeps,
            seed=request.seed,
            model=INFO,
            stats=STATS,
        )

    def _fail_if_told(self) -> None:
        if self.error is not None:
            raise self.error
