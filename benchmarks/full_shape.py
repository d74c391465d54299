"""The paper's smaller pair at full shape: what loading and filling take, against the estimate.

    python -m benchmarks.full_shape write FOLDER --tokenizers ../shared/data/tokenizers
    python -m benchmarks.full_shape measure FOLDER --weights bfloat16

`write` makes random weights in the published files' layout (3.2 GB); `measure` loads them with the
program's own code and fills. Random weights run as fast as trained ones; their words are noise.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from transformers import (
    ModernBertConfig,
    ModernBertForMaskedLM,
    OlmoConfig,
    OlmoForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from benchmarks.random_pairs import SHAPES, BackboneShape
from maria_model.causal_reader import PassCounts
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.registry import PAIRS
from maria_model.windows import Slot, Window

PAIR = PAIRS["olmo-1b"]
_SHAPE = SHAPES["olmo-1b+modernbert-large"]
_PROSE = Path(__file__).with_name("prose.txt")
_OLMO_FILE = "allenai_gpt-neox-olmo-dolma-v1_5.json"
_MODERNBERT_FILE = "ModernBERT_RECONSTRUCTED_from_olmo.json"
_STATUS = Path("/proc/self/status")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark's command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    write = commands.add_parser("write", help="make the weights")
    write.add_argument("folder", type=Path)
    write.add_argument("--tokenizers", type=Path, required=True)
    write.set_defaults(run=lambda options: write_pair(options.folder, options.tokenizers))
    measure = commands.add_parser("measure", help="load them and fill")
    measure.add_argument("folder", type=Path)
    measure.add_argument("--weights", default="bfloat16")
    measure.add_argument("--tokens", type=int, default=512, help="of the window")
    measure.add_argument("--blanks", type=int, default=16, help="masks in it")
    measure.set_defaults(run=_print_measurements)
    options = parser.parse_args(argv)
    options.run(options)


def _print_measurements(options: argparse.Namespace) -> None:
    for figures in measure_pair(options):
        print(json.dumps(figures), flush=True)


def write_pair(folder: Path, tokenizers: Path) -> None:
    """Write OLMo-1B and ModernBERT-large of random weights, stored in bfloat16."""
    olmo = PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizers / _OLMO_FILE),
        eos_token="<|endoftext|>",
        pad_token="<|padding|>",
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "mask", "pad", "unk")}
    modernbert = PreTrainedTokenizerFast(tokenizer_file=str(tokenizers / _MODERNBERT_FILE), **names)
    causal = OlmoConfig(
        **_sizes(_SHAPE.causal_lm, PAIR.causal_lm.vocab_rows),
        max_position_embeddings=PAIR.causal_lm.context_length,
        tie_word_embeddings=True,
        eos_token_id=olmo.eos_token_id,
        pad_token_id=olmo.pad_token_id,
    )
    masked = ModernBertConfig(
        **_sizes(_SHAPE.masked_lm, PAIR.masked_lm.vocab_rows),
        max_position_embeddings=PAIR.masked_lm.context_length,
    )
    _save(folder / "causal_lm", OlmoForCausalLM, causal, olmo)
    _save(folder / "masked_lm", ModernBertForMaskedLM, masked, modernbert)


def measure_pair(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Load the pair, then fill a window twice; tell memory and seconds of each."""
    before, started = _resident(), time.perf_counter()
    model = load_model(
        causal_lm=options.folder / "causal_lm",
        masked_lm=options.folder / "masked_lm",
        device="cpu",
        weights=options.weights,
    )
    yield {
        "weights": options.weights,
        "threads": torch.get_num_threads(),
        "load_s": time.perf_counter() - started,
        "estimate_gb": PAIR.memory(options.weights) / 1e9,
        "resident_before_gb": before / 1e9,
        "resident_after_gb": _resident() / 1e9,
        "peak_gb": _peak() / 1e9,
    }
    window = _window(model, options.tokens, options.blanks)
    for _ in range(2):
        counts, started = PassCounts(), time.perf_counter()
        settled = list(infill(model, window, counts=counts))
        yield {
            "tokens": options.tokens,
            "filled": len(settled),
            "ar_passes": counts.ar,
            "mlm_passes": counts.mlm,
            "seconds": time.perf_counter() - started,
            "peak_gb": _peak() / 1e9,
        }


def _sizes(shape: BackboneShape, rows: int) -> dict[str, int]:
    return {
        "vocab_size": rows,
        "hidden_size": shape.hidden_size,
        "intermediate_size": shape.intermediate_size,
        "num_hidden_layers": shape.num_hidden_layers,
        "num_attention_heads": shape.num_attention_heads,
    }


def _save(
    folder: Path,
    kind: type[PreTrainedModel],
    config: OlmoConfig | ModernBertConfig,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    torch.set_default_dtype(torch.bfloat16)
    model = kind(config)
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _window(model: MariaForMaskedInfilling, tokens: int, blanks: int) -> Window:
    """Return the prose's first tokens, with masks at even distances."""
    pieces = model.vocabulary.encode(_PROSE.read_text(encoding="utf-8"))[:tokens]
    step = len(pieces) // (blanks + 1)
    slots = (
        Slot(position=number * step, blank=number - 1, piece=0, kind="token")
        for number in range(1, blanks + 1)
    )
    return Window(tuple(pieces), tuple(slots))


def _resident() -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
