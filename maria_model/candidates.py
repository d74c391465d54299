"""The words listed for one blank, with probabilities a writer can take at their word.

MARIA's distribution over one-piece words is calibrated first; where words competed under the
string score, what they hold together is shared out by that score. Knows nothing of passes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from maria_model.api import Candidate
from maria_model.configuration import Calibration
from maria_model.proposals import FilledBlank, Proposal
from maria_model.tokenization import BlankedText
from maria_model.windows import OpenBlank


def candidates_of(
    text: BlankedText, filled: FilledBlank, calibration: Calibration, count: int
) -> list[Candidate]:
    """Return the fill and the likeliest other words for a blank; words differ by more than case.

    A blank with a list has the list's entries, a blank of several words its fill alone.
    """
    fill = text.fill_text(filled.blank, filled.pieces)
    rivals = filled.proposals or (_alone(filled),)
    if filled.blank.is_listed:
        ranked = _competitors(text, filled.blank, rivals, calibration, 1.0)
        return sorted(ranked, key=lambda candidate: candidate.text != fill)[:count]
    if filled.blank.most_words > 1:
        probability = min(1.0, math.exp(filled.logprob))
        return [Candidate(text=fill, logprob=filled.logprob, probability=probability)]
    # Nothing, where rules admit no word of one piece.
    shares = torch.softmax(filled.first_logprobs / calibration.temperature, dim=-1).nan_to_num(0.0)
    shares = shares * calibration.one_piece_share
    held = _held(rivals, shares, calibration)
    ranked = _competitors(text, filled.blank, rivals, calibration, held)
    judged = {rival.pieces for rival in rivals}
    for piece in shares.argsort(descending=True, stable=True)[: 3 * count].tolist():
        logprob = float(filled.first_logprobs[piece])
        if (piece,) not in judged and logprob > -math.inf:
            single = Proposal(shape=(1,), pieces=(piece,), logprob=logprob)
            ranked.append(_candidate(text, filled.blank, single, float(shares[piece])))
    # The fill leads, whatever the odds: it is what stands in the text.
    ranked.sort(key=lambda candidate: (candidate.text != fill, -candidate.probability))
    found: dict[str, Candidate] = {}
    for candidate in ranked:
        found.setdefault(candidate.text.casefold(), candidate)
    return list(found.values())[:count]


def _competitors(
    text: BlankedText,
    blank: OpenBlank,
    rivals: Sequence[Proposal],
    calibration: Calibration,
    held: float,
) -> list[Candidate]:
    """Return what competed for a blank, sharing what all of it holds together by the scores."""
    shares = shares_of([rival.score for rival in rivals], calibration)
    return [
        _candidate(text, blank, rival, held * share)
        for rival, share in zip(rivals, shares, strict=True)
    ]


def _held(rivals: Sequence[Proposal], shares: Tensor, calibration: Calibration) -> float:
    """Return the probability that what competed for a blank of one word holds together.

    Args:
        shares: (V,) of the words of one piece.
    """
    if not shares.any():
        return min(1.0, sum(math.exp(rival.logprob) for rival in rivals))
    held = sum(float(shares[rival.pieces[0]]) for rival in rivals if len(rival.pieces) == 1)
    is_longer_among_them = any(len(rival.pieces) > 1 for rival in rivals)
    return held + (1.0 - calibration.one_piece_share) * is_longer_among_them


def _alone(filled: FilledBlank) -> Proposal:
    """Return a fill that nothing competed with."""
    pieces = filled.pieces
    return Proposal(shape=(len(pieces),), pieces=pieces, logprob=filled.logprob, score=0.0)


def shares_of(scores: Sequence[float], calibration: Calibration) -> list[float]:
    """Return how likely each of some rivals is among them, by their string scores."""
    rivals = torch.tensor(scores, dtype=torch.float64)
    return list(torch.softmax(rivals / calibration.score_temperature, dim=-1).tolist())


def _candidate(
    text: BlankedText, blank: OpenBlank, proposal: Proposal, probability: float
) -> Candidate:
    return Candidate(
        text=text.fill_text(blank, proposal.pieces),
        logprob=proposal.logprob,
        probability=probability,
    )
