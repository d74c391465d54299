"""The words listed for one blank, with probabilities a writer can take at their word.

MARIA's distribution over one-piece words is calibrated first; where words competed under the
string score, what they hold together is shared out by that score. Knows nothing of passes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

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
    if filled.blank.is_listed:
        ranked = _competitors(text, filled, calibration, 1.0)
        return sorted(ranked, key=lambda candidate: candidate.text != fill)[:count]
    if filled.blank.most_words > 1:
        probability = min(1.0, math.exp(filled.logprob))
        return [Candidate(text=fill, logprob=filled.logprob, probability=probability)]
    shares = torch.softmax(filled.first_logprobs / calibration.temperature, dim=-1)
    shares = shares * calibration.one_piece_share
    rivals = {proposal.pieces: proposal for proposal in filled.proposals}
    held = sum(float(shares[pieces[0]]) for pieces in rivals if len(pieces) == 1)
    if any(len(pieces) > 1 for pieces in rivals):
        held += 1.0 - calibration.one_piece_share
    ranked = _competitors(text, filled, calibration, held)
    for piece in shares.argsort(descending=True, stable=True)[: 3 * count].tolist():
        logprob = float(filled.first_logprobs[piece])
        if (piece,) not in rivals and logprob > -math.inf:
            single = Proposal(shape=(1,), pieces=(piece,), logprob=logprob)
            ranked.append(_candidate(text, filled.blank, single, float(shares[piece])))
    # The fill leads, whatever the odds: it is what stands in the text.
    ranked.sort(key=lambda candidate: (candidate.text != fill, -candidate.probability))
    found: dict[str, Candidate] = {}
    for candidate in ranked:
        found.setdefault(candidate.text.casefold(), candidate)
    return list(found.values())[:count]


def _competitors(
    text: BlankedText, filled: FilledBlank, calibration: Calibration, held: float
) -> list[Candidate]:
    """Return what competed for a blank, sharing what all of it holds together by the scores."""
    shares = shares_by_score(filled.proposals, calibration)
    return [
        _candidate(text, filled.blank, proposal, held * share)
        for proposal, share in zip(filled.proposals, shares, strict=True)
    ]


def shares_by_score(proposals: Sequence[Proposal], calibration: Calibration) -> list[float]:
    """Return how likely each proposal is among them, by their scores."""
    scores = torch.tensor([proposal.score for proposal in proposals], dtype=torch.float64)
    return list(torch.softmax(scores / calibration.score_temperature, dim=-1).tolist())


def _candidate(
    text: BlankedText, blank: OpenBlank, proposal: Proposal, probability: float
) -> Candidate:
    return Candidate(
        text=text.fill_text(blank, proposal.pieces),
        logprob=proposal.logprob,
        probability=probability,
    )
