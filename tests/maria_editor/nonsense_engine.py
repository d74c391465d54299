"""The fake engine with answers that belong to nothing; a word in the text says which."""

from __future__ import annotations

from dataclasses import replace

from fake_engine import FakeEngine

from maria_model.api import (
    CancelCheck,
    Change,
    FillRequest,
    FillResult,
    Progress,
    ProgressCallback,
    Reading,
    RefineRequest,
    RefineResult,
    RescoreRequest,
    RescoreResult,
    ScoreRequest,
    ScoreResult,
)

FAR = 10_000


class NonsenseEngine(FakeEngine):
    """Answers another question than was asked."""

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        result = super().fill(request)
        blank = result.blanks[0]
        if "!outside" in request.text:
            blank = replace(blank, start=FAR, end=FAR + 3)
        if "!unknown" in request.text:
            blank = replace(blank, index=FAR)
        if on_progress is not None:
            on_progress(Progress(done=1, total=1, stage="filling", blank=blank))
        if "!another" in request.text:
            return self.refine(RefineRequest(text=request.text))  # type: ignore[return-value]
        revision = result.revision + ("!revision" in request.text)
        return replace(result, blanks=(blank,), revision=revision)

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        result = super().refine(request)
        change = Change(start=0, end=1, before=request.text[0], after="X")
        changes = {
            "!outside": (replace(change, start=FAR, end=FAR + 1),),
            "!backwards": (replace(change, start=4, end=2),),
            "!overlap": (change, change),
            "!otherwords": (replace(change, before="?"),),
        }
        for word, wrong in changes.items():
            if word in request.text:
                reading = Reading(sweep=1, text="X", changes=wrong)
                if on_progress is not None:
                    on_progress(Progress(done=1, total=1, stage="refining", reading=reading))
                return replace(result, changes=wrong, readings=(reading,))
        return result

    def rescore(
        self, request: RescoreRequest, *, cancelled: CancelCheck | None = None
    ) -> RescoreResult:
        result = super().rescore(request)
        if "!nothing" in request.text:
            return replace(result, candidates=())
        index, words = result.candidates[0]
        if "!unknown" in request.text:
            index = FAR
        if "!otherwords" in request.text:
            words = (replace(words[0], text="never offered"),)
        return replace(result, candidates=((index, words),))

    def score(
        self,
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        result = super().score(request)
        word = result.words[0]
        if "!outside" in request.text:
            word = replace(word, start=FAR, end=FAR + len(word.text))
        if "!before" in request.text:
            word = replace(word, start=-1, end=len(word.text) - 1)
        if "!otherwords" in request.text:
            word = replace(word, text="never written")
        return replace(result, words=(word,))


def load(model: str | None, *, device: str = "auto", **options: object) -> NonsenseEngine:
    """Load at once."""
    return NonsenseEngine(model, device)
