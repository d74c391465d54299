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

from maria_model.annealing import Annealer
from maria_model.api import (
    BlankResult,
    CancelCheck,
    Cancelled,
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
)
from maria_model.blanks import Blank, find_blanks
from maria_model.cache_kinds import kind_of
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.device import CacheKind, leave_a_core
from maria_model.errors import (
    BlankSyntaxError,
    ConfigurationError,
    NoBlankError,
    NotSupportedError,
    OutOfMemoryError,
)
from maria_model.filling import Filling
from maria_model.generation import generate_text
from maria_model.infilling import check
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.rescoring import rescore
from maria_model.static_passes import prepare
from maria_model.tokenization import BlankedText
from maria_model.word_pieces import WordPieces
from maria_model.word_scores import score_words

# [CLS] and [SEP] of the masked LM; the causal LM needs one for its start.
FRAME_TOKENS = 2
LOADING_STEPS = 2


@dataclass(slots=True)
class _Cost:
    """What a running request has cost."""

    cache: CacheKind
    counts: PassCounts = field(default_factory=PassCounts)
    tokens: int = 0
    words: int = 0
    started: float = field(default_factory=time.perf_counter)

    def stats(self, method: str) -> Stats:
        return Stats(
            method=method,
            ar_passes=self.counts.ar,
            mlm_passes=self.counts.mlm,
            drafted=self.counts.drafted,
            accepted=self.counts.accepted,
            tokens=self.tokens,
            words=self.words,
            seconds=time.perf_counter() - self.started,
            cache=self.cache,
        )


