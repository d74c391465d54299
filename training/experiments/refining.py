"""Fits what an edit must gain, and counts what refining restores and what it spoils.

A tenth of the words of held-out paragraphs are swapped, half of them for random words of like
frequency and half for words that are akin (`swapped_words`). On the validation split every word
that the edit preset asks about is judged once; the weights of the gain are those under which the
words that stood there are likeliest (a conditional logit: keep, or one of the proposals), and the
least gains follow from what they restore and spoil. On the test split the paragraphs are refined.
The same is done with either reader alone: MARIA's algorithm on a head that holds one reader's own
projection. Nothing is written into the model: the JSON's "inference" mapping is for its
config.json.

    python -m training.experiments.refining --output .build/embedded/refining.json
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from maria_model.annealing import Annealer
from maria_model.api import PassageScore, RefineRequest, RefineResult
from maria_model.causal_reader import PassCounts
from maria_model.edit_weights import EditWeights
from maria_model.editing import WordEditing
from maria_model.engine import FRAME_TOKENS, MariaEngine
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.passages import Layout
from maria_model.scoring import SUFFIX_PIECES, MaskedHalf, PassageScorer
from training.experiments.bootstrap import bootstrap_mean
from training.experiments.single_readers import READERS, with_reader
from training.experiments.swapped_words import (
    SwappedParagraph,
    Swapper,
    count_words,
    draw_paragraphs,
)

BUTTON = 0.5
# Restored words for each spoiled one, on validation, at strength 0 and at strength 1.
RESTORED_PER_SPOILED = (8.0, 1.0)
# What a reader spoils on validation where MARIA is not asked.
ALONE = 0.005
# Points of the curve: shares of the untouched words that are spoiled.
SPOILED_SHARES = (0.0025, 0.005, 0.01, 0.02, 0.04)
# Holds the weights where the words say nothing of them.
RIDGE = 1e-3
FEATURES = (
    "flow",
    "fit",
    "new_commonness",
    "old_commonness",
    "kinship",
    "shortening",
    "constant",
)
# Where the fit of the weights begins.
START = (0.5, 0.5, 0.5, 0.5, 0.0, 0.0, -3.0)


@dataclass(frozen=True, slots=True)
class JudgedWord:
    """A word that was asked about: its proposals' features, and what became of it.

    Attributes:
        features: (n, 7) of n proposals, in the order of `FEATURES`.
        restores: (n,) bool, whether the proposal is the word that stood there.
        is_swapped: whether another word stood there at all.
    """

    features: Tensor
    restores: Tensor
    is_swapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Words of some paragraphs, counted.

    Attributes:
        restored: swapped, and the original again.
        spoiled: not swapped, and another now.
        otherwise: swapped, and a third word now.
        akin, akin_restored: swapped for a word that is akin, and of those the original again.
    """

    swapped: int = 0
    untouched: int = 0
    restored: int = 0
    spoiled: int = 0
    otherwise: int = 0
    akin: int = 0
    akin_restored: int = 0

    def __str__(self) -> str:
        return (
            f"restored {self.restored}/{self.swapped} (akin {self.akin_restored}/{self.akin}), "
            f"spoiled {self.spoiled}/{self.untouched}, repaired otherwise {self.otherwise}"
        )


class _RecordingScorer(PassageScorer):
    """Keeps what was judged."""

    judged: dict[int, tuple[list[tuple[int, ...]], list[PassageScore]]]

    def judge(
        self,
        layout: Layout,
        number: int,
        readings: Sequence[Sequence[int]],
        half: MaskedHalf,
        *,
        suffix: int = SUFFIX_PIECES,
    ) -> list[PassageScore]:
        scores = super().judge(layout, number, readings, half, suffix=suffix)
        # Once for each number of pieces, the writer's own first.
        known, known_scores = self.judged.setdefault(number, ([], []))
        known += [tuple(pieces) for pieces in readings]
        known_scores += scores
        return scores


def judge_words(model: MariaForMaskedInfilling, paragraph: SwappedParagraph) -> list[JudgedWord]:
    """Return the words of a paragraph that a first greedy sweep asks about."""
    counts = PassCounts()
    annealer = Annealer(model, limit=model.context_length - FRAME_TOKENS, counts=counts)
    request = RefineRequest(text=paragraph.text)
    _, passage = annealer.read(request)
    words = []
    for part in annealer.edited_parts(request, passage):
        scorer = _RecordingScorer(model, counts)
        scorer.judged = {}
        part.scorer = scorer
        part.options = replace(part.options, least_gain=math.inf)
        part.sweep(temperature=0.0, number=0)
        words += [_judged_word(part, paragraph, number) for number in scorer.judged]
    return [word for word in words if len(word.restores)]


