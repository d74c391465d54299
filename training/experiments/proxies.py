"""Small proxies of the backbones at fixed compute: what a change of the recipe is worth.

Every proxy of a YAML file is trained with as many operations as `--tokens` cost the first one, on
the same held-out documents measured, and stands in one table. Stopped and started again, it goes on
where it was. Differences between seeds are not in the table: repeat with another `--seed` before a
small one is believed.

    python -m training.experiments.proxies --config training/configs/proxies.yaml \
        --table proxies.md
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import yaml
from transformers import ModernBertForMaskedLM, OlmoForCausalLM

from maria_model.errors import ConfigurationError, MariaError
from training.backbones import build_causal_lm, build_masked_lm
from training.build_data import build_data
from training.configuration import build_config, save_config
from training.corpus import iter_documents
from training.experiments.held_out_bits import MASKS, causal_bits, masked_bits
from training.pretrain import PretrainConfig, Pretraining
from training.pretraining.checkpoints import (
    MODEL_FOLDER,
    finish,
    is_finished,
    resume,
    save_checkpoint,
)
from training.pretraining.costs import PretrainingCost
from training.train_tokenizer import train_tokenizer, write_tokenizer
from training.whole_writes import whole_file

RESULT_FILE = "held_out.json"
USUAL_VOCABULARY = 8192
# Every so many documents of the corpus make a tokenizer.
_TOKENIZER_STRIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig(PretrainConfig):
    """A pretraining, and what only proxies vary.

    Attributes:
        vocab_size: another than the usual one has a tokenizer and token files of its own.
        optimizer: of the hidden matrices, muon or adamw.
        from_scratch: a masked LM of fresh weights, not the causal LM's.
    """

    vocab_size: int = USUAL_VOCABULARY
    optimizer: str = "muon"
    from_scratch: bool = False

    def __post_init__(self) -> None:
        PretrainConfig.__post_init__(self)
        if self.optimizer not in ("muon", "adamw"):
            raise ConfigurationError(f"optimizer={self.optimizer!r}: take muon or adamw.")


class ProxyRun(Pretraining):
    """The training of a proxy; `flop` decides its steps."""

    config: ProxyConfig

    def __init__(self, config: ProxyConfig, *, flop: float | None = None) -> None:
        super().__init__(config)
        if flop is not None:
            steps = max(1, round(flop / self.flop_per_step()))
            self.config = replace(config, max_steps=steps)

    def flop_per_step(self) -> float:
        """Return the operations of a step, in the mean over the run's sequence lengths."""
        config, cost = self.config, PretrainingCost.of(self.model)
        early, late = (
            cost.flop_per_token(length)
            for length in (config.initial_sequence_length, config.sequence_length)
        )
        share = min(1.0, config.lengthen_at)
        return config.tokens_per_step * (share * early + (1.0 - share) * late)

    def _build_model(self) -> OlmoForCausalLM | ModernBertForMaskedLM:
        config = self.config
        if not config.from_scratch:
            return super()._build_model()
        causal_lm = build_causal_lm(
            self.tokenizer,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_hidden_layers,
            num_attention_heads=config.num_attention_heads,
            max_position_embeddings=config.sequence_length,
        )
        return build_masked_lm(self.tokenizer, causal_lm)

    def _build_optimizers(self) -> list[torch.optim.Optimizer]:
        muon, adamw = super()._build_optimizers()
        if self.config.optimizer == "muon":
            return [muon, adamw]
        config = self.config
        matrices = torch.optim.AdamW(
            muon.param_groups[0]["params"],
            lr=config.matrix_learning_rate,
            betas=(0.9, 0.95),
            weight_decay=config.weight_decay,
            fused=True,
        )
        return [matrices, adamw]


def train(run: ProxyRun) -> Path:
    """Train a proxy, from its last checkpoint if there is one; return the model's folder."""
    config = run.config
    config.output_dir.mkdir(parents=True, exist_ok=True)
    if is_finished(run):
        return config.output_dir / MODEL_FOLDER
    resume(run)
    save_config(config, config.output_dir / "config.yaml")
    clock = time.monotonic()
    saved_at = run.elapsed
    while run.progress < 1.0:
        run.train_step()
        now = time.monotonic()
        run.elapsed, clock = run.elapsed + now - clock, now
        if run.elapsed - saved_at > config.checkpoint_minutes * 60:
            save_checkpoint(run)
            saved_at = run.elapsed
    tokens = run.step * config.tokens_per_step
    return finish(run, {"tokens": tokens, "minutes": round(run.elapsed / 60, 1)})


def measure(folder: Path, objective: str, documents: Path, *, windows: int) -> dict[str, float]:
    """Return held-out bits per byte: of all text, or of what is masked, by how."""
    if objective == "causal":
        return {"causal": causal_bits(folder, documents, windows=windows)}
    return masked_bits(folder, documents, windows=windows)


