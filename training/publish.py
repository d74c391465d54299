"""Turns a finished head training into the folder that ships: bf16, self-contained, with its card.

    python -m training.publish --head .build/embedded/head/model --output resources/model

The folder changes all at once. One that holds these very weights is left as it is, and so keeps
what was fitted to them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

from maria_model.checkpoint import CHECKSUM_FILE, CONFIG_FILE
from maria_model.errors import MariaError
from maria_model.modeling import MariaForMaskedInfilling
from training.whole_writes import whole_folder

CARD = "README.md"
# Fitted after publishing, and written into config.json by the fits.
_FITTED = "inference"


class _SameModelError(Exception):
    """The folder holds these very weights."""


def publish(head_dir: Path, output: Path) -> int:
    """Write the self-contained bf16 model to `output`, keeping a card that is there.

    Returns:
        The size of the folder in bytes.

    Raises:
        MariaError: the head is missing or damaged, or the disk is full; `output` is as it was.
    """
    model = MariaForMaskedInfilling.from_pretrained(head_dir)
    try:
        with whole_folder(output) as part:
            model.save_pretrained(part, self_contained=True, dtype=torch.bfloat16)
            if _contents(part) == _contents(output):
                raise _SameModelError
            if (output / CARD).is_file():
                shutil.copyfile(output / CARD, part / CARD)
    except _SameModelError:
        print(f"{output} holds this model already.", file=sys.stderr)
    return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())


def _contents(folder: Path) -> dict[str, Any] | None:
    """Return what a model folder holds, but for what is fitted; None where it cannot be read."""
    try:
        sums = json.loads((folder / CHECKSUM_FILE).read_text(encoding="utf-8"))
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        return dict(sums) | {CONFIG_FILE: dict(config) | {_FITTED: None}}
    except (OSError, ValueError, TypeError):
        return None


def main() -> int:
    """Publish a model; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=Path(".build/embedded/head/model"))
    parser.add_argument("--output", type=Path, default=Path("resources/model"))
    arguments = parser.parse_args()
    try:
        size = publish(arguments.head, arguments.output)
    except MariaError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.output}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
