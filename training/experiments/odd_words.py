"""How often a word that does not belong is found: `python -m training.experiments.odd_words`.

In each held-out paragraph one word is swapped for a random word of like frequency, or two letters
of one are exchanged; the paragraph's words are ranked by four measures and the place of that word
is counted. With `--strides` the scores of words judged together are compared with those of words
judged one by one. Prints tables. Knows nothing of how words are scored.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maria_model.api import DEFAULT_STRIDE, ScoreRequest, ScoreResult, Sides, WordScore
from maria_model.engine import MariaEngine
from maria_model.oddness import STEPS, level_of

DATA_SETS = ("wikitext", "lambada")
# A paragraph's words, fewest and most.
PARAGRAPH_WORDS = (60, 130)
# A word is swapped for one of these many next to it in the order of frequency, on each side.
NEIGHBOURS = 20
# How many of edited prose's words each level is to mark, the strongest last.
SHARES = (0.12, 0.06, 0.025, 0.01)
# Only words of so many letters are misspelt.
LONG_WORD = 6

_WORD = re.compile(r"(?<![\w'’-])[a-z]{3,}(?![\w'’-])")

MEASURES: dict[str, Callable[[WordScore], float]] = {
    "log-probability": lambda word: -word.logprob,
    "rank": lambda word: word.rank,
    "margin": lambda word: word.margin,
    "oddness": lambda word: word.oddness,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A paragraph in which the word at `start` does not belong.

    Attributes:
        kind: "swapped" or "misspelt".
    """

    kind: str
    data_set: str
    text: str
    start: int
    before: str
    after: str


