"""How many pieces a blanked word has: rules compared, and constants fitted to recorded scores.

A rule says which proposals compete and by which score: log p_AR(word + next k known pieces | left),
plus a weight times the masked LM's log-likelihood (or MARIA's, for comparison and for joint
answers), plus a prior on the length. Weight and priors are fitted on validation records as a choice
among the proposals (multinomial logit: convex), once for each suffix and number of proposals; which
of those is best is a question of accuracy there. Word accuracy on test records, with paired
intervals against "always one piece" and the present rule.

    python -m training.experiments.lengths --output lengths.json \
        --validation blanked_validation.json --test blanked_test.json
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from maria_model.configuration import InferenceConstants
from training.experiments.blanked_words import BlankRecord, Proposal, load_records
from training.experiments.bootstrap import Interval, bootstrap_mean

# What MARIA gives an even chance as a word of one piece is taken at once.
EVEN_CHANCE = math.log(0.5)
SUFFIXES = (2, 4, 8, 16)
ONE_PIECE_PROPOSALS = (1, 2, 4, 8)
LONGER_PROPOSALS = (0, 1, 2, 4)
NEWTON_STEPS = 12
RIDGE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRule:
    """Which proposals compete, and how.

    Attributes:
        one_piece: how many words of one piece do.
        longer: how many words of each greater length do, by the beam; 0 for MARIA's greedy one,
            and longer ones only while they win.
        suffix: known pieces in the string score.
        vote: whose log-likelihood stands beside it.
        weight: of that vote.
        priors: for one, two, three pieces.
        score_temperature: at which a softmax of the scores is the proposals' chances.
    """

    one_piece: int = 1
    longer: int = 0
    suffix: int = 8
    vote: Literal["masked", "marias"] = "masked"
    weight: float = 0.25
    priors: tuple[float, ...] = (0.0, -1.9, -3.3)
    score_temperature: float = 1.0

    def score(self, proposal: Proposal) -> float:
        """Return what the proposals compete by."""
        string = proposal.string[min(self.suffix, len(proposal.string) - 1)]
        vote = self.weight * self.vote_of(proposal)
        return string + vote + self.priors[proposal.parts - 1]

    def vote_of(self, proposal: Proposal) -> float:
        """Return the log-likelihood that stands beside the string score."""
        return proposal.masked if self.vote == "masked" else proposal.marias

    def choose(self, record: BlankRecord) -> Proposal:
        """Return the word that the rule fills a blank with."""
        first = record.proposals[0]
        if first.marias >= EVEN_CHANCE:
            return first
        rivals = competing(record, self)
        if self.longer:
            return max(rivals, key=self.score)
        best = max((p for p in rivals if p.parts == 1), key=self.score)
        # As the engine does: MARIA's own longer words are tried for as long as they win.
        for longer in (p for p in rivals if p.parts > 1):
            if not longer.is_own or self.score(longer) <= self.score(best):
                break
            best = longer
        return best


ALWAYS_ONE = LengthRule(priors=(0.0, -1e9, -1e9))
PRESENT = LengthRule()


def competing(record: BlankRecord, rule: LengthRule) -> list[Proposal]:
    """Return the proposals that a rule lets compete, shorter ones first."""
    singles = [p for p in record.proposals if p.parts == 1][: rule.one_piece]
    longer = [p for p in record.proposals if p.parts > 1]
    if not rule.longer:
        return singles + [p for p in longer if p.is_greedy]
    beams = [
        [p for p in longer if p.parts == parts and not p.is_greedy and p.is_own][: rule.longer]
        for parts in (2, 3)
    ]
    return singles + beams[0] + beams[1]


def fit_weights(records: Sequence[BlankRecord], rule: LengthRule) -> LengthRule:
    """Return the rule with the weight and priors that make the true words likeliest.

    Blanks that no proposal fits, or that are safe, say nothing.
    """
    choices = [
        choice
        for record in records
        if record.proposals[0].marias < EVEN_CHANCE
        for choice in _choice(record, rule)
    ]
    if not choices:
        return rule
    # Rows are filled up with proposals that nothing can choose.
    features = pad_sequence([features for features, _ in choices], batch_first=True)
    exists = pad_sequence([torch.ones(len(f)) for f, _ in choices], batch_first=True).bool()
    true = torch.tensor([true for _, true in choices])
    # Factors of string, vote, two pieces, three pieces; the first sets the scale.
    factors = _newton(features, exists, true, [0, 1, 2, 3])
    if factors[1] < 0.0:
        # Among MARIA's own few likeliest words a vote says little, and noise may turn it round: one
        # that counts against a word would be the fit's, not the reader's.
        factors = _newton(features, exists, true, [0, 2, 3])
    scale, weight, two, three = factors.tolist()
    if scale <= 0.0:
        # Too few blanks to say anything.
        return rule
    priors = (0.0, round(two / scale, 2), round(three / scale, 2))
    return replace(
        rule,
        weight=round(weight / scale, 2),
        priors=priors,
        score_temperature=round(1.0 / scale, 2),
    )


def _newton(features: Tensor, exists: Tensor, true: Tensor, free: list[int]) -> Tensor:
    """Return the four factors that make the true proposals likeliest; 0 where they are not free."""
    factors = torch.zeros(len(free), dtype=torch.float64)
    for _ in range(NEWTON_STEPS):
        gradient, curvature = _logit_derivatives(features[..., free], exists, true, factors)
        factors = factors - torch.linalg.solve(curvature, gradient)
    whole = torch.zeros(features.shape[-1], dtype=torch.float64)
    whole[free] = factors
    return whole


def _choice(record: BlankRecord, rule: LengthRule) -> list[tuple[Tensor, int]]:
    """Return the features (P, 4) of a blank's proposals and which is true, if any is."""
    rivals = competing(record, rule)
    true = [i for i, proposal in enumerate(rivals) if proposal.text == record.truth]
    rows = [
        [
            p.string[min(rule.suffix, len(p.string) - 1)],
            rule.vote_of(p),
            p.parts == 2,
            p.parts == 3,
        ]
        for p in rivals
    ]
    return [(torch.tensor(rows, dtype=torch.float64), true[0])] if true else []


