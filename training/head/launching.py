"""Starts the other processes where `accelerate launch` did not.

On a computer without GPUs accelerate (1.15) starts a single process whatever `--num_processes`
says, and only leaves an address in the environment. Training would run, with a smaller batch than
was asked for. So the process becomes torchrun, with as many processes as were asked for.
"""

from __future__ import annotations

import os
import sys

import psutil

from maria_model.errors import ConfigurationError


def start_all_processes(module: str) -> None:
    """Become torchrun over `module` where accelerate was asked for several and started one.

    Raises:
        ConfigurationError: how many were asked for cannot be told.
    """
    asked_for_several = "ACCELERATE_MIXED_PRECISION" in os.environ and "MASTER_ADDR" in os.environ
    if not asked_for_several or "WORLD_SIZE" in os.environ:
        return
    parent = psutil.Process().parent()
    processes = _processes(parent.cmdline() if parent else [])
    if processes is None:
        raise ConfigurationError(
            "accelerate started one process of several. Use "
            "`torchrun --standalone --nproc_per_node N -m` in the place of `accelerate launch`."
        )
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", processes]
    os.execv(sys.executable, [sys.executable, *torchrun, "-m", module, *sys.argv[1:]])


def _processes(command: list[str]) -> str | None:
    """Return what `--num_processes` of a command line says."""
    for option, value in zip(command, [*command[1:], ""], strict=True):
        name, _, joined = option.partition("=")
        if name.replace("-", "_") == "__num_processes" and (joined or value).isdigit():
            return joined or value
    return None
