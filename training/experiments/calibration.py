"""How far per-blank probabilities can be trusted: expected calibration error, and its remedy.

MARIA's distribution over words of one piece knows neither that it is too sure of itself nor that
some words are longer. A temperature and the share of one-piece words, fitted on validation records
by likelihood, see to both; the error is reported on test records.

    python -m training.experiments.calibration --output calibration.json \
        --validation blanked_validation.json --test blanked_test.json
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maria_model.configuration import Calibration
from maria_model.errors import ConfigurationError
from training.experiments.blanked_words import TEMPERATURES, BlankRecord, load_records

TOP = 5
BINS = 10
SHARES = tuple(round(0.7 + 0.01 * i, 2) for i in range(31))
UNCALIBRATED = Calibration()

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Candidates of many blanks: their probabilities (N, 5), and whether each is the true word."""

    chances: Floats
    is_right: Floats


def judge(records: Sequence[BlankRecord], calibration: Calibration) -> Judged:
    """Return the five likeliest words of each blank; words that differ by case alone are one."""
    index = TEMPERATURES.index(calibration.temperature)
    chances = np.zeros((len(records), TOP))
    is_right = np.zeros((len(records), TOP))
    for row, record in enumerate(records):
        words: dict[str, float] = {}
        for word, logprob in record.candidates:
            words.setdefault(word.casefold(), logprob)
        for column, (word, logprob) in enumerate(list(words.items())[:TOP]):
            tempered = logprob / calibration.temperature - record.partitions[index]
            chances[row, column] = calibration.one_piece_share * math.exp(tempered)
            is_right[row, column] = word == record.truth.casefold()
    return Judged(chances=chances, is_right=is_right)


def expected_calibration_error(chances: Floats, is_right: Floats, *, bins: int = BINS) -> float:
    """Return the mean gap between chance and frequency over bins of equal mass.

    Raises:
        ConfigurationError: fewer events than bins.
    """
    if len(chances) < bins:
        raise ConfigurationError(f"{len(chances)} events for {bins} bins: give more.")
    order = np.argsort(chances, kind="stable")
    gaps = [
        len(part) * abs(chances[part].mean() - is_right[part].mean())
        for part in np.array_split(order, bins)
    ]
    return float(sum(gaps) / len(chances))


def log_likelihood(judged: Judged) -> float:
    """Return the mean log-probability of what was true: one of the five, or another word."""
    right = (judged.chances * judged.is_right).sum(axis=1)
    other = 1.0 - judged.chances.sum(axis=1)
    chosen = np.where(judged.is_right.any(axis=1), right, other)
    return float(np.log(np.maximum(chosen, 1e-9)).mean())


def fit_calibration(records: Sequence[BlankRecord]) -> Calibration:
    """Return the temperature and the share of greatest likelihood."""
    best = (-math.inf, UNCALIBRATED)
    for temperature in TEMPERATURES:
        judged = judge(records, Calibration(temperature=temperature))
        for share in SHARES:
            scaled = Judged(chances=share * judged.chances, is_right=judged.is_right)
            fitted = Calibration(temperature=temperature, one_piece_share=share)
            best = max(best, (log_likelihood(scaled), fitted), key=lambda pair: pair[0])
    return best[1]


def calibration_errors(
    records: Sequence[BlankRecord], calibration: Calibration, *, bins: int = BINS
) -> dict[str, float]:
    """Return the errors of the likeliest word and of all five, and what the words are worth."""
    judged = judge(records, calibration)
    return {
        "blanks": len(records),
        "ece_top_1": expected_calibration_error(
            judged.chances[:, 0], judged.is_right[:, 0], bins=bins
        ),
        "ece_top_5": expected_calibration_error(
            judged.chances.ravel(), judged.is_right.ravel(), bins=bins
        ),
        "log_likelihood": log_likelihood(judged),
        "accuracy_top_1": float(judged.is_right[:, 0].mean()),
        "accuracy_top_5": float(judged.is_right.any(axis=1).mean()),
    }


def kinds(records: Sequence[BlankRecord]) -> dict[str, list[BlankRecord]]:
    """Return the records by kind of passage, as far as there are any."""
    found = {
        "all": list(records),
        "one blank": [record for record in records if record.crowd == 1],
        "many blanks": [record for record in records if record.crowd > 1],
    }
    return {name: chosen for name, chosen in found.items() if len(chosen) >= BINS}


def main() -> None:
    """Fit on validation, report both splits before and after, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--test", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--bins", type=int, default=BINS)
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    splits = {name: load_records(getattr(arguments, name)) for name in ("validation", "test")}
    fitted = fit_calibration(splits["validation"])
    print(fitted)
    result: dict[str, Any] = {"inference": {"calibration": asdict(fitted)}}
    for split, records in splits.items():
        for kind, chosen in kinds(records).items():
            before, after = (
                calibration_errors(chosen, calibration, bins=arguments.bins)
                for calibration in (UNCALIBRATED, fitted)
            )
            result[f"{split}, {kind}"] = {"before": before, "after": after}
            print(
                f"{split}, {kind}: {len(chosen)} blanks, "
                f"top-1 {before['ece_top_1']:.3f} -> {after['ece_top_1']:.3f}, "
                f"top-5 {before['ece_top_5']:.3f} -> {after['ece_top_5']:.3f}; "
                f"accuracy {after['accuracy_top_1']:.3f}, {after['accuracy_top_5']:.3f}"
            )
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