def _logit_derivatives(
    features: Tensor, exists: Tensor, true: Tensor, factors: Tensor
) -> tuple[Tensor, Tensor]:
    """Return gradient (4,) and Hessian (4, 4) of the mean loss, held by a small ridge.

    Args:
        features: (N, P, 4) of each blank's proposals.
        exists: (N, P) False where a row was filled up.
        true: (N,) which proposal is the true word.
        factors: (4,).
    """
    scores = (features @ factors).masked_fill(~exists, -torch.inf)
    chances = torch.softmax(scores, dim=1)
    means = torch.einsum("np,npf->nf", chances, features)
    spread = torch.einsum("np,npf,npg->fg", chances, features, features) - means.T @ means
    errors = means - features[torch.arange(len(true)), true]
    ridge = RIDGE * torch.eye(len(factors), dtype=torch.float64)
    return errors.mean(dim=0) + RIDGE * factors, spread / len(true) + ridge


def is_right(records: Sequence[BlankRecord], rule: LengthRule) -> np.ndarray[Any, Any]:
    """Return (N,) 1.0 where the rule fills in the very word that stood there."""
    hits = [rule.choose(record).text == record.truth for record in records]
    return np.asarray(hits, dtype=np.float64)


def fit_rule(
    records: Sequence[BlankRecord], longer_proposals: Sequence[int] = LONGER_PROPOSALS
) -> tuple[LengthRule, list[dict[str, Any]]]:
    """Return the most accurate of the fitted rules, and all of them with their accuracies."""
    tried = []
    for suffix in SUFFIXES:
        for one_piece in ONE_PIECE_PROPOSALS:
            for longer in longer_proposals:
                start = LengthRule(one_piece=one_piece, longer=longer, suffix=suffix)
                rule = fit_weights(records, start)
                tried.append((float(is_right(records, rule).mean()), rule))
    # Among equals, the one that costs least.
    best = max(tried, key=lambda pair: (pair[0], -pair[1].one_piece - 2 * pair[1].longer))
    return best[1], [asdict(rule) | {"accuracy": accuracy} for accuracy, rule in tried]


def compare(
    records: Sequence[BlankRecord], rules: dict[str, LengthRule]
) -> dict[str, dict[str, Any]]:
    """Return each rule's word accuracy, by the truth's length too, and paired intervals."""
    hits = {name: is_right(records, rule) for name, rule in rules.items()}
    parts = np.asarray([min(record.parts, 3) for record in records])
    ones = np.ones(len(records))
    rows: dict[str, dict[str, Any]] = {}
    for name, right in hits.items():
        rows[name] = {
            "accuracy": float(right.mean()),
            "by_pieces": {
                str(n): float(right[parts == n].mean()) for n in (1, 2, 3) if (parts == n).any()
            },
            "against": {
                other: asdict(bootstrap_mean(right - rival, ones))
                for other, rival in hits.items()
                if other != name
            },
        }
    return rows


def print_comparison(rows: dict[str, dict[str, Any]]) -> None:
    """Print a line a rule."""
    for name, row in rows.items():
        by_pieces = ", ".join(f"{n}: {share:.3f}" for n, share in row["by_pieces"].items())
        print(f"  {name}: {row['accuracy']:.3f} ({by_pieces})")
        for other, interval in row["against"].items():
            print(f"    against {other}: {Interval(**interval)}")


def main() -> None:
    """Fit on validation, compare on test, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--test", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    splits = {
        name: [record for record in load_records(getattr(arguments, name)) if record.proposals]
        for name in ("validation", "test")
    }
    # The engine proposes longer words one piece after the other; the beam shows what that costs.
    fitted, tried = fit_rule(splits["validation"], [0])
    beam, tried_beams = fit_rule(splits["validation"], LONGER_PROPOSALS[1:])
    # What MARIA's vote is worth in its place; joint answers have hers only.
    marias = fit_weights(splits["validation"], replace(fitted, vote="marias"))
    print(fitted, beam, marias, sep="\n")
    rules = {
        "always one piece": ALWAYS_ONE,
        "present": PRESENT,
        "present, eight words of one piece": replace(PRESENT, one_piece=8),
        "fitted": fitted,
        "fitted, with MARIA's vote": marias,
        "fitted, with the beam": beam,
    }
    inference = {
        "length_log_priors": list(fitted.priors),
        "masked_weight": fitted.weight,
        "marias_weight": marias.weight,
        "suffix_pieces": fitted.suffix,
        "one_piece_proposals": fitted.one_piece,
        "calibration": {"score_temperature": fitted.score_temperature},
    }
    InferenceConstants.from_dict(inference)
    result: dict[str, Any] = {
        "inference": inference,
        "rules": {name: asdict(rule) for name, rule in rules.items()},
        "tried": tried + tried_beams,
    }
    for split, records in splits.items():
        result[split] = compare(records, rules)
        print(f"{split}, {len(records)} blanks:")
        print_comparison(result[split])
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