def _judged_word(part: WordEditing, paragraph: SwappedParagraph, number: int) -> JudgedWord:
    assert isinstance(part.scorer, _RecordingScorer)
    readings, scores = part.scorer.judged[number]
    original = paragraph.originals.get(part.passage.units[number].start)
    commonness = [float(part.commonness[list(pieces)].sum()) for pieces in readings]
    features = [
        (
            score.flow - scores[0].flow,
            (score.fit or 0.0) - (scores[0].fit or 0.0),
            -common,
            commonness[0],
            part.kinship.between(readings[0], pieces),
            float(len(pieces) < len(readings[0])),
            1.0,
        )
        for pieces, score, common in zip(readings, scores, commonness, strict=True)
    ]
    texts = [part.model.vocabulary.decode(pieces).strip() for pieces in readings]
    return JudgedWord(
        features=torch.tensor(features[1:], dtype=torch.float64).view(-1, len(FEATURES)),
        restores=torch.tensor([text == original for text in texts[1:]]),
        is_swapped=original is not None,
    )


def fit_weights(words: Sequence[JudgedWord], *, reader: str = "maria") -> EditWeights:
    """Return the weights under which the words that stood there are likeliest.

    A swapped word whose original is not among the proposals counts as one to change, whatever to.
    """
    free = torch.tensor(
        [name != "flow" or reader != "masked LM" for name in FEATURES], dtype=torch.float64
    )
    weights = torch.tensor(START, dtype=torch.float64) * free
    weights.requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        loss = RIDGE * (weights**2).sum() + sum(
            _loss(word, weights * free) for word in words
        ) / len(words)
        loss.backward()
        return float(loss.detach())

    optimizer.step(closure)
    fitted = dict(zip(FEATURES, (weights * free).tolist(), strict=True))
    return EditWeights(**fitted)


def _loss(word: JudgedWord, weights: Tensor) -> Tensor:
    """Return the negative log-likelihood of what ought to become of a word."""
    utilities = torch.cat([torch.zeros(1, dtype=torch.float64), word.features @ weights])
    logprobs = torch.log_softmax(utilities, dim=0)
    if not word.is_swapped:
        return -logprobs[0]
    right = logprobs[1:][word.restores]
    return -(right if len(right) else logprobs[1:]).logsumexp(dim=0)


def gains(words: Sequence[JudgedWord], weights: EditWeights) -> list[tuple[float, str]]:
    """Return for each word what its best proposal gains and what adopting it would do."""
    found = []
    vector = torch.tensor([getattr(weights, name) for name in FEATURES], dtype=torch.float64)
    for word in words:
        values = word.features @ vector
        best = int(values.argmax())
        effect = "otherwise" if word.is_swapped else "spoiled"
        effect = "restored" if bool(word.restores[best]) else effect
        found.append((float(values[best]), effect))
    return sorted(found, reverse=True)


def least_gain(found: Sequence[tuple[float, str]], ratio: float) -> float:
    """Return the lowest threshold above which `ratio` words are restored for each one spoiled."""
    restored = spoiled = 0
    lowest = found[0][0]
    for gain, effect in found:
        restored += effect == "restored"
        spoiled += effect == "spoiled"
        if restored >= ratio * spoiled:
            lowest = gain
    return lowest - 1e-6


def gain_at_spoiled(found: Sequence[tuple[float, str]], spoiled: float) -> float:
    """Return the lowest threshold above which no more than so many words are spoiled."""
    lowest = found[0][0]
    for gain, effect in found:
        spoiled -= effect == "spoiled"
        if spoiled < 0:
            break
        lowest = gain
    return lowest - 1e-6


def effects_above(found: Sequence[tuple[float, str]], least: float) -> dict[str, int]:
    """Return how many words are restored, spoiled and otherwise changed above a threshold."""
    effects = [effect for gain, effect in found if gain > least]
    return {effect: effects.count(effect) for effect in ("restored", "spoiled", "otherwise")}


def curve(found: Sequence[tuple[float, str]], untouched: int) -> list[dict[str, Any]]:
    """Return what becomes of the words when at most a share of the untouched is spoiled."""
    rows = []
    for share in SPOILED_SHARES:
        least = gain_at_spoiled(found, share * untouched)
        rows.append({"spoiled_share": share, "least_gain": least} | effects_above(found, least))
    return rows


def judge_all(
    model: MariaForMaskedInfilling, paragraphs: Sequence[SwappedParagraph]
) -> list[JudgedWord]:
    """Return the judged words of several paragraphs."""
    return [word for paragraph in paragraphs for word in judge_words(model, paragraph)]


def with_thresholds(weights: EditWeights, found: Sequence[tuple[float, str]]) -> EditWeights:
    """Return the weights with the least gains that restore enough for each word spoiled."""
    cautious, bold = (least_gain(found, ratio) for ratio in RESTORED_PER_SPOILED)
    return replace(weights, cautious=cautious, bold=bold)


def refine_paragraph(engine: MariaEngine, paragraph: SwappedParagraph) -> Outcome:
    """Refine a paragraph as the button does and count what became of its words."""
    result = engine.refine(RefineRequest(text=paragraph.text, strength=BUTTON))
    return count_outcome(result, paragraph)


