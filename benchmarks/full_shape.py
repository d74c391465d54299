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
from collections.abc import Sequence
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
from maria_model.api import FillRequest
from maria_model.engine import MariaEngine
from maria_model.registry import PAIRS

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
    measure.add_argument("--words", type=int, default=384, help="words of the text")
    measure.add_argument("--blanks", type=int, default=16, help="one-word blanks in it")
    measure.set_defaults(
        run=lambda options: print(json.dumps(measure_pair(options), indent=2)),
    )
    options = parser.parse_args(argv)
    options.run(options)


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


def measure_pair(options: argparse.Namespace) -> dict[str, object]:
    """Load the pair, fill a text twice, and tell memory and seconds."""
    before = _resident()
    started = time.perf_counter()
    engine = MariaEngine.load(
        causal_lm=str(options.folder / "causal_lm"),
        masked_lm=str(options.folder / "masked_lm"),
        device="cpu",
        weights=options.weights,
    )
    loaded = time.perf_counter() - started
    after, peak = _resident(), _peak()
    request = FillRequest(text=_blanked(options.words, options.blanks))
    first, second = (engine.fill(request).stats for _ in range(2))
    return {
        "weights": options.weights,
        "threads": torch.get_num_threads(),
        "estimate_gb": PAIR.memory(options.weights) / 1e9,
        "resident_before_gb": before / 1e9,
        "resident_after_loading_gb": after / 1e9,
        "peak_while_loading_gb": peak / 1e9,
        "peak_gb": _peak() / 1e9,
        "load_s": loaded,
        "first_fill_s": first.seconds,
        "second_fill_s": second.seconds,
        "blanks": options.blanks,
        "ar_passes": first.ar_passes,
        "mlm_passes": first.mlm_passes,
        "tokens_filled": first.tokens,
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


def _blanked(words: int, blanks: int) -> str:
    text = _PROSE.read_text(encoding="utf-8").split()[:words]
    step = len(text) // (blanks + 1)
    for number in range(1, blanks + 1):
        text[number * step] = "[MASK]"
    return " ".join(text)


def _resident() -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
