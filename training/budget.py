"""What a head training will cost: operations, tokens per second, hours, memory, by machine.

    python -m training.budget training/configs/maria_1b_8gpu.yaml
    python -m training.budget training/configs/embedded_cpu.yaml --measure 20

The first needs no weights and no data: it counts the pair's matrices. The second trains that many
steps here and sets the prediction beside what was measured.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    ModernBertConfig,
    ModernBertDecoderConfig,
    OlmoConfig,
    PreTrainedConfig,
)

from maria_model.errors import ConfigurationError, MariaError
from training.configuration import load_config
from training.head.configuration import HeadConfig
from training.head.costs import (
    CHUNK_NUMBERS,
    MASKED_SHARE,
    BackboneCost,
    PairCost,
    measured_ceiling,
)
from training.head.loading import Step
from training.head.run import HeadTraining
from training.head.states import masked_rows

# What training reaches of a device's peak; 45 % of the measured ceiling is asked for on a GPU.
_UTILISATION = 0.45
_OLMO = {"vocab_size": 50304, "max_position_embeddings": 2048, "tie_word_embeddings": True}
_ETTIN_150M = {
    "hidden_size": 768,
    "intermediate_size": 1152,
    "num_hidden_layers": 22,
    "num_attention_heads": 12,
    "vocab_size": 50368,
}
# Shapes of models that need not be here to be counted. Others are read from their folder.
KNOWN_SHAPES: dict[str, PreTrainedConfig] = {
    "allenai/OLMo-1B-hf": OlmoConfig(
        **_OLMO,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=16,
    ),
    "allenai/OLMo-7B-hf": OlmoConfig(
        **(_OLMO | {"tie_word_embeddings": False}),
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
    ),
    "answerdotai/ModernBERT-large": ModernBertConfig(
        hidden_size=1024,
        intermediate_size=2624,
        num_hidden_layers=28,
        num_attention_heads=16,
        vocab_size=50368,
    ),
    "jhu-clsp/ettin-decoder-150m": ModernBertDecoderConfig(**_ETTIN_150M),
    "jhu-clsp/ettin-encoder-150m": ModernBertConfig(**_ETTIN_150M),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Devices of one kind: how many, dense bf16 operations per second and memory of each."""

    name: str
    devices: int
    peak: float
    memory: float


