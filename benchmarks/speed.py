"""How long a writer waits: window, model, one blank; and what the worker holds in memory.

Runs the real editor and the real worker with the embedded model. Prints medians and the slowest of
several runs; nothing fails because a machine is slow.

    python -m benchmarks.speed
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from benchmarks.waiting import wait_for
from maria_editor.engine.client import EngineClient
from maria_editor.paths import HOME_VARIABLE
from maria_model.api import FillRequest, FillResult, SamplingOptions

# 200 words of this project's own, one of them blanked out.
PARAGRAPH = (
    "The ferry left the island at six in the morning, when the harbour was still grey and the "
    "gulls had not begun to quarrel over the nets. Marta stood at the rail with her collar turned "
    "up and watched the houses grow small. She had packed in a hurry: two shirts, the good shoes, "
    "her father's watch, and the letter that she had read so often that the folds were coming "
    "apart. The letter said very little. It said that the house on the hill had been sold, that "
    "the piano would be kept for her until the end of the month, and that nobody knew where the "
    "key had gone. She had the key in her [MASK], and she closed her hand around it now as if it "
    "might be taken from her by the wind. An old man came and stood beside her and offered her "
    "half of his bread without a word. They ate and looked at the water. After a while he asked "
    "whether she was going home or leaving it, and she found that she did not know what to say. "
    "The engine beat below them like a slow heart, and far ahead, where the sea and the sky were "
    "one colour, a single light went on and off and on again."
)
# The editor as it starts, with an event loop that reports and leaves.
WINDOW_PROBE = """
import sys, time
began, computed = time.time(), time.process_time()
from PySide6.QtWidgets import QApplication
def report():
    QApplication.processEvents()
    took, computed_s = time.time() - began, time.process_time() - computed
    print(began - float(sys.argv[1]), took, computed_s, int("torch" in sys.modules))
    return 0
QApplication.exec = staticmethod(report)
from maria_editor.desktop import run_desktop
from maria_editor.options import parse_options
sys.exit(run_desktop(parse_options(["--welcome"])))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStart:
    """One start of the editor: seconds until the interpreter ran, and from then until the window.

    `computed_s` is what the process computed for the window. `has_torch` says whether it loaded
    torch, which it must not.
    """

    interpreter_s: float
    window_s: float
    computed_s: float
    has_torch: bool


def start_windows(runs: int) -> list[WindowStart]:
    """Start the editor as a new writer would, with the welcome document; leave when it shows.

    An installed program has its bytecode, so a first start that compiles does not count.
    """
    with tempfile.TemporaryDirectory() as bytecode:
        starts = [_start_window(bytecode) for _ in range(runs + 1)]
    return starts[1:]


def _start_window(bytecode: str) -> WindowStart:
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as home:
        environment |= {HOME_VARIABLE: home, "PYTHONPYCACHEPREFIX": bytecode}
        output = subprocess.run(
            [sys.executable, "-c", WINDOW_PROBE, str(time.time())],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    return WindowStart(
        interpreter_s=float(output[0]),
        window_s=float(output[1]),
        computed_s=float(output[2]),
        has_torch=output[3] == "1",
    )


def measure_window(runs: int) -> dict[str, object]:
    """Time from the start of the interpreter until the window is shown, in seconds."""
    starts = start_windows(runs)
    return {
        "window_shown": _summary([start.interpreter_s + start.window_s for start in starts]),
        "window_after_the_interpreter": _summary([start.window_s for start in starts]),
        "torch_in_the_window": any(start.has_torch for start in starts),
    }


def measure_worker(runs: int, fills: int) -> dict[str, object]:
    """Time from the worker's start until the model is ready, and one blank after that."""
    loading, filling, memory = [], [], 0.0
    for _ in range(runs):
        client = EngineClient()
        started = time.perf_counter()
        client.start()
        wait_for(client.ready, failed=client.failed)
        loading.append(time.perf_counter() - started)
        for seed in range(fills):
            started = time.perf_counter()
            client.fill(FillRequest(text=PARAGRAPH, sampling=SamplingOptions(seed=seed)))
            result = wait_for(client.filled, failed=client.failed)[1]
            assert isinstance(result, FillResult)
            filling.append(time.perf_counter() - started)
        memory = max(memory, _peak_memory_of_children())
        client.shutdown()
    return {
        "model_ready": _summary(loading),
        "one_blank_in_200_words": _summary(filling),
        "worker_peak_gigabytes": round(memory, 2),
    }


def _peak_memory_of_children() -> float:
    """Return the largest peak resident size among this process's children, in gigabytes."""
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        fields = dict(
            line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
        )
        if int(fields["PPid"]) == os.getpid() and "VmHWM" in fields:
            peaks.append(int(fields["VmHWM"].split()[0]) / 1e6)
    return max(peaks, default=0.0)


def _summary(seconds: list[float]) -> dict[str, float]:
    return {
        "median_s": round(statistics.median(seconds), 3),
        "slowest_s": round(max(seconds), 3),
        "runs": len(seconds),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--fills", type=int, default=10, help="fills in each run of the worker")
    parser.add_argument("--only", choices=["window", "worker"])
    arguments = parser.parse_args()
    QCoreApplication([])
    report: dict[str, object] = {"cores": os.cpu_count()}
    if arguments.only != "worker":
        report |= measure_window(arguments.runs)
    if arguments.only != "window":
        report |= measure_worker(arguments.runs, arguments.fills)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
