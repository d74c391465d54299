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
from training.evaluate import MaskedLosses, loss_table

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
    size = sum(p.stat().st_size for p in model_dir.rglob("*") if p.name != CARD and p.is_file())
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
        rate_windows=report["rate_windows"],
        held_out_documents=data["documents"]["test"],
        causal_bits=f"{report['causal_bits_per_byte']:.3f}",
        windows=f"{report['windows']:,}",
        table=loss_table([MaskedLosses(**row) for row in report["rows"]]),
        training_rows="\n".join(_training_row(build_dir / step) for step in STEPS),
        corpus_tokens=f"{data['tokens']['train'] / 1e6:.1f} M",
        corpus_documents=f"{data['documents']['train']:,}",
    )


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
    print(arguments.model / CARD)


if __name__ == "__main__":
    main()
