"""`MariaEngine`: answers requests with a loaded model. The only door into inference.

Plain data in, plain data out. Knows nothing of files other than the model's, of command lines or
of windows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from maria_model.annealing import Annealer, generate_text
from maria_model.api import (
    BlankResult,
    CancelCheck,
    Cancelled,
    Candidate,
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
    ScoreRequest,
    ScoreResult,
    Stats,
)
from maria_model.blanks import Blank, find_blanks
from maria_model.causal_reader import PassCounts
from maria_model.errors import (
    BlankSyntaxError,
    ConfigurationError,
    NoBlankError,
    NotSupportedError,
    OutOfMemoryError,
)
from maria_model.infilling import check
from maria_model.lengths import FilledBlank, infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.tokenization import BlankedText
from maria_model.word_pieces import WordPieces
from maria_model.word_scores import score_words

# [CLS] and [SEP] of the masked LM; the causal LM needs one for its start.
FRAME_TOKENS = 2
LOADING_STEPS = 2


@dataclass(slots=True)
class _Cost:
    """What a running request has cost."""

    counts: PassCounts = field(default_factory=PassCounts)
    tokens: int = 0
    words: int = 0
    started: float = field(default_factory=time.perf_counter)

    def stats(self, method: str) -> Stats:
        return Stats(
            method=method,
            ar_passes=self.counts.ar,
            mlm_passes=self.counts.mlm,
            tokens=self.tokens,
            words=self.words,
            seconds=time.perf_counter() - self.started,
        )


class MariaEngine:
    """A loaded model behind `maria_model.api.Engine`, and unconditional generation besides."""

    def __init__(self, model: MariaForMaskedInfilling) -> None:
        self._model = model.eval()
        self._limit = model.context_length - FRAME_TOKENS
        # Made here, so that the first blank does not wait for them.
        WordPieces.of(model.vocabulary)

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        causal_lm: str | None = None,
        masked_lm: str | None = None,
        device: str = "auto",
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> MariaEngine:
        """Load a model by name or folder (None is the embedded one), or join two backbones.

        Raises:
            MariaError: whatever keeps the model from loading.
            Cancelled: `cancelled` said so before or after the files were read.
        """
        _report(on_progress, Progress(done=0, total=LOADING_STEPS, stage="loading"))
        check(cancelled)
        with _memory_guarded(device):
            loaded = load_model(model, causal_lm=causal_lm, masked_lm=masked_lm, device=device)
            check(cancelled)
            _report(on_progress, Progress(done=1, total=LOADING_STEPS, stage="loading"))
            engine = cls(loaded)
        check(cancelled)
        _report(on_progress, Progress(done=LOADING_STEPS, total=LOADING_STEPS, stage="loading"))
        return engine

    @property
    def info(self) -> ModelInfo:
        """The loaded model."""
        config = self._model.config
        causal_lm, masked_lm = self._model.model.causal_lm, self._model.model.masked_lm
        return ModelInfo(
            name=config.name,
            causal_lm=config.causal_lm or _describe(causal_lm),
            masked_lm=config.masked_lm or _describe(masked_lm),
            device=self._model.device.type,
            trained_head=bool(config.trained_head),
            context_length=self._model.context_length,
        )

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        """Fill the blanks of a text.

        Blanks that fit one window are answered jointly, left to right; a longer text is answered
        window by window, each reading what was filled before. A one-word blank's candidates are
        the likeliest words of one piece, given all that was settled to its left, headed by the
        fill where that is a longer word; a longer blank has its fill as the only candidate.

        Raises:
            NoBlankError, BlankSyntaxError, NotSupportedError, ContextLengthError, CheckpointError,
            OutOfMemoryError: one line for the writer each.
            Cancelled: `cancelled` said so; it carries the blanks settled by then.
        """
        cost = _Cost()
        text = BlankedText(
            text=request.text,
            blanks=find_blanks(request.text, strict=False),
            vocabulary=self._model.vocabulary,
            limit=self._limit,
        )
        targets = _targets(request, text.blanks)
        settled: list[BlankResult] = []
        total = len(targets)
        try:
            with _memory_guarded(self._model.device.type):
                for result in self._fill_targets(request, text, targets, cost, cancelled):
                    settled.append(result)
                    done = Progress(done=len(settled), total=total, stage="filling", blank=result)
                    _report(on_progress, done)
        except Cancelled:
            raise Cancelled(tuple(settled)) from None
        logprob = sum(result.logprob for result in settled)
        fills = tuple(result.fill for result in settled)
        return FillResult(
            text=text.splice(),
            blanks=tuple(settled),
            hypotheses=(Hypothesis(fills=fills, logprob=logprob, score=logprob),),
            seed=request.sampling.seed,
            model=self.info,
            stats=cost.stats("sequential"),
            revision=request.revision,
        )

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        """Propose a rewriting of a passage; no change at all is a valid answer.

        Raises:
            BlankSyntaxError, ContextLengthError, CheckpointError, OutOfMemoryError.
            Cancelled: `cancelled` said so; nothing is kept.
        """
        cost = _Cost()
        annealer = Annealer(
            self._model,
            limit=self._limit,
            counts=cost.counts,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        with _memory_guarded(self._model.device.type):
            rewriting = annealer.refine(request)
        cost.tokens = rewriting.tokens
        cost.words = sum(len(change.after.split()) for change in rewriting.changes)
        return RefineResult(
            text=rewriting.text,
            original=request.text,
            changes=rewriting.changes,
            sweeps=rewriting.sweeps,
            seed=request.seed,
            model=self.info,
            stats=cost.stats(request.preset),
            revision=request.revision,
        )

    def generate(
        self,
        request: GenerateRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> GenerateResult:
        """Write from nothing, or on from a prompt: sample at temperature 1, then anneal.

        Raises:
            ContextLengthError, ConfigurationError, CheckpointError, OutOfMemoryError.
            Cancelled: `cancelled` said so.
        """
        cost = _Cost()
        with _memory_guarded(self._model.device.type):
            text, cost.tokens = generate_text(
                self._model,
                request,
                limit=self._limit,
                counts=cost.counts,
                on_progress=on_progress,
                cancelled=cancelled,
            )
        cost.words = len(text.split())
        return GenerateResult(
            text=request.prompt + text,
            sweeps=request.sweeps,
            seed=request.seed,
            model=self.info,
            stats=cost.stats("annealing"),
        )

    def score(
        self,
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        """Say how likely every word of a span is, and what would have been likelier.

        Raises:
            CheckpointError, OutOfMemoryError.
            Cancelled: `cancelled` said so; nothing is kept.
        """
        cost = _Cost()
        with _memory_guarded(self._model.device.type):
            words = score_words(
                self._model,
                request,
                limit=self._limit,
                counts=cost.counts,
                on_progress=on_progress,
                cancelled=cancelled,
            )
        cost.words = len(words)
        return ScoreResult(
            words=words,
            model=self.info,
            stats=cost.stats("together" if request.stride else "one by one"),
            revision=request.revision,
        )

    def _fill_targets(
        self,
        request: FillRequest,
        text: BlankedText,
        targets: Sequence[int],
        cost: _Cost,
        cancelled: CancelCheck | None,
    ) -> Iterator[BlankResult]:
        waiting = list(targets)
        while waiting:
            check(cancelled)
            excerpt = text.excerpt(waiting)
            waiting = waiting[len(excerpt.targets) :]
            filling = infill_words(
                self._model,
                excerpt,
                options=request.sampling,
                counts=cost.counts,
                cancelled=cancelled,
            )
            fills: dict[int, str] = {}
            for filled in filling:
                if filled.blank.index not in excerpt.targets:
                    continue
                result = self._result(text, filled, request.num_candidates)
                fills[filled.blank.index] = result.fill
                cost.tokens += len(filled.pieces)
                cost.words += filled.blank.words
                yield result
            text.fills.update(fills)

    def _result(self, text: BlankedText, filled: FilledBlank, num_candidates: int) -> BlankResult:
        blank = text.blanks[filled.blank.index]
        fill = text.fill_text(filled.blank, filled.pieces)
        candidates = [Candidate(text=fill, logprob=filled.logprob)]
        if filled.blank.words == 1:
            likeliest = _likeliest(text, filled, filled.first_logprobs, num_candidates)
            # A word of several pieces is not in the distribution over one: it goes first.
            is_longer = len(filled.pieces) > 1
            candidates = [*candidates, *likeliest] if is_longer else likeliest
        return BlankResult(
            index=filled.blank.index,
            start=blank.start,
            end=blank.end,
            fill=fill,
            logprob=filled.logprob,
            candidates=tuple(candidates[:num_candidates]),
        )


def _targets(request: FillRequest, blanks: Sequence[Blank]) -> list[int]:
    """Return the numbers of the blanks to fill, each of a kind that this version can fill."""
    if not blanks:
        raise NoBlankError("No blank in the text. Mark one with [MASK].")
    targets = range(len(blanks)) if request.blanks is None else sorted(set(request.blanks))
    if request.method not in ("auto", "sequential"):
        raise ConfigurationError(f"method={request.method!r}: take auto or sequential.")
    for index in targets:
        if not 0 <= index < len(blanks):
            raise ConfigurationError(
                f"blanks={index}: the text has blanks 0 to {len(blanks) - 1}. Name one of those."
            )
        _check_supported(request.text, blanks[index])
    if not targets:
        raise NoBlankError("No blank was asked for. Name at least one.")
    return list(targets)


def _check_supported(text: str, blank: Blank) -> None:
    if blank.error is not None:
        raise BlankSyntaxError(blank.error, start=blank.start, end=blank.end)
    if blank.is_fixed and blank.name is None and not blank.constraints:
        return
    line = text.count("\n", 0, blank.start) + 1
    what = "linked blanks" if blank.name is not None else "rules for a fill"
    if not blank.is_fixed:
        what = "open lengths"
    words = blank.minimum or 1
    remedy = "[MASK]" if words == 1 else f"[MASK:{words}]"
    raise NotSupportedError(
        f"Line {line}: {text[blank.start : blank.end]}: {what} are not filled yet. "
        f"Write {remedy} instead."
    )


def _likeliest(
    text: BlankedText, filled: FilledBlank, logprobs: Tensor, count: int
) -> list[Candidate]:
    """Return the likeliest words of one piece; words that differ by case alone are one."""
    found: dict[str, Candidate] = {}
    for piece in logprobs.argsort(descending=True, stable=True)[: 3 * count].tolist():
        logprob = float(logprobs[piece])
        if len(found) == count or logprob == -torch.inf:
            break
        word = text.fill_text(filled.blank, [piece])
        found.setdefault(word.casefold(), Candidate(text=word, logprob=logprob))
    return list(found.values())


@contextmanager
def _memory_guarded(device: str) -> Iterator[None]:
    """Turn a full device into an error that names the remedy."""
    remedy = "Choose a smaller model" + ("" if device == "cpu" else ", or --device cpu")
    message = (
        f"The {'computer' if device == 'cpu' else 'graphics card'} ran out of memory. {remedy}."
    )
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError):
        raise OutOfMemoryError(message) from None
    except RuntimeError as error:
        # The CPU's allocator has no exception of its own.
        if "allocate memory" in str(error) or "out of memory" in str(error):
            raise OutOfMemoryError(message) from None
        raise


def _report(on_progress: ProgressCallback | None, progress: Progress) -> None:
    if on_progress is not None:
        on_progress(progress)


def _describe(model: torch.nn.Module) -> str:
    """Return a backbone's kind and size, for one that has no name: `OLMo, 6.9 M parameters`."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    kind = type(model).__name__.partition("For")[0]
    return f"{kind}, {parameters / 1e6:.1f} M parameters"
