"""Writing from nothing, or on from a prompt: sampling, then annealing (paper, section 3).

The causal LM draws the tokens at temperature 1; sweeps of the `paper` preset go over them. Knows
nothing of documents or of how a sweep works.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from maria_model.annealing import Annealer, AnnealingSchedule
from maria_model.api import CancelCheck, GenerateRequest, ProgressCallback, SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.errors import ConfigurationError, ContextLengthError
from maria_model.infilling import check
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.passages import Passage, Unit, joined
from maria_model.sampling import NoiseKey, choose
from maria_model.tokenization import LINE_FEED
from maria_model.word_pieces import WordPieces

# Noise keys of sampled text must not meet those of sweeps, which count from 0.
_PROMPT_KEY = -1


def generate_text(
    model: MariaForMaskedInfilling,
    request: GenerateRequest,
    *,
    limit: int,
    counts: PassCounts,
    on_progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
) -> tuple[str, int]:
    """Sample from the causal LM at temperature 1, then anneal; return text and tokens chosen.

    Raises:
        ContextLengthError: more tokens than the model's context.
        ConfigurationError: no tokens, or a negative number of sweeps.
    """
    schedule = AnnealingSchedule(sweeps=request.sweeps)
    if request.num_tokens < 1:
        raise ConfigurationError(f"num_tokens={request.num_tokens}: take 1 or more.")
    if request.num_tokens > limit:
        raise ContextLengthError(
            f"num_tokens={request.num_tokens}: this model holds {limit}. Ask for fewer."
        )
    # "the " would end in a lone space: the first sampled word brings its own.
    prompt = request.prompt.removesuffix(" ")
    left = model.vocabulary.encode(prompt)[-(limit - request.num_tokens) :]
    if request.num_tokens == limit:
        left = []
    pieces = _sample(model, left, request, counts, cancelled)
    is_inline = WordPieces.of(model.vocabulary).is_inline
    units = [
        Unit(pieces=(piece,), start=0, end=0, is_locked=not bool(is_inline[piece]))
        for piece in pieces
    ]
    passage = Passage(units, left=left, right=(), limit=limit)
    annealer = Annealer(
        model, limit=limit, counts=counts, on_progress=on_progress, cancelled=cancelled
    )
    for sweep in range(schedule.sweeps):
        annealer.report("generating", sweep, schedule.sweeps)
        annealer.sweep(passage, 0, len(units), schedule, sweep, seed=request.seed)
    annealer.report("generating", schedule.sweeps, schedule.sweeps)
    text = model.vocabulary.decode(joined(passage.current))
    if request.prompt.endswith(" "):
        text = text.removeprefix(" ")
    return text, len(pieces) + annealer.tokens


@torch.inference_mode()
def _sample(
    model: MariaForMaskedInfilling,
    left: Sequence[int],
    request: GenerateRequest,
    counts: PassCounts,
    cancelled: CancelCheck | None,
) -> list[int]:
    """Sample pieces from the causal LM alone at temperature 1."""
    reader = CausalReader(model, counts)
    options = SamplingOptions(temperature=1.0, seed=request.seed)
    vocabulary = model.vocabulary
    line_feeds = torch.tensor([piece.startswith(LINE_FEED) for piece in vocabulary.pieces])
    allowed = WordPieces.of(vocabulary).is_inline | line_feeds
    # The prompt's last space belongs to the first piece.
    first = allowed & vocabulary.is_word_start if request.prompt.endswith(" ") else allowed
    pieces: list[int] = []
    new = list(left)
    while len(pieces) < request.num_tokens:
        check(cancelled)
        logits = model.causal_lm_logits(reader.read(new)[-1])
        key = NoiseKey(blank=_PROMPT_KEY, piece=len(pieces))
        choice = choose(logits, options=options, key=key, allowed=allowed if pieces else first)
        new = [choice.piece]
        pieces += new
    return pieces
