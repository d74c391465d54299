"""How many words a blank of open length gets: the prior on words fitted, and the rules compared.

Spans of one to five words are blanked in held-out passages and every number of words is proposed.
Records what the engine would compare; fits what each further word must add on validation, and
reports on test how often the number of words is the writer's, against "always one word" and the
neutral prior.

    python -m training.experiments.open_lengths --model resources/model --output open_lengths.json
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.errors import ConfigurationError
from maria_model.lengths import WordSearch
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.tokenization import BlankedText
from training.experiments.bootstrap import bootstrap_mean

MOST_WORDS = 5
# Characters of the passage on either side of a span.
REACH = 600
PRIORS = [step / 4 for step in range(-8, 41)]
_WORD = re.compile(r"[A-Za-z]+(?= )")


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """A span's number of words, and the score of each number from one on, without the prior."""

    words: int
    scores: tuple[float, ...]

    def chosen(self, prior: float) -> int:
        """Return the number of words that wins with so much added for each word but the first."""
        scored = [score + prior * number for number, score in enumerate(self.scores)]
        return scored.index(max(scored)) + 1


def record_spans(
    model: MariaForMaskedInfilling, path: Path, count: int, *, seed: int = 0
) -> list[OpenRecord]:
    """Blank `count` spans of a held-out JSONL file and score every number of words.

    Raises:
        ConfigurationError: there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"No held-out text at {path}. Run training.build_data first.")
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    draw = random.Random(seed)
    records: list[OpenRecord] = []
    while len(records) < count:
        found = _span(draw.choice(texts), draw)
        if found is not None:
            left, words, right = found
            text = f"{left}[MASK:1-{MOST_WORDS}]{right}"
            records.append(OpenRecord(words, _scores(model, text)))
    return records


def _span(text: str, draw: random.Random) -> tuple[str, int, str] | None:
    """Return what stands before a random span of running words, their number, what follows."""
    starts = [match.start() for match in _WORD.finditer(text)]
    if not starts:
        return None
    start, words = draw.choice(starts), draw.randint(1, MOST_WORDS)
    span = re.compile(rf"[A-Za-z]+(?: [A-Za-z]+){{{words - 1}}}(?![A-Za-z'])").match(text, start)
    if span is None or (start and text[start - 1] != " "):
        return None
    return text[max(0, start - REACH) : start], words, text[span.end() : span.end() + REACH]


def _scores(model: MariaForMaskedInfilling, text: str) -> tuple[float, ...]:
    blanked = BlankedText(
        text=text,
        blanks=find_blanks(text),
        vocabulary=model.vocabulary,
        limit=model.context_length - 2,
    )
    excerpt = blanked.excerpt([0])
    search = WordSearch(model, excerpt, CausalReader(model, PassCounts()))
    (blank,) = excerpt.open_blanks
    by_words = {len(p.shape): p.score for p in search.proposals_by_count(blank)}
    prior = model.config.inference_constants.word_log_prior
    return tuple(by_words[words] - prior * (words - 1) for words in range(1, MOST_WORDS + 1))


def fit_prior(records: Sequence[OpenRecord]) -> float:
    """Return the prior with the best likelihood of the true numbers of words."""
    scores = torch.tensor([record.scores for record in records], dtype=torch.float64)
    words = torch.tensor([record.words for record in records])
    further = torch.arange(MOST_WORDS, dtype=torch.float64)

    def loss(prior: float) -> float:
        logits = scores + prior * further
        return float(torch.nn.functional.cross_entropy(logits, words - 1))

    return min(PRIORS, key=loss)


def accuracy(records: Sequence[OpenRecord], prior: float) -> list[float]:
    """Return 1 for each span whose number of words is found, 0 for the others."""
    return [float(record.chosen(prior) == record.words) for record in records]


def main() -> None:
    """Record, fit, report and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="a model's name or folder")
    parser.add_argument("--data", type=Path, default=Path(".build/embedded/data"))
    parser.add_argument("--spans", type=int, default=200, help="of each split")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    splits = {
        split: record_spans(model, arguments.data / f"{split}.jsonl", arguments.spans)
        for split in ("validation", "test")
    }
    prior = fit_prior(splits["validation"])
    test = splits["test"]
    one_word = [float(record.words == 1) for record in test]
    report = {
        "word_log_prior": prior,
        "spans": len(test),
        "accuracy": {
            "always one word": sum(one_word) / len(test),
            "no prior": sum(accuracy(test, 0.0)) / len(test),
            "fitted": sum(accuracy(test, prior)) / len(test),
        },
        "fitted - always one word": str(
            bootstrap_mean(np.subtract(accuracy(test, prior), one_word), np.ones(len(test)))
        ),
    }
    print(json.dumps(report, indent=2))
    if arguments.output is not None:
        arguments.output.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
