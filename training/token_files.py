"""Whether the token files of a folder are whole and of a tokenizer, before hours go into them.

Knows `data.json` beside them, which training.build_data writes last. Knows nothing of models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from maria_model.errors import ConfigurationError, first_line
from training.tokenizer_files import tokenizer_fingerprint

SUMMARY_FILE = "data.json"
TRAINED_ON = ("train", "validation")
_AGAIN = "Run training.build_data again."


def check_token_files(folder: Path, tokenizer: Tokenizer) -> None:
    """Compare `train.bin` and `validation.bin` with what was written and with the tokenizer.

    Raises:
        ConfigurationError: one is missing, cut short or of another tokenizer.
    """
    summary = _summary(folder)
    # Folders written before fingerprints were kept have none.
    if summary.get("tokenizer") not in (None, tokenizer_fingerprint(tokenizer)):
        raise ConfigurationError(
            f"{folder}: its tokens are of another tokenizer. Give theirs with tokenizer=, or run "
            "training.build_data again with this one."
        )
    for split in TRAINED_ON:
        path = folder / f"{split}.bin"
        _check_size(path, summary["tokens"][split])
        largest = int(np.memmap(path, dtype=np.uint16, mode="r").max())
        if largest >= tokenizer.get_vocab_size():
            raise ConfigurationError(
                f"{path} holds token {largest}, and the tokenizer has "
                f"{tokenizer.get_vocab_size()}: it is of another one. {_AGAIN}"
            )


def _summary(folder: Path) -> dict[str, Any]:
    path = folder / SUMMARY_FILE
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for split in TRAINED_ON:
            int(summary["tokens"][split])
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"No {SUMMARY_FILE} in {folder}: its token files are missing or half written. "
            "Run training.build_data first."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} is damaged ({first_line(error)}). {_AGAIN}") from error
    return summary


def _check_size(path: Path, tokens: int) -> None:
    if not path.is_file():
        raise ConfigurationError(f"No token file at {path}. Run training.build_data first.")
    size = path.stat().st_size
    if not tokens:
        raise ConfigurationError(f"{path} is empty. Give training.build_data more text.")
    if size != 2 * tokens:
        raise ConfigurationError(
            f"{path} is damaged: {size:,} bytes, and {SUMMARY_FILE} says {2 * tokens:,}. {_AGAIN}"
        )
