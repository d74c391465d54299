"""Starts head trainings of the toy pair as a user does, and ends them as an accident does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
DEBUG = ROOT / "training" / "configs" / "debug_cpu.yaml"


def launch(options: list[str], settings: list[str]) -> subprocess.Popen[str]:
    """Start a training as the docs say: `accelerate launch ...`."""
    module = ["-m", "training.train_head", "--config", str(DEBUG), *settings]
    accelerate = ["-W", "ignore", "-m", "accelerate.commands.launch", *options]
    return subprocess.Popen(
        [sys.executable, *accelerate, *module],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_all(pid: int) -> None:
    """Kill a launcher and its processes, each of which has a session of its own."""
    launcher = psutil.Process(pid)
    for process in [launcher, *launcher.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
