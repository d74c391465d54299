"""Starts the other processes where `accelerate launch` did not, and notices a lost launcher.

On a computer without GPUs accelerate (1.15) starts a single process whatever `--num_processes` and
`--num_machines` say, and only leaves an address in the environment. Training would run, with a
smaller batch than was asked for. So the process becomes torchrun, with as many processes as were
asked for on as many computers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import psutil

from maria_model.errors import ConfigurationError

# Names accelerate's process to the processes of a torchrun that took the place of its only one.
ACCELERATE_VARIABLE = "MARIA_HEAD_ACCELERATE_PID"


class Launcher:
    """What started this process: torchrun, or accelerate, and accelerate over its torchrun.

    torchrun stops its processes when another one is lost. Whoever ends accelerate means the
    training, and nobody else would tell it. A process that nobody of that kind started has none
    to lose: under nohup a run outlives its shell.
    """

    def __init__(self) -> None:
        is_watched = bool({"TORCHELASTIC_RUN_ID", "ACCELERATE_MIXED_PRECISION"} & os.environ.keys())
        self._process = psutil.Process().parent() if is_watched else None
        self._accelerate = os.environ.get(ACCELERATE_VARIABLE)

    @property
    def is_gone(self) -> bool:
        """Whether one ended or was killed; its processes are then another parent's or nobody's."""
        if self._process is None:
            return False
        if psutil.Process().parent() != self._process:
            return True
        return self._accelerate is not None and self._accelerate != self._parent_of_torchrun()

    def _parent_of_torchrun(self) -> str:
        assert self._process is not None, "only a process of torchrun has a grandparent to lose"
        try:
            return str(self._process.ppid())
        except psutil.NoSuchProcess:
            return ""


def start_all_processes(module: str) -> None:
    """Become torchrun over `module` where accelerate was asked for several and started one.

    Raises:
        ConfigurationError: how many were asked for cannot be told, or they do not divide evenly
            among the computers.
    """
    asked_for_several = "ACCELERATE_MIXED_PRECISION" in os.environ and "MASTER_ADDR" in os.environ
    if not asked_for_several or "WORLD_SIZE" in os.environ:
        return
    parent = psutil.Process().parent()
    options = torchrun_options(parent.cmdline() if parent else [], os.environ)
    torchrun = ["-m", "torch.distributed.run", *options]
    if os.name == "posix":
        # Elsewhere what takes the place of a process is no child of its parent.
        os.environ[ACCELERATE_VARIABLE] = str(os.getppid())
    os.execv(sys.executable, [sys.executable, *torchrun, "-m", module, *sys.argv[1:]])


def torchrun_options(launch: list[str], environment: Mapping[str, str]) -> list[str]:
    """Return what torchrun is told for an `accelerate launch` command line.

    `environment` is accelerate's own, with the first computer's address and port.

    Raises:
        ConfigurationError: see `start_all_processes`.
    """
    processes, machines = _option(launch, "num_processes"), _option(launch, "num_machines") or "1"
    if not processes.isdigit() or not machines.isdigit():
        raise ConfigurationError(
            "accelerate started one process of several. Use "
            "`torchrun --standalone --nproc_per_node N -m` in the place of `accelerate launch`."
        )
    each, rest = divmod(int(processes), max(1, int(machines)))
    if not each or rest:
        raise ConfigurationError(
            f"--num_processes {processes} on --num_machines {machines}: it counts the processes "
            "of all computers together, as many on each. Give a multiple."
        )
    if int(machines) == 1:
        return ["--standalone", "--nproc_per_node", processes]
    return [
        *("--nnodes", machines, "--node_rank", _option(launch, "machine_rank") or "0"),
        *("--nproc_per_node", str(each)),
        *("--master_addr", environment["MASTER_ADDR"]),
        *("--master_port", environment.get("MASTER_PORT", "29500")),
    ]


def _option(command: list[str], wanted: str) -> str:
    """Return what an option of a command line says, "" where it is not there."""
    for option, value in zip(command, [*command[1:], ""], strict=True):
        name, _, joined = option.partition("=")
        if name.startswith("--") and name[2:].replace("-", "_") == wanted:
            return joined or value
    return ""