# Dense bf16 peaks of the makers' data sheets.
MACHINES = (
    Machine(name="8 x RTX A6000", devices=8, peak=154.8e12, memory=48e9),
    Machine(name="1 x H100 SXM", devices=1, peak=989e12, memory=80e9),
    Machine(name="1 x H200", devices=1, peak=989e12, memory=141e9),
    Machine(name="8 x H100 SXM", devices=8, peak=989e12, memory=80e9),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A short run here, in pieces per second; of processor time on a CPU, for others compute too.

    Attributes:
        frozen: of the backbones alone.
        predicted: frozen, times the bound on what the head leaves of it.
        trained: of whole steps.
    """

    frozen: float
    predicted: float
    trained: float


def pair_cost(config: HeadConfig) -> PairCost:
    """Count a configuration's pair without its weights.

    Raises:
        ConfigurationError: a backbone is neither a known name nor a folder here.
    """
    causal = _cost("causal_lm", config.causal_lm, AutoModelForCausalLM, is_causal=True)
    masked = _cost("masked_lm", config.masked_lm, AutoModelForMaskedLM, is_causal=False)
    vocabulary = min(causal.vocabulary, masked.vocabulary)
    return PairCost(causal=causal, masked=masked, vocabulary=vocabulary, head_rank=config.head_rank)


def seconds_per_step(cost: PairCost, config: HeadConfig, machine: Machine, rows: int) -> float:
    """Return the seconds of a step of `rows` rows on a machine."""
    slots = float(rows * config.row_slots)
    masked = MASKED_SHARE * rows * config.sequence_length
    flop = cost.flop(slots=slots, masked=masked, row=config.row_slots)
    return flop / (machine.devices * machine.peak * _UTILISATION)


def device_memory(cost: PairCost, config: HeadConfig) -> float:
    """Return the bytes that one GPU needs in bf16."""
    slots = config.batch_size * config.row_slots
    return cost.memory(weight_bytes=2, pass_slots=slots, chunk_numbers=CHUNK_NUMBERS["cuda"])


def report(config: HeadConfig, *, processes: int) -> str:
    """Return what a configuration costs, as Markdown.

    Args:
        config: of the run.
        processes: devices that the configuration's step is made for.
    """
    cost, row = pair_cost(config), config.row_slots
    frozen = cost.frozen_flop(row) * row / config.sequence_length
    head = MASKED_SHARE * cost.head_flop()
    rows = config.rows_per_process * processes
    pieces = rows * config.sequence_length
    memory = device_memory(cost, config)
    lines = [
        f"{config.causal_lm} + {config.masked_lm}",
        "",
        f"- frozen backbones {_giga(frozen)} GFLOP a piece, head {_giga(head)} "
        f"(half of the pieces are masked), together {_giga(frozen + head)}",
        f"- bound frozen / (frozen + head): {100 * cost.frozen_bound(row):.1f} %",
        f"- step: {rows} rows of {config.sequence_length} pieces, {pieces:,} pieces; the run: "
        f"{config.max_steps:,} steps, {config.max_steps * pieces / 1e9:.1f} B pieces",
        f"- memory: about {memory / 1e9:.1f} GB a device, {cost.trained_parameters / 1e6:.0f} M "
        "numbers trained",
        "",
        f"| machine, at {100 * _UTILISATION:.0f} % of peak | pieces/s | s/step | hours | fits |",
        "|---|---|---|---|---|",
    ]
    for machine in MACHINES:
        seconds = seconds_per_step(cost, config, machine, rows)
        fits = "yes" if memory < 0.92 * machine.memory else "smaller batch_size"
        hours = seconds * config.max_steps / 3600
        lines.append(
            f"| {machine.name} | {pieces / seconds:,.0f} | {seconds:.3g} | {hours:,.3g} | {fits} |"
        )
    return "\n".join(lines)


def measure(config: HeadConfig, *, steps: int) -> tuple[Measured, PairCost, float]:
    """Train `steps` steps in a folder of their own, the backbones alone in between.

    Returns:
        Speeds, the pair's cost, and the device's ceiling in operations per second.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = HeadTraining(dataclasses.replace(config, output_dir=Path(folder)))
        cost = PairCost.of(run.maria, head_rank=config.head_rank)
        trained, frozen, slots, pieces = [], [], 0, 0
        for index in range(steps + 1):
            before = run.progress.pieces
            seconds = _seconds(run.train_step, run.device)
            step = run.next_step()
            alone = _seconds(functools.partial(_read, run, step), run.device)
            # The first step makes what the others find made.
            if index:
                trained.append((run.progress.pieces - before) / seconds)
                frozen.append(step.pieces / alone)
                slots, pieces = slots + step.slots, pieces + step.pieces
        ceiling = measured_ceiling(run.device, run.dtype)
    speed = statistics.median(frozen)
    ratio = slots / pieces * cost.frozen_flop(config.row_slots)
    bound = ratio / (ratio + MASKED_SHARE * cost.head_flop())
    result = Measured(frozen=speed, predicted=speed * bound, trained=statistics.median(trained))
    return result, cost, ceiling


def _read(run: HeadTraining, step: Step) -> None:
    for batch in step.batches:
        masked_rows(run.maria.model, batch.to(run.device), autocast=run.autocast)


def _seconds(call: Callable[[], Any], device: torch.device) -> float:
    if device.type == "cpu":
        start = time.process_time()
        call()
        return time.process_time() - start
    torch.cuda.synchronize(device)
    start = time.perf_counter()
    call()
    torch.cuda.synchronize(device)
    return time.perf_counter() - start


def _cost(field: str, source: str, kind: Any, *, is_causal: bool) -> BackboneCost:
    config = KNOWN_SHAPES.get(source)
    if config is None and not Path(source).is_dir():
        known = ", ".join(KNOWN_SHAPES)
        raise ConfigurationError(f"{field}={source}: no folder here, and none of {known}.")
    with torch.device("meta"):
        model = kind.from_config(config or AutoConfig.from_pretrained(source))
    return BackboneCost.of(model, is_causal=is_causal)


def _giga(flop: float) -> str:
    return f"{flop / 1e9:.3g}"


def main() -> int:
    """Print a configuration's budget; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="YAML file of a head training")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="override a setting")
    parser.add_argument("--processes", type=int, help="devices of a step; 8 for *_8gpu, else 1")
    parser.add_argument("--measure", type=int, metavar="STEPS", help="train that many steps here")
    arguments = parser.parse_args()
    try:
        config = load_config(HeadConfig, arguments.config, arguments.overrides)
        processes = arguments.processes or (8 if "8gpu" in arguments.config.stem else 1)
        print(report(config, processes=processes))
        if arguments.measure:
            print(_measured_report(config, steps=arguments.measure))
    except MariaError as error:
        print(f"budget: {error}", file=sys.stderr)
        return 1
    return 0


def _measured_report(config: HeadConfig, *, steps: int) -> str:
    found, cost, ceiling = measure(config, steps=steps)
    share = found.trained / found.predicted
    clock = "the clock" if torch.cuda.is_available() else "processor time of this process"
    flop = cost.frozen_flop(config.row_slots) + MASKED_SHARE * cost.head_flop()
    return "\n".join(
        [
            "",
            f"Here, medians of {steps} steps, layout {config.layout}, by {clock}:",
            "",
            f"- backbones alone {found.frozen:,.0f} pieces/s; times the bound: predicted "
            f"{found.predicted:,.0f}",
            f"- training {found.trained:,.0f} pieces/s: {100 * share:.0f} % of the prediction",
            f"- ceiling of a large product {ceiling / 1e12:.3g} TFLOP/s, reached "
            f"{100 * found.trained * flop / ceiling:.1f} %",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
