"""Turns a finished head training into the folder that ships: bf16, self-contained, with its card.

python -m training.publish --head .build/embedded/head/model --output resources/model
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch

from maria_model.modeling import MariaForMaskedInfilling

CARD = "README.md"


def publish(head_dir: Path, output: Path) -> int:
    """Write the self-contained bf16 model to `output`, keeping a card that is there.

    Returns:
        The size of the folder in bytes.
    """
    model = MariaForMaskedInfilling.from_pretrained(head_dir)
    card = (output / CARD).read_bytes() if (output / CARD).is_file() else None
    shutil.rmtree(output, ignore_errors=True)
    model.save_pretrained(output, self_contained=True, dtype=torch.bfloat16)
    if card is not None:
        (output / CARD).write_bytes(card)
    return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())


def main() -> None:
    """Publish a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=Path(".build/embedded/head/model"))
    parser.add_argument("--output", type=Path, default=Path("resources/model"))
    arguments = parser.parse_args()
    size = publish(arguments.head, arguments.output)
    print(f"{arguments.output}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
