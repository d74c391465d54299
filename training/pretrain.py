"""Trains one small backbone: a causal LM, a masked LM that starts from one, or either further.

    python -m training.pretrain --config training/configs/embedded_causal.yaml max_minutes=60

Stopped at any moment, the same command goes on from the last checkpoint; finished, it leaves the
model as it is. `training/pretraining` holds the parts. Knows nothing of the MARIA head.
"""

from __future__ import annotations

import sys

import torch
from transformers.utils import logging

from maria_model.errors import MariaError
from training.configuration import config_parser, load_config
from training.pretraining.configuration import PretrainConfig
from training.pretraining.loop import pretrain
from training.pretraining.run import Pretraining

__all__ = ["PretrainConfig", "Pretraining", "main", "pretrain"]


def main() -> int:
    """Run a pretraining from the command line; return the exit status."""
    arguments = config_parser(__doc__).parse_args()
    logging.disable_progress_bar()
    torch.set_float32_matmul_precision("high")
    try:
        folder = pretrain(load_config(PretrainConfig, arguments.config, arguments.overrides))
    except MariaError as error:
        print(f"pretrain: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pretrain: stopped. The same command goes on.", file=sys.stderr)
        return 130
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
