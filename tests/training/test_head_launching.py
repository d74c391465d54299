"""Processes of a head training and what started them: one gone, one too few, one too many."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from toy_heads import ROOT

from maria_model.errors import ConfigurationError
from training.head.launching import ACCELERATE_VARIABLE, start_all_processes, torchrun_options

_RANK = """
import sys
from training.head.launching import Launcher
launcher = Launcher()
print(launcher.is_gone, flush=True)
sys.stdin.readline()
print(launcher.is_gone, flush=True)
"""


def unlaunched() -> dict[str, str]:
    """The environment of a process that neither torchrun nor accelerate started."""
    marks = ("TORCHELASTIC_", "ACCELERATE_", "WORLD_SIZE", ACCELERATE_VARIABLE)
    return {key: value for key, value in os.environ.items() if not key.startswith(marks)}


@pytest.mark.parametrize("mark", ["TORCHELASTIC_RUN_ID", "ACCELERATE_MIXED_PRECISION", None])
def test_a_process_notices_that_its_launcher_was_killed(mark: str | None) -> None:
    """Only torchrun and accelerate count: under nohup a run outlives the shell that began it."""
    begin = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    with subprocess.Popen(
        [sys.executable, "-c", begin, _RANK],
        cwd=ROOT,
        env=unlaunched() | ({mark: "no"} if mark else {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as launcher:
        assert launcher.stdin
        assert launcher.stdout
        assert launcher.stdout.readline() == "False\n"
        launcher.kill()
        launcher.wait()
        launcher.stdin.write("\n")
        launcher.stdin.flush()
        assert launcher.stdout.read() == f"{mark is not None}\n"


# accelerate's only process, which becomes a torchrun that starts a rank and waits for it.
_ONLY_PROCESS = """
import os, subprocess, sys
from training.head import launching
def become_torchrun(program, arguments):
    os.environ["TORCHELASTIC_RUN_ID"] = "none"
    subprocess.run([sys.executable, "-c", sys.argv[1]])
    sys.exit()
os.execv = become_torchrun
launching.start_all_processes("training.train_head")
"""


def test_a_rank_notices_that_accelerate_above_its_torchrun_was_killed() -> None:
    """torchrun stays, and would watch over its processes for ever."""
    begin = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:3]])"
    with subprocess.Popen(
        [sys.executable, "-c", begin, _ONLY_PROCESS, _RANK, "--num_processes", "2"],
        cwd=ROOT,
        env=unlaunched() | {"ACCELERATE_MIXED_PRECISION": "no", "MASTER_ADDR": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as accelerate:
        assert accelerate.stdin
        assert accelerate.stdout
        assert accelerate.stdout.readline() == "False\n"
        accelerate.kill()
        accelerate.wait()
        accelerate.stdin.write("\n")
        accelerate.stdin.flush()
        assert accelerate.stdout.read() == "True\n"


def test_one_process_of_several_does_not_train_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What accelerate leaves in the environment of a lone process, here of an unknown parent."""
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "no")
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(ConfigurationError, match="one process of several"):
        start_all_processes("training.train_head")


@pytest.mark.parametrize(
    ("processes", "machines", "each"), [("16", "2", "8"), ("3", "3", "1"), ("4", "1", "4")]
)
def test_accelerates_processes_are_those_of_all_computers(
    processes: str, machines: str, each: str
) -> None:
    launched = ["accelerate", "--num-processes", processes, f"--num_machines={machines}"]
    options = torchrun_options(launched, {"MASTER_ADDR": "10.0.0.1"})
    assert options[options.index("--nproc_per_node") + 1] == each
    assert ("10.0.0.1" in options) == (machines != "1")


def test_processes_that_do_not_divide_among_computers_are_refused() -> None:
    launched = ["accelerate", "--num_processes", "3", "--num_machines", "2"]
    with pytest.raises(ConfigurationError, match="Give a multiple"):
        torchrun_options(launched, {"MASTER_ADDR": "10.0.0.1"})


def test_training_tells_the_hub_nothing_of_its_surroundings() -> None:
    """Else a pair's name that is not here would bring one request, whatever was asked for."""
    ask = "import training.train_head, huggingface_hub.constants as c; "
    ask += "print(c.HF_HUB_DISABLE_TELEMETRY)"
    environment = {k: v for k, v in unlaunched().items() if k != "HF_HUB_DISABLE_TELEMETRY"}
    told = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == "True\n"
