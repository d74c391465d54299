"""Ranks known candidates of some blanks again when the words of others are fixed.

All candidates of a blank are read side by side in one pass, given the fixed words. Other blanks
stay masks behind it; before it they are filled in passing, since the causal LM needs words to
read there. Knows nothing of how the candidates were found.
"""

from __future__ import annotations

from collections.abc import Sequence

from maria_model.api import CancelCheck, Candidate, RescoreRequest
from maria_model.blanks import find_blanks
from maria_model.candidates import shares_of
from maria_model.causal_reader import CausalReader
from maria_model.errors import ConfigurationError
from maria_model.infilling import check
from maria_model.lengths import WordSearch
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.tokenization import BlankedText


def rescore(
    model: MariaForMaskedInfilling,
    request: RescoreRequest,
    *,
    limit: int,
    reader: CausalReader,
    cancelled: CancelCheck | None = None,
) -> tuple[tuple[int, tuple[Candidate, ...]], ...]:
    """Return the candidates of each blank that was asked about, best first.

    Raises:
        ConfigurationError: a number is no blank's, or a blank is asked about without candidates.
        Cancelled: `cancelled` said so.
    """
    text = BlankedText(
        text=request.text,
        blanks=find_blanks(request.text, strict=False),
        vocabulary=model.vocabulary,
        limit=limit,
        fills=dict(request.fixed),
    )
    _check(request, len(text.blanks))
    answers = []
    for index, words in request.candidates:
        check(cancelled)
        # A blank that was fixed meanwhile is asked about all the same.
        fixed = text.fills.pop(index, None)
        answers.append((index, _ranked(model, text, index, words, reader, cancelled)))
        if fixed is not None:
            text.fills[index] = fixed
    return tuple(answers)


def _ranked(
    model: MariaForMaskedInfilling,
    text: BlankedText,
    index: int,
    words: Sequence[str],
    reader: CausalReader,
    cancelled: CancelCheck | None,
) -> tuple[Candidate, ...]:
    excerpt = text.excerpt([index])
    search = WordSearch(model, excerpt, reader, cancelled=cancelled)
    *before, blank = excerpt.open_blanks
    for other in before:
        search.pass_over(other)
    proposals = search.weigh(blank, [text.pieces_of(blank, word) for word in words])
    calibration = model.config.inference_constants.calibration
    shares = shares_of([proposal.score for proposal in proposals], calibration)
    found = [
        Candidate(text=word, logprob=proposal.logprob, probability=share)
        for word, proposal, share in zip(words, proposals, shares, strict=True)
    ]
    return tuple(sorted(found, key=lambda candidate: -candidate.probability))


def _check(request: RescoreRequest, blanks: int) -> None:
    for index, word in request.fixed:
        if not 0 <= index < blanks or not word.strip():
            raise ConfigurationError(f"fixed={index}: {word!r}: name a blank and its word.")
    for index, words in request.candidates:
        if not 0 <= index < blanks or not words or not all(word.strip() for word in words):
            raise ConfigurationError(f"candidates={index}: name a blank and its words.")
