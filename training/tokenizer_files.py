"""Writes the tokenizer into a backbone's folder, naming the special tokens its kind of model has.

python -m training.tokenizer_files TOKENIZER causal|masked FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from maria_model.errors import ConfigurationError, first_line
from training.train_tokenizer import CLS_TOKEN, EOS_TOKEN, MASK_TOKEN, PAD_TOKEN, SEP_TOKEN

SPECIAL_NAMES = {
    "causal": {"eos_token": EOS_TOKEN, "pad_token": PAD_TOKEN},
    "masked": {
        "cls_token": CLS_TOKEN,
        "sep_token": SEP_TOKEN,
        "mask_token": MASK_TOKEN,
        "pad_token": PAD_TOKEN,
    },
}


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json`.

    Raises:
        ConfigurationError: it is missing or damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        # A file that is cut short is told here; the library has no error of its own for it.
        parts = set(json.loads(text))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"No tokenizer at {path}. Run training.train_tokenizer first."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path} is damaged ({first_line(error)}). Run training.train_tokenizer again."
        ) from error
    if "model" not in parts:
        raise ConfigurationError(f"{path} is no tokenizer. Give a tokenizer.json.")
    return Tokenizer.from_str(text)


def save_tokenizer_files(tokenizer: Tokenizer, objective: str, folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json` for a causal or a masked LM."""
    names = SPECIAL_NAMES[objective]
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)


def tokenizer_fingerprint(tokenizer: Tokenizer) -> str:
    """Return a digest of what each id stands for: token files of another tokenizer show."""
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return hashlib.sha256(json.dumps(vocabulary).encode()).hexdigest()[:16]


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("objective", choices=sorted(SPECIAL_NAMES))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    tokenizer = read_tokenizer(arguments.tokenizer)
    save_tokenizer_files(tokenizer, arguments.objective, arguments.folder)


if __name__ == "__main__":
    main()