def count_outcome(result: RefineResult, paragraph: SwappedParagraph) -> Outcome:
    """Count what became of a paragraph's words."""
    changed: dict[int, str] = {}
    for change in result.changes:
        position = change.start
        # A change is a run of words, as many after as before.
        for before, after in zip(change.before.split(), change.after.split(), strict=True):
            start = result.original.index(before, position)
            if after != before:
                changed[start] = after
            position = start + len(before)
    swapped = paragraph.originals
    restored = {start for start, word in swapped.items() if changed.get(start) == word}
    return Outcome(
        swapped=len(swapped),
        untouched=len(paragraph.words) - len(swapped),
        restored=len(restored),
        spoiled=sum(start not in swapped for start in changed),
        otherwise=sum(start in swapped for start in changed) - len(restored),
        akin=len(paragraph.akin),
        akin_restored=len(paragraph.akin & restored),
    )


def total(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the sums."""
    sums = np.sum([list(asdict(outcome).values()) for outcome in outcomes], axis=0).tolist()
    return Outcome(**dict(zip(asdict(outcomes[0]), sums, strict=True)))


def compare(mine: Sequence[Outcome], other: Sequence[Outcome]) -> dict[str, float]:
    """Return how many more swapped words are restored, as a share, with its paired interval."""
    restored = np.array([a.restored - b.restored for a, b in zip(mine, other, strict=True)], float)
    return asdict(bootstrap_mean(restored, np.array([a.swapped for a in mine], float)))


def main() -> None:
    """Fit on validation, refine the test split, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--build", type=Path, default=Path(".build/embedded"))
    parser.add_argument("--validation", type=int, default=100, help="paragraphs to fit on")
    parser.add_argument("--judged", type=int, default=100, help="test paragraphs of the curve")
    parser.add_argument("--refined", type=int, default=40, help="those of them that are refined")
    parser.add_argument("--readers", nargs="+", choices=READERS, default=READERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    validation, test = _draw_splits(arguments)
    result, outcomes = {}, {}
    # Readers alone are compared where they spoil as much as MARIA.
    spoiled = None if READERS[0] in arguments.readers else round(ALONE * _words(validation)[1])
    for reader in arguments.readers:
        reading = with_reader(model, reader)
        weights, spoiled = fit_reader(reading, reader, validation, spoiled)
        reading.config.inference = (reading.config.inference or {}) | {"edit": asdict(weights)}
        found = gains(judge_all(reading, test), weights)
        result[reader] = {"edit": asdict(weights), "test_curve": curve(found, _words(test)[1])}
        print(f"{reader}: {weights}")
        for row in result[reader]["test_curve"]:
            print("  one sweep:", row, flush=True)
        engine = MariaEngine(reading)
        outcomes[reader] = [refine_paragraph(engine, p) for p in test[: arguments.refined]]
        result[reader]["test_refined"] = asdict(total(outcomes[reader]))
        result[reader]["paragraphs"] = [asdict(outcome) for outcome in outcomes[reader]]
        print(f"  refined: {total(outcomes[reader])}", flush=True)
    for reader in outcomes.keys() - {READERS[0]} if READERS[0] in outcomes else ():
        result[reader]["maria_restores_more"] = compare(outcomes["maria"], outcomes[reader])
        print(f"maria less {reader}: {result[reader]['maria_restores_more']}")
    if READERS[0] in result:
        result["inference"] = {"edit": result[READERS[0]]["edit"]}
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


def fit_reader(
    model: MariaForMaskedInfilling,
    reader: str,
    paragraphs: Sequence[SwappedParagraph],
    spoiled: int | None,
) -> tuple[EditWeights, int]:
    """Return a reader's weights and how many words it spoils at the button's strength.

    `spoiled` asks for the threshold that spoils so many, None for those of the product.
    """
    words = judge_all(model, paragraphs)
    weights = fit_weights(words, reader=reader)
    found = gains(words, weights)
    if spoiled is not None:
        least = gain_at_spoiled(found, spoiled)
        weights = replace(weights, cautious=least, bold=least)
    else:
        weights = with_thresholds(weights, found)
    effects = effects_above(found, weights.least_gain(BUTTON))
    print(f"{reader} on validation, one sweep: {effects}", flush=True)
    return weights, effects["spoiled"]


def _draw_splits(
    arguments: argparse.Namespace,
) -> tuple[list[SwappedParagraph], list[SwappedParagraph]]:
    data = arguments.build / "data"
    draw = random.Random(arguments.seed)
    swapper = Swapper(count_words(data / "train.bin", arguments.build / "tokenizer.json"))
    validation, test = (
        [swapper.swap(text, draw) for text in draw_paragraphs(data / f"{split}.jsonl", n, draw)]
        for split, n in (("validation", arguments.validation), ("test", arguments.judged))
    )
    return validation, test


def _words(paragraphs: Sequence[SwappedParagraph]) -> tuple[int, int]:
    swapped = sum(len(paragraph.originals) for paragraph in paragraphs)
    return swapped, sum(len(paragraph.words) for paragraph in paragraphs) - swapped


if __name__ == "__main__":
    main()
