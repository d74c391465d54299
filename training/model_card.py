"""Writes the embedded model's card: every figure comes from the files the training left behind.

python -m training.model_card --model resources/model --build .build/embedded
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from string import Template
from typing import Any

from maria_model.modeling import MariaForMaskedInfilling
from training.card_sections import (
    PERPLEXITY,
    PERPLEXITY_PLOT,
    fills_section,
    fitted_section,
    kinds_section,
    words_section,
)
from training.evaluate import MaskedLosses, loss_table
from training.experiments.perplexity_plot import plot

TEMPLATE = Path(__file__).with_name("model_card.md")
CARD = "README.md"
STEPS = ("causal", "masked", "head")
# English at a vocabulary of 8k: 1.33 tokens a word.
WORDS_PER_TOKEN = 0.75


def render_card(model_dir: Path, build_dir: Path, evaluation: Path) -> str:
    """Return the card's Markdown."""
    model = MariaForMaskedInfilling.from_pretrained(model_dir)
    data = json.loads((build_dir / "data" / "data.json").read_text())
    report = json.loads(evaluation.read_text())
    config = model.config.causal_config
    size = sum(
        path.stat().st_size
        for path in model_dir.rglob("*")
        if path.is_file() and path.name not in (CARD, PERPLEXITY_PLOT)
    )
    context = model.context_length
    return Template(TEMPLATE.read_text()).substitute(
        name=model.config.name,
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        causal_parameters=_millions(model.model.causal_lm),
        masked_parameters=_millions(model.model.masked_lm),
        head_parameters=_millions(model.head),
        vocabulary=f"{len(model.vocabulary):,}",
        megabytes=f"{size / 1e6:.1f}",
        context=context,
        context_words=round(context * WORDS_PER_TOKEN / 10) * 10,
        evaluation=report["command"],
        held_out_documents=data["documents"]["test"],
        causal_bits=f"{report['causal_bits_per_byte']:.3f}",
        windows=f"{report['windows']:,}",
        table=loss_table([MaskedLosses(**row) for row in report["rows"]]),
        fitted=fitted_section(build_dir),
        kinds=kinds_section(build_dir),
        words=words_section(build_dir),
        fills=fills_section(build_dir),
        training_rows="\n".join(
            _training_row(run) for step in STEPS for run in _runs(build_dir, step)
        ),
        corpus_tokens=f"{data['tokens']['train'] / 1e6:.1f} M",
        corpus_documents=f"{data['documents']['train']:,}",
    )


def _runs(build_dir: Path, step: str) -> list[Path]:
    """Return the folders of a step's finished runs: a backbone may have been trained further."""
    folders = (path.parent for path in build_dir.glob(f"{step}*/metrics.jsonl"))
    return sorted(folder for folder in folders if (folder / "model").is_dir())


def _millions(module: Any) -> str:
    return f"{sum(p.numel() for p in module.parameters()) / 1e6:.2f} M"


def _training_row(folder: Path) -> str:
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    return f"| {folder.name} | {last['tokens'] / 1e6:.1f} M | {last['elapsed'] / 60:.0f} |"


def main() -> None:
    """Write the card into the model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("resources/model"))
    parser.add_argument("--build", type=Path, default=Path(".build/embedded"))
    parser.add_argument("--evaluation", type=Path, default=Path(".build/embedded/evaluation.json"))
    arguments = parser.parse_args()
    card = render_card(arguments.model, arguments.build, arguments.evaluation)
    (arguments.model / CARD).write_text(card)
    if (arguments.build / PERPLEXITY).is_file():
        report = json.loads((arguments.build / PERPLEXITY).read_text())
        plot(report["files"], arguments.model / PERPLEXITY_PLOT)
    print(arguments.model / CARD)


if __name__ == "__main__":
    main()