class SlipMaker:
    """Makes slips: swaps a word for a random word of like frequency, or misspells one."""

    def __init__(self, texts: Sequence[str], draw: random.Random) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(text))
        self._ordered = [word for word, count in counts.most_common() if count > 1]
        self._place = {word: place for place, word in enumerate(self._ordered)}
        self._draw = draw

    def swap(self, data_set: str, text: str) -> Slip:
        """Return the paragraph with a word of it swapped."""
        found = self._draw.choice([m for m in _WORD.finditer(text) if m[0] in self._place])
        place = self._place[found[0]]
        near = self._ordered[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
        after = self._draw.choice([word for word in near if word != found[0]])
        return _slip("swapped", data_set, text, found, after)

    def misspell(self, data_set: str, text: str) -> Slip:
        """Return the paragraph with two letters inside a long word of it exchanged."""
        found = self._draw.choice([m for m in _WORD.finditer(text) if _exchanges(m[0])])
        return _slip("misspelt", data_set, text, found, self._draw.choice(_exchanges(found[0])))


def _exchanges(word: str) -> list[str]:
    """Return the word with two letters next to each other exchanged, neither first nor last."""
    places = range(1, len(word) - 2) if len(word) >= LONG_WORD else ()
    return [
        word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places if word[i] != word[i + 1]
    ]


def _slip(kind: str, data_set: str, text: str, found: re.Match[str], after: str) -> Slip:
    text = text[: found.start()] + after + text[found.end() :]
    return Slip(
        kind=kind,
        data_set=data_set,
        text=text,
        start=found.start(),
        before=found[0],
        after=after,
    )


def read_texts(folder: Path, data_set: str) -> list[str]:
    """Return a data set's texts."""
    with (folder / f"{data_set}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def draw_slips(folder: Path, count: int, seed: int) -> Iterator[Slip]:
    """Yield `count` paragraphs of each data set, each with a word swapped, then misspelt."""
    texts = {data_set: read_texts(folder, data_set) for data_set in DATA_SETS}
    draw = random.Random(seed)
    maker = SlipMaker([text for some in texts.values() for text in some], draw)
    least, most = PARAGRAPH_WORDS
    for data_set, some in texts.items():
        fitting = [text for text in some if least <= len(text.split()) <= most]
        for text in draw.sample(fitting, count):
            yield maker.swap(data_set, text)
            yield maker.misspell(data_set, text)


def place_of(slip: Slip, words: Sequence[WordScore], measure: Callable[[WordScore], float]) -> int:
    """Return the slip's place among the paragraph's ordinary words, 1 the oddest."""
    ordinary = [word for word in words if word.kind == "word"]
    own = next((word for word in ordinary if word.start == slip.start), None)
    if own is None:
        return len(words)
    return 1 + sum(measure(word) > measure(own) for word in ordinary)


def score_all(
    engine: MariaEngine, slips: Sequence[Slip], stride: int, sides: Sides = "both"
) -> list[ScoreResult]:
    """Return each paragraph's scores, and print how fast they came."""
    started = time.perf_counter()
    results = [
        engine.score(ScoreRequest(text=slip.text, stride=stride, sides=sides)) for slip in slips
    ]
    seconds = time.perf_counter() - started
    words = sum(len(result.words) for result in results)
    passes = sum(result.stats.mlm_passes for result in results)
    print(
        f"stride {stride}: {len(slips)} paragraphs, {words} words, {passes} passes of the masked "
        f"LM, {words / seconds:.1f} words/s"
    )
    return results


def print_places(slips: Sequence[Slip], results: Sequence[ScoreResult]) -> None:
    """Print how each measure finds the words that do not belong."""
    print(f"{'measure':16} {'word':9} {'paragraphs':11} {'oddest':>7} {'of 3 oddest':>12}")
    kinds = ("swapped", "misspelt")
    for name, kind, data_set in itertools.product(MEASURES, kinds, (*DATA_SETS, "both")):
        places = [
            place_of(slip, result.words, MEASURES[name])
            for slip, result in zip(slips, results, strict=True)
            if slip.kind == kind and data_set in (slip.data_set, "both")
        ]
        first, three = places.count(1), sum(place <= 3 for place in places)
        total = len(places)
        print(f"{name:16} {kind:9} {data_set:11} {first:>4}/{total} {three:>9}/{total}")


def print_levels(slips: Sequence[Slip], results: Sequence[ScoreResult]) -> None:
    """Print how many of the words that were left alone reach each level, and where it might begin.

    Shares are of all words that a reader sees, names and numbers too, which are never marked.
    """
    words = [
        word
        for slip, result in zip(slips, results, strict=True)
        for word in result.words
        if word.start != slip.start
    ]
    bits = sorted(w.oddness / math.log(2) if w.kind == "word" else 0.0 for w in words)
    for level, (share, begin) in enumerate(zip(SHARES, STEPS, strict=True), start=1):
        reached = sum(level_of(word) >= level for word in words)
        print(
            f"from {begin:4.1f} bits on: {reached / len(words):6.1%} of {len(words)} other words; "
            f"{share:.1%} reach {bits[-round(share * len(bits))]:.1f} bits"
        )


def print_agreement(
    name: str, results: Sequence[ScoreResult], exact: Sequence[ScoreResult]
) -> None:
    """Print how closely scores follow those of words judged one by one."""
    pairs = [
        pair
        for some, others in zip(results, exact, strict=True)
        for pair in zip(some.words, others.words, strict=True)
    ]
    likely = _rank_correlation([(one.logprob, other.logprob) for one, other in pairs])
    odd = _rank_correlation([(one.oddness, other.oddness) for one, other in pairs])
    kept = sum(
        len({w.start for w in some.odd_ones(3)} & {w.start for w in others.odd_ones(3)})
        for some, others in zip(results, exact, strict=True)
    )
    print(
        f"{name}: rank correlation with one by one {likely:.4f} (log-probability), "
        f"{odd:.4f} (oddness); {kept} of {3 * len(results)} of the 3 oddest are the same"
    )


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Return Spearman's rho; ties take the order in which they come."""
    ranks = [_ranks([pair[side] for pair in pairs]) for side in (0, 1)]
    middle = (len(pairs) - 1) / 2
    products = sum((a - middle) * (b - middle) for a, b in zip(*ranks, strict=True))
    return products / sum((a - middle) ** 2 for a in ranks[0])


def _ranks(values: Sequence[float]) -> list[int]:
    ranks = [0] * len(values)
    for rank, number in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        ranks[number] = rank
    return ranks


def main() -> None:
    """Measure on the held-out paragraphs and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/eval"))
    parser.add_argument("--model", help="a model's name or folder (default: the embedded one)")
    parser.add_argument("--paragraphs", type=int, default=10, help="of each of the two data sets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sides", choices=("both", "left"), default="both")
    parser.add_argument(
        "--strides", type=int, nargs="*", default=[], help="compare these with one by one"
    )
    arguments = parser.parse_args()
    engine = MariaEngine.load(arguments.model)
    slips = list(draw_slips(arguments.data, arguments.paragraphs, arguments.seed))
    results = score_all(engine, slips, DEFAULT_STRIDE, arguments.sides)
    print_places(slips, results)
    print_levels(slips, results)
    if arguments.strides:
        exact = score_all(engine, slips, 0)
        for stride in arguments.strides:
            print_agreement(f"stride {stride}", score_all(engine, slips, stride), exact)


if __name__ == "__main__":
    main()
