"""The seam: requests, results and the engine's interface, as plain picklable data.

Text is `str`; positions are code-point offsets into the text of the request. Token ids, tensors
and devices' handles never appear here. Knows nothing of torch, transformers or Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from maria_model.errors import ConfigurationError

Method = Literal["auto", "sequential"]
Device = Literal["auto", "cpu", "cuda"]
Preset = Literal["edit", "paper"]
WordKind = Literal["word", "name", "number", "code"]
Sides = Literal["both", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOptions:
    """How a token is chosen. Temperature 0 is greedy; filters apply in the order top-k, top-p."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature <= 10.0:
            raise ConfigurationError(f"temperature={self.temperature}: take 0 to 10.")
        if not 0.0 < self.top_p <= 1.0:
            raise ConfigurationError(f"top_p={self.top_p}: take more than 0, at most 1.")
        if self.top_k < 0:
            raise ConfigurationError(f"top_k={self.top_k}: take 0 (no limit) or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """Which model answered, and where it runs."""

    name: str
    causal_lm: str
    masked_lm: str
    device: str
    # False while the head is the untrained product of experts.
    trained_head: bool
    context_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRequest:
    """Fill the blanks of a text.

    `text` holds `[MASK...]` blanks. `blanks` are the indices of those to fill, in reading order;
    None fills all. The others stay blanks: the model reads around them. `revision` is the
    caller's own and comes back with the result.

    `num_candidates` bounds the words listed for each blank alone, `num_hypotheses` the joint
    answers. `sweeps` is how often all blanks are gone over again, each given all the others.
    `refresh` lets the masked LM read again after so many tokens, with what was settled; 0 is the
    paper's way.
    """

    text: str
    blanks: tuple[int, ...] | None = None
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    method: Method = "auto"
    num_candidates: int = 5
    revision: int = 0
    num_hypotheses: int = 1
    sweeps: int = 0
    refresh: int = 0

    def __post_init__(self) -> None:
        _check_letters(self.text)
        if self.method not in ("auto", "sequential"):
            raise ConfigurationError(f"method={self.method!r}: take auto or sequential.")
        for name, least, most in (
            ("num_candidates", 1, 100),
            ("num_hypotheses", 1, 50),
            ("sweeps", 0, 20),
            ("refresh", 0, 1_000_000),
        ):
            if not least <= getattr(self, name) <= most:
                raise ConfigurationError(f"{name}={getattr(self, name)}: take {least} to {most}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A word for one blank alone.

    `logprob` is MARIA's natural log-likelihood. `probability` is what the word's chances are, 0 to
    1, as far as the model's were checked against words that writers wrote.
    """

    text: str
    logprob: float
    probability: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankResult:
    """One filled blank: `text[start:end]` of the request becomes `fill`.

    `logprob` is the natural log-probability of the fill under MARIA, given everything to its left
    (earlier fills included) and the unmasked text to its right.
    """

    index: int
    start: int
    end: int
    fill: str
    logprob: float
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One joint answer for all blanks of the request, in reading order.

    `logprob` is the sum of the fills' log-likelihoods under MARIA. `score` compares answers of
    different lengths: log p_AR of the text from the first fill on, plus MARIA's weighted vote and
    the prior on lengths. Both in nats.
    """

    fills: tuple[str, ...]
    logprob: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What an answer cost. `tokens` were chosen by the model; `seconds` are wall time.

    Of the `drafted` tokens that causal passes verified, `accepted` were right. `cache` says on what
    the causal LM read: dynamic, static (of fixed shape) or compiled (that, and replayed).
    """

    method: str
    ar_passes: int
    mlm_passes: int
    tokens: int
    words: int
    seconds: float
    drafted: int = 0
    accepted: int = 0
    cache: str = "dynamic"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfilledBlank:
    """A blank for which there is no candidate: `reason` is one line for the writer."""

    index: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillResult:
    """The filled text. Not one character outside the filled blanks differs from the request.

    `hypotheses` are the joint answers, best first; the text is the first of them. `unfilled`
    blanks stand in the text as they were.
    """

    text: str
    blanks: tuple[BlankResult, ...]
    hypotheses: tuple[Hypothesis, ...]
    seed: int
    model: ModelInfo
    stats: Stats
    revision: int = 0
    unfilled: tuple[UnfilledBlank, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoreRequest:
    """Fix the words of some blanks and rank the candidates of the others again.

    `fixed` and `candidates` are pairs of a blank's number and its word, its candidate words.
    """

    text: str
    fixed: tuple[tuple[int, str], ...]
    candidates: tuple[tuple[int, tuple[str, ...]], ...]
    revision: int = 0

    def __post_init__(self) -> None:
        _check_letters(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoreResult:
    """The candidates of each blank, best first, given the fixed words."""

    candidates: tuple[tuple[int, tuple[Candidate, ...]], ...]
    model: ModelInfo
    stats: Stats
    revision: int = 0


# How often each preset goes over a passage, unless a request says otherwise.
USUAL_SWEEPS: dict[Preset, int] = {"edit": 3, "paper": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineRequest:
    """Rewrite a passage by simulated annealing (paper, section 3).

    `start` and `end` bound the passage in `text`; the rest is context and never changes.
    `strength` 0 to 1 says how little a change of the `edit` preset must gain, and how boldly it is
    looked for; `sweeps` None takes the preset's number. `keep` are words that must stay as they
    are, `locks` spans (start, end) of the text of which every word must. `budget` is how many words
    the `edit` preset may change at most, the most valuable first; None is any number.
    """

    text: str
    start: int = 0
    end: int | None = None
    strength: float = 0.5
    sweeps: int | None = None
    keep: tuple[str, ...] = ()
    preset: Preset = "edit"
    seed: int = 0
    revision: int = 0
    locks: tuple[tuple[int, int], ...] = ()
    budget: int | None = None

    def __post_init__(self) -> None:
        _check_letters(self.text)
        end = len(self.text) if self.end is None else self.end
        if not 0 <= self.start <= end <= len(self.text):
            raise ConfigurationError(
                f"start={self.start}, end={end}: not in a text of {len(self.text)} characters."
            )
        for start, stop in self.locks:
            if not 0 <= start <= stop <= len(self.text):
                raise ConfigurationError(
                    f"locks={start}:{stop}: not in a text of {len(self.text)} characters."
                )
        if self.budget is not None and self.budget < 1:
            raise ConfigurationError(f"budget={self.budget}: take 1 or more.")
        if self.budget is not None and self.preset == "paper":
            raise ConfigurationError("budget: the preset paper rewrites freely. Take preset edit.")
        if not 0.0 <= self.strength <= 1.0:
            raise ConfigurationError(f"strength={self.strength}: take 0 to 1.")
        if self.sweeps is not None and not 1 <= self.sweeps <= 100:
            raise ConfigurationError(f"sweeps={self.sweeps}: take 1 to 100.")
        if self.preset not in ("edit", "paper"):
            raise ConfigurationError(f"preset={self.preset!r}: take edit or paper.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One replaced run of words; offsets are code points of the request's text.

    `gain` says in nats how much better the new words are than the old, everything else as the
    reading has it; None where the preset weighs no change by itself (paper).
    """

    start: int
    end: int
    before: str
    after: str
    gain: float | None = None

    @property
    def identity(self) -> str:
        """The same for the same change, in every reading and every answer about one text."""
        return f"{self.start}-{self.end}:{self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageScore:
    """S(passage) in nats, its two parts apart; higher is better.

    Attributes:
        flow: log p(passage and the next 32 tokens | what stands to the left), from the model
            that reads from the left alone.
        fit: mean over the passage's words of log p(word | everything else), read from both sides;
            None where there is no word to judge.
    """

    flow: float
    fit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The text as one sweep left it: a proposal of its own, each of whose changes may be taken.

    Changes do not overlap and are in reading order; any of them may be made without the others.
    """

    sweep: int
    text: str
    changes: tuple[Change, ...]
    score: PassageScore | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineResult:
    """A proposal. `text` is the whole text with every change made; nothing is applied yet.

    Attributes:
        text, changes: those of the last sweep; no changes means that nothing was to improve.
        score: of the passage as the writer left it.
        readings: what each sweep left, in order; any may be chosen.
        open_words: how many words (paper: tokens) were free to change; 0 where all are locked.
    """

    text: str
    original: str
    changes: tuple[Change, ...]
    sweeps: int
    seed: int
    model: ModelInfo
    stats: Stats
    revision: int = 0
    score: PassageScore | None = None
    readings: tuple[Reading, ...] = ()
    open_words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
    """Write from nothing, or on from `prompt`: sample from the causal LM, then anneal."""

    prompt: str = ""
    num_tokens: int = 64
    sweeps: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        _check_letters(self.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateResult:
    """Text from unconditional annealed generation (paper, section 3)."""

    text: str
    sweeps: int
    seed: int
    model: ModelInfo
    stats: Stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running request is: `done` of `total` blanks, sweeps or loading steps.

    `blank` is a fill that is settled while the rest goes on, `reading` what a sweep made of the
    passage: previews, not yet answers.
    """

    done: int
    total: int
    stage: Literal["loading", "filling", "refining", "generating", "scoring"]
    blank: BlankResult | None = None
    reading: Reading | None = None


ProgressCallback = Callable[[Progress], None]
CancelCheck = Callable[[], bool]


class Cancelled(Exception):  # noqa: N818 - not an error: the caller asked for it
    """The caller asked to stop; `partial` are the blanks filled by then."""

    def __init__(self, partial: tuple[BlankResult, ...] = ()) -> None:
        super().__init__("Stopped. Nothing was changed.")
        self.partial = partial

    def __reduce__(self) -> tuple[object, ...]:
        return (Cancelled, (self.partial,))


# Words that are judged together stand at least this many words apart.
DEFAULT_STRIDE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """Say how likely every word is that begins in `text[start:end]`.

    `sides` is what a word is judged by: all around it, or as a reader meets it, by what stands to
    its left alone (the causal LM's own judgement). `alternatives` is how many other words are named
    for each. `stride` is how many words apart words must stand to be judged together from both
    sides: 0 judges one word at a time, exact and many times slower. Blanks are read as the one word
    that the model would put there, reading both sides.
    """

    text: str
    start: int = 0
    end: int | None = None
    alternatives: int = 5
    stride: int = DEFAULT_STRIDE
    revision: int = 0
    sides: Sides = "both"

    def __post_init__(self) -> None:
        _check_letters(self.text)
        end = len(self.text) if self.end is None else self.end
        if not 0 <= self.start <= end <= len(self.text):
            raise ConfigurationError(
                f"start={self.start}, end={end}: not in a text of {len(self.text)} characters."
            )
        if not 0 <= self.alternatives <= 100:
            raise ConfigurationError(f"alternatives={self.alternatives}: take 0 to 100.")
        if self.stride < 0:
            raise ConfigurationError(f"stride={self.stride}: take 0 (one at a time) or more.")
        if self.sides not in ("both", "left"):
            raise ConfigurationError(f"sides={self.sides!r}: take both or left.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordScore:
    """How likely one word, `text[start:end]` of the request, is where it stands.

    Attributes:
        kind: names, numbers and code are scored like words, and never called odd.
        logprob: natural log-probability of the word under MARIA, everything else known, among
            the words of as many pieces that may stand there; with sides "left" under the causal
            LM, what stands to the left known.
        margin: how much likelier the likeliest other word is, in nats; 0 where none is.
        oddness: how much better the best other word would fit, in nats, when half of what a word
            owes to being common is taken off: a rare word that fits is not odd.
        rank: 1 where no other word is likelier.
        alternatives: the likeliest other words, likeliest first.
    """

    start: int
    end: int
    text: str
    kind: WordKind
    logprob: float
    margin: float
    oddness: float
    rank: int
    alternatives: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreResult:
    """Every word of the span, in reading order."""

    words: tuple[WordScore, ...]
    model: ModelInfo
    stats: Stats
    revision: int = 0

    def odd_ones(self, count: int) -> tuple[WordScore, ...]:
        """Return the words that fit least, oddest first."""
        words = [word for word in self.words if word.kind == "word" and word.oddness > 0]
        return tuple(sorted(words, key=lambda word: -word.oddness)[:count])


class Engine(Protocol):
    """Answers requests, one at a time. The worker owns one; the command line owns one.

    Every method polls `cancelled` between passes and raises `Cancelled`; every method raises
    `MariaError` with one line for the user.
    """

    @property
    def info(self) -> ModelInfo:
        """The loaded model."""
        ...

    def fill(
        self,
        request: FillRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> FillResult:
        """Fill the blanks of a text."""
        ...

    def rescore(
        self, request: RescoreRequest, *, cancelled: CancelCheck | None = None
    ) -> RescoreResult:
        """Rank the candidates of some blanks again, given the words of others."""
        ...

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        """Propose a rewriting of a passage."""
        ...

    def generate(
        self,
        request: GenerateRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> GenerateResult:
        """Write from nothing, or on from a prompt."""
        ...

    def score(
        self,
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        """Say how likely every word of a span is."""
        ...


def _check_letters(text: str) -> None:
    """Refuse a text that no file can hold.

    Raises:
        ConfigurationError: it has half of a letter, a surrogate by itself.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ConfigurationError(
            f"Line {line}: half a letter (U+{ord(text[error.start]):04X}) stands by itself. "
            "Delete it, or read the text as UTF-8."
        ) from error
