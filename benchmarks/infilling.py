"""Measures ways of filling masks side by side, in one run: same texts, same masks, same weights.

Prints the price of wide passes and a table of figures; writes JSON and a plot when asked. Nothing
fails because a machine is slow.

    python -m benchmarks.infilling
    python -m benchmarks.infilling --random olmo-1b+modernbert-large --dtype bfloat16

`benchmarks/cuda_plan.sh` runs it on a lent graphics card.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

import torch
import transformers

from benchmarks.measuring import Row, cost_curve, measure_cell
from benchmarks.methods import METHODS, REFERENCE, USUAL_METHODS
from benchmarks.random_pairs import SHAPES, random_pair
from benchmarks.reporting import cost_table, plot, table_head, table_lines, write_json
from benchmarks.surroundings import load as load_average
from benchmarks.surroundings import load_in_words, processor, put_into
from benchmarks.texts import PROSE, evenly_spaced, masked_window, random_pieces, read_pieces
from maria_model.api import SamplingOptions
from maria_model.cache_kinds import kind_of
from maria_model.device import CacheKind, cache_kind, inference_dtype, resolve_device
from maria_model.engine import FRAME_TOKENS
from maria_model.errors import ConfigurationError, MariaError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import resolve_model
from maria_model.quantization import quantize
from maria_model.static_passes import prepare

LENGTHS = (64, 128, 256, 512, 1024, 2048)
MASK_RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0] if __doc__ else None,
        epilog="Lengths that the model cannot read are left out.",
    )
    model = parser.add_argument_group("model")
    model.add_argument("--model", help="name or folder; the embedded one by default")
    model.add_argument("--causal-lm", help="folder of a causal LM, with --masked-lm")
    model.add_argument("--masked-lm", help="folder of a masked LM, with --causal-lm")
    model.add_argument(
        "--random",
        choices=SHAPES,
        help="random weights of this shape, to see what passes cost",
    )
    machine = parser.add_argument_group("machine")
    machine.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    machine.add_argument("--dtype", choices=DTYPES, help="precision; by default the device's usual")
    machine.add_argument(
        "--cache",
        choices=get_args(CacheKind),
        help="what the causal LM reads on; by default the device's usual",
    )
    machine.add_argument("--int8", action="store_true", help="weights in 8 bits, by torchao")
    machine.add_argument(
        "--threads", type=int, help="of the processor; PyTorch's choice by default"
    )
    machine.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="processor time, with --threads 1, tells ways apart where others are at work",
    )
    what = parser.add_argument_group("what is measured")
    what.add_argument("--text", type=Path, nargs="+", default=[PROSE], help="plain text or JSONL")
    what.add_argument("--lengths", type=int, nargs="*", default=list(LENGTHS), help="in tokens")
    what.add_argument("--rates", type=float, nargs="+", default=list(MASK_RATES), help="of masks")
    what.add_argument("--repeats", type=int, default=3, help="windows of each length and rate")
    what.add_argument("--methods", nargs="+", choices=METHODS, default=list(USUAL_METHODS))
    what.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest piece")
    what.add_argument("--top-p", type=float, default=1.0)
    what.add_argument("--seed", type=int, default=0)
    output = parser.add_argument_group("output")
    output.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    output.add_argument(
        "--into", type=Path, metavar="PAGE.md", help="a page whose tables are put anew"
    )
    output.add_argument("--plot", type=Path, metavar="FILE", help="draw throughput (SVG or PNG)")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = build_parser().parse_args(arguments)
    try:
        _measure_and_print(options)
    except MariaError as error:
        sys.exit(str(error))


def _measure_and_print(options: argparse.Namespace) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    model = load(options)
    seconds = _prepare(model)
    setting = _setting(options, model) | {"prepared_s": seconds}
    costs = cost_curve(model, clock=CLOCKS[options.clock])
    said = [_about(setting), cost_table(costs)]
    print("\n\n".join(said), flush=True)
    rows: list[Row] = []
    for length in _readable_lengths(options.lengths, model):
        said.append(table_head(length))
        print(f"\n{said[-1]}", flush=True)
        for measured in measure_length(model, options, length):
            lines = table_lines(measured)
            said[-1] += f"\n{lines}"
            print(lines, flush=True)
            rows += measured
    setting["load_at_end"] = load_average()
    if options.into:
        put_into(options.into, "\n\n".join(said))
    if options.json:
        write_json(options.json, setting=setting, costs=costs, rows=rows)
    if options.plot and rows:
        title = f"{setting['model']}, {setting['dtype']}, {setting['threads']} threads"
        plot(options.plot, rows, title=title)


def _prepare(model: MariaForMaskedInfilling) -> float:
    """Compile what is compiled, so that no method waits for it; return the seconds it took."""
    started = time.perf_counter()
    for done, total in prepare(model):
        print(f"compiled {done} of {total} shapes", file=sys.stderr)
    return time.perf_counter() - started


def _about(setting: Mapping[str, object]) -> str:
    return (
        f"`{setting['command']}`\n\n{setting['model']}, {setting['dtype']}, {setting['device']}, "
        f"{setting['cache']} cache, {setting['threads']} threads, torch {setting['torch']}; "
        f"medians of {setting['repeats']} windows; load at the start {load_in_words()}."
    )


def measure_length(
    model: MariaForMaskedInfilling, options: argparse.Namespace, length: int
) -> Iterator[list[Row]]:
    """Yield the figures of each mask rate at one length, [CLS] and [SEP] counted in it."""
    size, vocabulary = length - FRAME_TOKENS, model.vocabulary
    if options.random:
        pieces = random_pieces(options.repeats * size, vocabulary, seed=options.seed)
    else:
        pieces = read_pieces(options.text, vocabulary)
    stretches = evenly_spaced(pieces, size=size, count=options.repeats)
    methods = [METHODS[name] for name in METHODS if name in {*options.methods, REFERENCE}]
    sampling = SamplingOptions(
        temperature=options.temperature, top_p=options.top_p, seed=options.seed
    )
    for rate in options.rates:
        windows = [
            masked_window(
                stretch,
                vocabulary,
                mask_rate=rate,
                seed=f"{options.seed}/{length}/{rate}/{number}",
            )
            for number, stretch in enumerate(stretches)
        ]
        yield measure_cell(
            model,
            windows,
            methods,
            length=length,
            mask_rate=rate,
            options=sampling,
            clock=CLOCKS[options.clock],
        )


def load(options: argparse.Namespace) -> MariaForMaskedInfilling:
    """Load or make the pair that the command line names.

    Raises:
        ConfigurationError: it names more than one, or half of one.
        MariaError: whatever keeps the model from loading.
    """
    backbones = (options.causal_lm, options.masked_lm)
    named = [options.model, options.random, any(backbones) or None]
    if sum(name is not None for name in named) > 1 or any(backbones) != all(backbones):
        raise ConfigurationError(
            "Give one of --model, --random, or --causal-lm and --masked-lm together."
        )
    device = resolve_device(options.device)
    dtype = DTYPES[options.dtype] if options.dtype else inference_dtype(device)
    if options.random:
        model = random_pair(options.random, seed=options.seed, dtype=dtype)
    elif all(backbones):
        model = MariaForMaskedInfilling.from_backbones_pretrained(*backbones, dtype=dtype)
    else:
        model = MariaForMaskedInfilling.from_pretrained(resolve_model(options.model), dtype=dtype)
    model.to(device)
    model.cache_kind = options.cache or cache_kind(device)
    if options.int8:
        decoders = (model.model.causal_decoder, model.model.masked_decoder)
        quantize(model.model, "int8", keep=decoders)
    return model


def _readable_lengths(lengths: Sequence[int], model: MariaForMaskedInfilling) -> list[int]:
    return [length for length in lengths if FRAME_TOKENS < length <= model.context_length]


def _setting(options: argparse.Namespace, model: MariaForMaskedInfilling) -> dict[str, object]:
    device = model.device
    return {
        "command": " ".join(["python -m benchmarks.infilling", *sys.argv[1:]]),
        "model": model.config.name,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "dtype": _precision(options, model),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
        "cache": kind_of(model),
        "clock": options.clock,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "text": "random" if options.random else [path.name for path in options.text],
        "repeats": options.repeats,
        "temperature": options.temperature,
        "top_p": options.top_p,
        "seed": options.seed,
        "load_at_start": load_average(),
    }


def _precision(options: argparse.Namespace, model: MariaForMaskedInfilling) -> str:
    dtype = str(model.head.causal.dtype).removeprefix("torch.")
    return f"{dtype} with weights in 8 bits" if options.int8 else dtype


if __name__ == "__main__":
    main()
