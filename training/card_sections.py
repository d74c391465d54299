"""Sections of the embedded model's card, each from the files that an experiment left behind."""

from __future__ import annotations

import json
from pathlib import Path

from training.experiments import exact_words, sample_fills
from training.experiments.perplexity_tables import paper_table
from training.experiments.perplexity_verdicts import verdicts
from training.experiments.sample_fills import SampleFill

PERPLEXITY = "perplexity.json"
# Lies beside the card.
PERPLEXITY_PLOT = "perplexity.svg"

_JUDGED = (
    "Paired differences in nats a masked piece, 95 % intervals over windows (bootstrap); below "
    "zero MARIA is better, bold where the interval does not say so. In the sentences the same as "
    "a difference of perplexities in percent."
)

# Readers of `training.experiments.refining` in the card's words.
_REFINERS = {
    "maria": "MARIA",
    "causal LM": "the causal LM alone",
    "masked LM": "the masked LM alone",
}


def fitted_section(build_dir: Path) -> str:
    """Return what `training.experiments` fitted beside the weights, and what it brought on test."""
    lines = []
    if (build_dir / "gate.json").is_file():
        rows = json.loads((build_dir / "gate.json").read_text())["test"]
        lines += [
            "| mask rate | MARIA | with the gate | difference, 95 % interval |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {row['mask_rate']} | {row['maria']:.3f} | {row['gated']:.3f} | "
            f"{row['difference']['mean']:+.3f} [{row['difference']['low']:+.3f}, "
            f"{row['difference']['high']:+.3f}] |"
            for row in rows
            if row["mask_rate"] is not None
        ]
    if (build_dir / "lengths.json").is_file():
        test = json.loads((build_dir / "lengths.json").read_text())["test"]
        gain = test["fitted"]["against"]["always one piece"]
        lines += [
            "",
            f"Lone one-word blanks filled with the very word: always one piece "
            f"{test['always one piece']['accuracy']:.1%}, the fitted choice among proposals "
            f"{test['fitted']['accuracy']:.1%} (difference {gain['mean']:+.1%} "
            f"[{gain['low']:+.1%}, {gain['high']:+.1%}]).",
        ]
    if (build_dir / "calibration.json").is_file():
        test = json.loads((build_dir / "calibration.json").read_text())["test, all"]
        before, after = test["before"], test["after"]
        lines += [
            "",
            f"Expected calibration error of the likeliest word's probability: "
            f"{before['ece_top_1']:.3f} before, {after['ece_top_1']:.3f} after "
            f"({after['blanks']:,} blanks).",
        ]
    if (build_dir / "edit.json").is_file():
        fits = json.loads((build_dir / "edit.json").read_text())
        told = [
            f"{_REFINERS[reader]} {found['restored']} and {found['spoiled']}"
            for reader in _REFINERS
            if (found := fits.get(reader, {}).get("test_refined"))
        ]
        whole = fits["maria"]["test_refined"]
        lines += [
            "",
            f"Refined paragraphs in which {whole['swapped']} words had been swapped for others of "
            f"like frequency or akin and {whole['untouched']:,} had not: restored and spoiled "
            f"words, {', '.join(told)}.",
        ]
    return "\n".join(lines) or "None."


def kinds_section(build_dir: Path) -> str:
    """Return perplexities on the paper's kinds of text (`training.experiments.perplexity`)."""
    path = build_dir / PERPLEXITY
    if not path.is_file():
        return "Not measured."
    report = json.loads(path.read_text())
    files = report["files"]
    counts = ", ".join(
        f"{name} {len(rows[0]['windows']['tokens'])}" for name, rows in files.items()
    )
    return (
        f"`{report['command']}`\n\nWindows: {counts}.\n\n![Perplexity by mask rate]"
        f"({PERPLEXITY_PLOT})\n\n{paper_table(files)}\n\n### Is MARIA better?\n\n{_JUDGED}\n\n"
        f"{verdicts(files)}"
    )


def words_section(build_dir: Path) -> str:
    """Return how often the writer's very words came back (`training.experiments.exact_words`)."""
    path = build_dir / "exact_words.json"
    if not path.is_file():
        return "Not measured."
    report = json.loads(path.read_text())
    kinds = report["kinds"]
    return f"`{report['command']}`\n\n{exact_words.table(kinds)}\n\n{exact_words.goals(kinds)}"


def fills_section(build_dir: Path) -> str:
    """Return fills drawn at random, unedited (`training.experiments.sample_fills`)."""
    path = build_dir / "sample_fills.json"
    if not path.is_file():
        return "None drawn."
    report = json.loads(path.read_text())
    listing = sample_fills.listing([SampleFill(**row) for row in report["fills"]])
    return f"`{report['command']}`\n\n{listing}"
