"""Heads over the same two backbones, trained alike but for one setting, on the same masks.

Columns: masks of single pieces at several rates, words masked whole, and masks of which the left
half has been revealed, as when the masked LM reads again in the middle of a fill. Stopped and
started again, it goes on where it was.

    python -m training.experiments.head_proxies --table heads.md
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
import yaml
from torch import Tensor

from maria_model.errors import MariaError
from maria_model.modeling import MariaForMaskedInfilling
from training.configuration import build_config
from training.evaluate import Window, read_windows
from training.experiments.masked_states import (
    causal_states,
    draw_window_mask,
    evenly_spaced,
    masked_states,
    reader_losses,
)
from training.head.configuration import HeadConfig
from training.head.loop import train_head
from training.masking import whole_words
from training.whole_writes import whole_file

RESULT_FILE = "held_out.json"
RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
# The rate at which words are masked, and at which half the masks are revealed.
WORD_RATE, REVEALED_RATE = 0.1, 0.5


def read_heads(path: Path, output: Path) -> dict[str, HeadConfig]:
    """Return the heads of a YAML file by name.

    Raises:
        ConfigurationError: a key or a value is not a head training's.
    """
    described = yaml.safe_load(path.read_text())
    return {
        name: build_config(
            HeadConfig,
            described["base"] | changes | {"output_dir": str(output / name.replace(" ", "_"))},
            where=f"{path}: {name}",
        )
        for name, changes in described["heads"].items()
    }


def draw_masks(model: MariaForMaskedInfilling, window: Window, *, seed: int) -> dict[str, Tensor]:
    """Return by column what the masked LM sees as masks, (T,); no column is without any."""
    masks = {f"at {rate}": draw_window_mask(window, rate, seed=seed) for rate in RATES}
    words = draw_window_mask(window, WORD_RATE, seed=seed)[None]
    starts = model.vocabulary.is_word_start
    masks["words"] = whole_words(window.pieces[None], words, starts)[0]
    masks["revealed"] = draw_window_mask(window, REVEALED_RATE, seed=seed)
    masks["revealed"][: len(window.pieces) // 2] = False
    return {column: mask for column, mask in masks.items() if mask.any()}


def measure(
    model: MariaForMaskedInfilling, windows: list[Window], *, seed: int
) -> dict[str, float]:
    """Return nats a masked piece by column, with the gate that the model has."""
    gate = model.config.inference_constants.gate
    nats: dict[str, list[Tensor]] = {}
    for number, window in enumerate(windows):
        causal = causal_states(model, window)
        for column, mask in draw_masks(model, window, seed=seed + number).items():
            losses = reader_losses(model, masked_states(model, window, mask, causal), gate=gate)
            nats.setdefault(column, []).append(losses.get("gated", losses["maria"]))
    return {column: float(torch.cat(found).mean()) for column, found in nats.items()}


def run_head(config: HeadConfig, arguments: argparse.Namespace) -> dict[str, float]:
    """Train a head and measure it, each where it was not done; return its row."""
    path = config.output_dir / RESULT_FILE
    if not path.is_file():
        model = MariaForMaskedInfilling.from_pretrained(train_head(config))
        windows = read_windows(
            arguments.held_out, model.vocabulary, length=model.context_length - 2
        )
        chosen = evenly_spaced(windows, arguments.windows)
        with whole_file(path) as file:
            file.write(json.dumps(measure(model, chosen, seed=arguments.seed)).encode())
    found: dict[str, float] = json.loads(path.read_text())
    return found


def markdown(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return a Markdown table of nats a masked piece, a row for each head."""
    columns = list(next(iter(rows.values())))
    lines = [f"| head | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(f'{row[column]:.3f}' for column in columns)} |")
    return "\n".join(lines)


def main() -> int:
    """Train and measure every head; print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/configs/head_proxies.yaml"))
    parser.add_argument("--output", type=Path, default=Path(".build/head_proxies"))
    parser.add_argument("--held-out", type=Path, default=Path(".build/embedded/data/test.jsonl"))
    parser.add_argument("--windows", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", type=Path, metavar="FILE.md")
    arguments = parser.parse_args()
    rows = {}
    try:
        for name, config in read_heads(arguments.config, arguments.output).items():
            rows[name] = run_head(config, arguments)
            print(f"{name}: {rows[name]}", flush=True)
    except MariaError as error:
        print(f"head_proxies: {error}", file=sys.stderr)
        return 1
    print(markdown(rows))
    if arguments.table:
        arguments.table.write_text(f"{markdown(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
