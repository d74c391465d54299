r"""Trains W3 over two frozen backbones (paper, section 4), from the product of experts on.

    python -m training.train_head --config training/configs/embedded_cpu.yaml
    accelerate launch --num_processes 2 -m training.train_head \
        --config training/configs/debug_cpu.yaml

Stopped at any moment, the same command goes on. `training/head` holds the parts;
docs/head-training.md says how to use them.
"""

from __future__ import annotations

import errno
import os
import sys

from transformers.utils import logging

from maria_model.errors import MariaError
from training.configuration import config_parser, load_config
from training.head.configuration import HeadConfig
from training.head.launching import start_all_processes
from training.head.loop import train_head

__all__ = ["HeadConfig", "main", "train_head"]


def main() -> int:
    """Run a head training from the command line; return the exit status."""
    arguments = config_parser(__doc__).parse_args()
    logging.disable_progress_bar()
    try:
        # What is wrong with it is told once, by this process, before there are others.
        config = load_config(HeadConfig, arguments.config, arguments.overrides)
        start_all_processes("training.train_head")
        folder = train_head(config)
    except MariaError as error:
        print(f"train_head: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("train_head: stopped. The same command goes on.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(
            "train_head: the disk is full. Make room and start again: the run goes on from its "
            "last checkpoint.",
            file=sys.stderr,
        )
        return 1
    if int(os.environ.get("RANK", "0")) == 0:
        print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