def read_proxies(path: Path, output: Path, *, seed: int) -> dict[str, ProxyConfig]:
    """Return the proxies of a YAML file by name.

    Raises:
        ConfigurationError: a key is unknown, or one starts from a proxy that is not above it.
    """
    described = yaml.safe_load(path.read_text())
    configs: dict[str, ProxyConfig] = {}
    for name, changes in described["proxies"].items():
        values: dict[str, Any] = {"max_minutes": 1e6, "checkpoint_minutes": 2.0, "seed": seed}
        values |= described["base"] | changes
        if (start := values.get("init_from")) is not None:
            if start not in configs:
                raise ConfigurationError(f"{path}: {name}: no proxy {start!r} stands above it.")
            values["init_from"] = str(configs[start].output_dir / MODEL_FOLDER)
        values["output_dir"] = str(output / name.replace(",", "").replace(" ", "_"))
        if (size := values.get("vocab_size", USUAL_VOCABULARY)) != USUAL_VOCABULARY:
            vocabulary = output / f"vocabulary_{size}"
            values |= {
                "tokenizer": str(vocabulary / "tokenizer.json"),
                "data_dir": str(vocabulary / "data"),
            }
        configs[name] = build_config(ProxyConfig, values, where=f"{path}: {name}")
    return configs


def make_vocabulary(config: ProxyConfig, corpus: Path) -> None:
    """Make the tokenizer and the token files of another vocabulary, where they are missing."""
    if config.vocab_size == USUAL_VOCABULARY or (config.data_dir / "data.json").is_file():
        return
    texts = (
        document.text
        for number, document in enumerate(iter_documents(corpus))
        if document.split == "train" and number % _TOKENIZER_STRIDE == 0
    )
    tokenizer = train_tokenizer(texts, vocab_size=config.vocab_size)
    write_tokenizer(tokenizer, config.tokenizer)
    build_data(corpus, tokenizer=tokenizer, output_dir=config.data_dir)


def run_proxy(
    config: ProxyConfig, arguments: argparse.Namespace, *, flop: float | None
) -> dict[str, Any]:
    """Train a proxy and measure it, each where it was not done; return its row."""
    make_vocabulary(config, arguments.corpus)
    run = ProxyRun(config, flop=flop)
    folder = train(run)
    path = config.output_dir / RESULT_FILE
    if not path.is_file():
        bits = measure(
            folder, config.objective, arguments.held_out, windows=arguments.held_out_windows
        )
        record = json.loads((folder / "pretraining.json").read_text())
        row = {"tokens": record["tokens"], "minutes": record["minutes"], "bits": bits}
        row |= {"parameters": sum(p.numel() for p in run.model.parameters())}
        with whole_file(path) as file:
            file.write(json.dumps(row).encode())
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def markdown(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table for causal LMs and one for masked LMs, best first."""
    causal = {name: row for name, row in rows.items() if "causal" in row["bits"]}
    masked = {name: row for name, row in rows.items() if name not in causal}
    tables = [
        _table(part, columns)
        for part, columns in ((causal, ["causal"]), (masked, list(MASKS)))
        if part
    ]
    return "\n\n".join(tables)


def _table(rows: Mapping[str, Mapping[str, Any]], columns: Sequence[str]) -> str:
    titles = ["bits per byte" if column == "causal" else f"at {column}" for column in columns]
    lines = [
        f"| proxy | parameters | tokens | minutes | {' | '.join(titles)} |",
        "|---" * (4 + len(columns)) + "|",
    ]
    ranked = sorted(rows.items(), key=lambda item: sum(item[1]["bits"][c] for c in columns))
    for name, row in ranked:
        cells = " | ".join(f"{row['bits'][column]:.3f}" for column in columns)
        lines.append(
            f"| {name} | {row['parameters'] / 1e6:.2f} M | {row['tokens'] / 1e6:.2f} M "
            f"| {row['minutes']} | {cells} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Train and measure every proxy; print the table as it grows; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/configs/proxies.yaml"))
    parser.add_argument("--output", type=Path, default=Path(".build/proxies"))
    parser.add_argument("--tokens", type=float, default=1.5e6, help="of the first proxy")
    parser.add_argument("--only", nargs="+", help="names of proxies, the first one beside them")
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/train"))
    parser.add_argument(
        "--held-out", type=Path, default=Path(".build/embedded/data/validation.jsonl")
    )
    parser.add_argument("--held-out-windows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", type=Path, metavar="FILE.md")
    arguments = parser.parse_args()
    try:
        rows = _run_all(arguments)
    except MariaError as error:
        print(f"proxies: {error}", file=sys.stderr)
        return 1
    if arguments.table:
        arguments.table.write_text(f"{markdown(rows)}\n")
    return 0


def _run_all(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    configs = read_proxies(arguments.config, arguments.output, seed=arguments.seed)
    first = next(iter(configs))
    wanted = arguments.only or list(configs)
    if unknown := set(wanted) - set(configs):
        raise ConfigurationError(f"{arguments.config} has no proxy {', '.join(sorted(unknown))}.")
    make_vocabulary(configs[first], arguments.corpus)
    per_step = ProxyRun(configs[first]).flop_per_step()
    flop = arguments.tokens / configs[first].tokens_per_step * per_step
    rows: dict[str, dict[str, Any]] = {}
    for name, config in configs.items():
        if name == first or name in wanted:
            rows[name] = run_proxy(config, arguments, flop=flop)
            print(f"{name}: {rows[name]}", flush=True)
    print(markdown(rows))
    return rows


if __name__ == "__main__":
    sys.exit(main())