class MariaEngine:
    """A loaded model behind `maria_model.api.Engine`, and unconditional generation besides."""

    def __init__(self, model: MariaForMaskedInfilling, *, exact: bool = False) -> None:
        """Take a model; `exact` reads every request anew, so that none can tint the next."""
        self._model = model.eval()
        self._exact = exact
        self._reader: CausalReader | None = None
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
        exact: bool = False,
        weights: str = "auto",
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> MariaEngine:
        """Load a model by name or folder (None is the embedded one), or join two backbones.

        On a graphics card the passes are compiled here, which is most of the steps reported.
        `exact` computes in float32 and reads every request anew. `weights` is their precision:
        auto, float32, bfloat16, int8 or int4.

        Raises:
            MariaError: whatever keeps the model from loading.
            Cancelled: `cancelled` said so before or after the files were read.
        """
        _report(on_progress, Progress(done=0, total=LOADING_STEPS, stage="loading"))
        check(cancelled)
        with _memory_guarded(device):
            loaded = load_model(
                model,
                causal_lm=causal_lm,
                masked_lm=masked_lm,
                device=device,
                exact=exact,
                weights=weights,
            )
            check(cancelled)
            _report(on_progress, Progress(done=1, total=LOADING_STEPS, stage="loading"))
            engine = cls(loaded, exact=exact)
            total = LOADING_STEPS
            for ready, shapes in prepare(loaded):
                check(cancelled)
                total = LOADING_STEPS + shapes
                _report(on_progress, Progress(done=1 + ready, total=total, stage="loading"))
        check(cancelled)
        _report(on_progress, Progress(done=total, total=total, stage="loading"))
        return engine

    @classmethod
    def load_beside_a_window(
        cls,
        model: str | Path | None = None,
        *,
        device: str = "auto",
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> MariaEngine:
        """Load as `load` does, in a process that leaves a core to the window."""
        leave_a_core()
        return cls.load(model, device=device, on_progress=on_progress, cancelled=cancelled)

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
        window by window, each reading what was filled before. Linked blanks come first. A one-word
        blank's candidates are the likeliest words given all that was settled to its left, headed
        by the fill; a longer blank has its fill as the only candidate.

        Raises:
            NoBlankError, BlankSyntaxError, NotSupportedError, ContextLengthError, CheckpointError,
            OutOfMemoryError: one line for the writer each.
            Cancelled: `cancelled` said so; it carries the blanks settled by then.
        """
        cost = self._open_cost()
        text = BlankedText(
            text=request.text,
            blanks=find_blanks(request.text, strict=False),
            vocabulary=self._model.vocabulary,
            limit=self._limit,
        )
        targets = _targets(request, text.blanks)
        filling = Filling(
            model=self._model,
            request=request,
            text=text,
            reader=self._open_reader(cost),
            cancelled=cancelled,
        )
        done: dict[int, BlankResult] = {}
        try:
            with _memory_guarded(self._model.device.type):
                for result in filling.run(targets):
                    done[result.index] = result
                    _report(on_progress, _filled(result, len(done), len(targets)))
                hypotheses = filling.hypotheses(targets)
        except Cancelled:
            raise Cancelled(tuple(done[index] for index in sorted(done))) from None
        if not filling.settled:
            raise NotSupportedError(filling.unfilled[targets[0]].reason)
        cost.tokens = filling.tokens
        cost.words = sum(len(result.fill.split()) for result in filling.settled.values())
        return FillResult(
            text=text.splice(),
            blanks=tuple(filling.settled[index] for index in sorted(filling.settled)),
            hypotheses=tuple(hypotheses),
            seed=request.sampling.seed,
            model=self.info,
            stats=cost.stats("sequential" if request.method == "sequential" else "speculative"),
            revision=request.revision,
            unfilled=tuple(filling.unfilled[index] for index in sorted(filling.unfilled)),
        )

    def rescore(
        self, request: RescoreRequest, *, cancelled: CancelCheck | None = None
    ) -> RescoreResult:
        """Rank the candidates of some blanks again, given the words of others.

        Raises:
            ConfigurationError, ContextLengthError, CheckpointError, OutOfMemoryError.
            Cancelled: `cancelled` said so.
        """
        cost = self._open_cost()
        with _memory_guarded(self._model.device.type):
            candidates = rescore(
                self._model,
                request,
                limit=self._limit,
                reader=self._open_reader(cost),
                cancelled=cancelled,
            )
        return RescoreResult(
            candidates=candidates,
            model=self.info,
            stats=cost.stats("rescoring"),
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
        cost = self._open_cost()
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
        last = rewriting.readings[-1]
        cost.words = sum(len(change.after.split()) for change in last.changes)
        return RefineResult(
            text=last.text,
            original=request.text,
            changes=last.changes,
            sweeps=last.sweep,
            score=rewriting.score,
            readings=rewriting.readings,
            open_words=rewriting.open_units,
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
        cost = self._open_cost()
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
        cost = self._open_cost()
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
            stats=cost.stats(_scoring_method(request)),
            revision=request.revision,
        )

    def _open_cost(self) -> _Cost:
        return _Cost(kind_of(self._model))

    def _open_reader(self, cost: _Cost) -> CausalReader:
        """Return the causal LM with what it read for the last request, or with nothing."""
        if self._reader is None or self._exact:
            self._reader = CausalReader(self._model, cost.counts)
        self._reader.counts = cost.counts
        return self._reader


def _targets(request: FillRequest, blanks: Sequence[Blank]) -> list[int]:
    """Return the numbers of the blanks to fill, each written as it should be."""
    if not blanks:
        raise NoBlankError("No blank in the text. Mark one with [MASK].")
    targets = range(len(blanks)) if request.blanks is None else sorted(set(request.blanks))
    for index in targets:
        if not 0 <= index < len(blanks):
            raise ConfigurationError(
                f"blanks={index}: the text has blanks 0 to {len(blanks) - 1}. Name one of those."
            )
        _check_written(blanks[index])
    if not targets:
        raise NoBlankError("No blank was asked for. Name at least one.")
    return list(targets)


def _check_written(blank: Blank) -> None:
    if blank.error is not None:
        raise BlankSyntaxError(blank.error, start=blank.start, end=blank.end)


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


def _scoring_method(request: ScoreRequest) -> str:
    if request.sides == "left":
        return "from the left"
    return "together" if request.stride else "one by one"


def _filled(result: BlankResult, done: int, total: int) -> Progress:
    return Progress(done=done, total=total, stage="filling", blank=result)


def _report(on_progress: ProgressCallback | None, progress: Progress) -> None:
    if on_progress is not None:
        on_progress(progress)


def _describe(model: torch.nn.Module) -> str:
    """Return a backbone's kind and size, for one that has no name: `OLMo, 6.9 M parameters`."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    kind = type(model).__name__.partition("For")[0]
    return f"{kind}, {parameters / 1e6:.1f} M parameters"
