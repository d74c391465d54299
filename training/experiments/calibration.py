"""How far per-blank probabilities can be trusted: expected calibration error, and its remedy.

MARIA's distribution over words of one piece knows neither that it is too sure of itself nor that
some words are longer. A temperature and the share of one-piece words, fitted on validation records
by likelihood, see to both; the error is reported on test records. Given held-out text, the engine
fills it with all constants in place, and the probabilities of its candidates are judged as well.

    python -m training.experiments.calibration --output calibration.json \
        --validation blanked_validation.json --test blanked_test.json \
        --fills .build/embedded/data/test.jsonl --fits gate.json lengths.json
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maria_model.api import FillRequest
from maria_model.configuration import Calibration
from maria_model.engine import MariaEngine
from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from training.experiments.blanked_words import (
    SPACING,
    TEMPERATURES,
    BlankRecord,
    Passage,
    draw_passages,
    load_records,
)
from training.experiments.fitted_constants import merged, read_fitted

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
    """Return the errors of the recorded candidates under a calibration."""
    return errors_of(judge(records, calibration), bins=bins)


def errors_of(judged: Judged, *, bins: int = BINS) -> dict[str, float]:
    """Return the errors of the likeliest word and of all five, and what the words are worth."""
    first, right = judged.chances[:, 0], judged.is_right[:, 0]
    return {
        "blanks": len(first),
        "ece_top_1": expected_calibration_error(first, right, bins=bins),
        "ece_top_5": expected_calibration_error(
            judged.chances.ravel(), judged.is_right.ravel(), bins=bins
        ),
        "log_likelihood": log_likelihood(judged),
        "accuracy_top_1": float(right.mean()),
        "accuracy_top_5": float(judged.is_right.any(axis=1).mean()),
    }


def judge_engine(
    model: MariaForMaskedInfilling, passages: Sequence[Passage]
) -> tuple[Judged, float]:
    """Return the candidates that the engine lists for blanked words, and its fills' accuracy."""
    engine = MariaEngine(model)
    chances: list[list[float]] = []
    is_right: list[list[float]] = []
    fills: list[bool] = []
    for passage in passages:
        request = FillRequest(text=passage.text, num_candidates=TOP)
        for blank in engine.fill(request).blanks:
            truth = passage.truths[blank.index].casefold()
            listed = [(c.probability, float(c.text.casefold() == truth)) for c in blank.candidates]
            listed += [(0.0, 0.0)] * (TOP - len(listed))
            chances.append([chance for chance, _ in listed])
            is_right.append([right for _, right in listed])
            fills.append(blank.fill.casefold() == truth)
    return Judged(chances=np.asarray(chances), is_right=np.asarray(is_right)), float(np.mean(fills))


def engine_report(
    model: MariaForMaskedInfilling, path: Path, *, lone: int, crowded: int
) -> dict[str, dict[str, float]]:
    """Return the engine's errors on passages of one blank, and of many."""
    report = {}
    for kind, passages in (
        ("one blank", draw_passages(path, lone, seed=2)),
        ("many blanks", draw_passages(path, crowded, spacing=SPACING, seed=3)),
    ):
        judged, accuracy = judge_engine(model, passages)
        report[kind] = errors_of(judged) | {"accuracy_of_fills": accuracy}
    return report


def kinds(records: Sequence[BlankRecord]) -> dict[str, list[BlankRecord]]:
    """Return the records by kind of passage, as far as there are any."""
    found = {
        "all": list(records),
        "one blank": [record for record in records if record.crowd == 1],
        "many blanks": [record for record in records if record.crowd > 1],
    }
    return {name: chosen for name, chosen in found.items() if len(chosen) >= BINS}


def record_report(
    splits: dict[str, list[BlankRecord]], fitted: Calibration, *, bins: int
) -> dict[str, Any]:
    """Return the errors on recorded candidates, before and after; print a line for each kind."""
    report = {}
    for split, records in splits.items():
        for kind, chosen in kinds(records).items():
            before, after = (
                calibration_errors(chosen, calibration, bins=bins)
                for calibration in (UNCALIBRATED, fitted)
            )
            report[f"{split}, {kind}"] = {"before": before, "after": after}
            print(
                f"{split}, {kind}: {len(chosen)} blanks, "
                f"top-1 {before['ece_top_1']:.3f} -> {after['ece_top_1']:.3f}, "
                f"top-5 {before['ece_top_5']:.3f} -> {after['ece_top_5']:.3f}; "
                f"accuracy {after['accuracy_top_1']:.3f}, {after['accuracy_top_5']:.3f}"
            )
    return report


def main() -> None:
    """Fit on validation, report both splits before and after, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--validation", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--test", type=Path, required=True, help="records of blanked_words")
    parser.add_argument("--bins", type=int, default=BINS)
    parser.add_argument("--fills", type=Path, help="held-out JSONL file for the engine to fill")
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--fits", nargs="*", type=Path, default=[], help="JSON files of other fits")
    parser.add_argument("--lone", type=int, default=300, help="passages with one blank to fill")
    parser.add_argument("--crowded", type=int, default=20, help="passages with many to fill")
    parser.add_argument("--output", type=Path, help="JSON file")
    arguments = parser.parse_args()
    splits = {name: load_records(getattr(arguments, name)) for name in ("validation", "test")}
    fitted = fit_calibration(splits["validation"])
    print(fitted)
    calibration = {"temperature": fitted.temperature, "one_piece_share": fitted.one_piece_share}
    result: dict[str, Any] = {"inference": {"calibration": calibration}}
    result |= record_report(splits, fitted, bins=arguments.bins)
    if arguments.fills:
        model = load_model(arguments.model)
        model.config.inference = merged(read_fitted(arguments.fits), result["inference"])
        result["engine"] = engine_report(
            model, arguments.fills, lone=arguments.lone, crowded=arguments.crowded
        )
        print(f"engine: {json.dumps(result['engine'], indent=2)}")
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
