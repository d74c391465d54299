"""What a head training writes down: sums over a step's passes and processes, rows of JSON.

Knows nothing of models; torch for the sums and the peak of memory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import Tensor

from maria_model.errors import ConfigurationError
from training.whole_writes import whole_file

# Upper ends of the mask-rate buckets that losses are reported by.
RATE_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)


def rate_sums(losses: Tensor, rates: Tensor) -> Tensor:
    """Return (2, K) float64: summed losses and counts by mask-rate bucket, of (N,) each."""
    ends = torch.tensor(RATE_ENDS[:-1], device=rates.device)
    bucket = torch.bucketize(rates, ends)
    sums = torch.zeros(2, len(RATE_ENDS), dtype=torch.float64, device=losses.device)
    sums[0].index_add_(0, bucket, losses.double())
    sums[1].index_add_(0, bucket, torch.ones_like(losses, dtype=torch.float64))
    return sums


def mean_loss(sums: Tensor) -> float:
    """Return the mean loss of `rate_sums`, in nats per masked piece."""
    return float(sums[0].sum() / sums[1].sum().clamp(min=1))


def loss_by_rate(sums: Tensor) -> dict[str, float]:
    """Return the mean loss of every bucket with masked pieces in it."""
    starts = (0.0, *RATE_ENDS[:-1])
    return {
        f"{start}-{end}": round(float(total / count), 5)
        for start, end, total, count in zip(starts, RATE_ENDS, *sums.tolist(), strict=True)
        if count
    }


def peak_memory(device: torch.device) -> int:
    """Return the most bytes used so far: of the GPU, or of the process on a CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def tracked_numbers(row: dict[str, Any]) -> dict[str, float]:
    """Return a row's numbers for trackers, a bucket's as `loss_by_mask_rate/0.0-0.2`."""
    found: dict[str, float] = {}
    for name, value in row.items():
        parts = value.items() if isinstance(value, dict) else ()
        found |= {f"{name}/{part}": number for part, number in parts}
        if isinstance(value, (int, float)):
            found[name] = value
    return found


class MetricsFile:
    """`metrics.jsonl`: one row a line, each on the disk before training goes on.

    Raises:
        ConfigurationError: the file that is there is of something else; it stays as it is.
        MariaError: the disk is full; the file stays as it is.

    Args:
        path: of the file.
        step: rows of later steps are dropped: the run goes back there.
    """

    def __init__(self, path: Path, *, step: int) -> None:
        kept = [
            line for number, line in enumerate(_lines(path), 1) if _step(path, number, line) <= step
        ]
        with whole_file(path) as file:
            file.write("".join(f"{line}\n" for line in kept).encode())
        self._file = path.open("a", encoding="utf-8")

    def write(self, row: dict[str, Any]) -> None:
        """Append a row."""
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _lines(path: Path) -> list[str]:
    """Return the file's whole lines; a kill may have cut the last one short."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    return text[: text.rfind("\n") + 1].splitlines()


def _step(path: Path, number: int, line: str) -> int:
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path}, line {number} is no row of a head training. Move the file away, or give "
            "another output_dir."
        ) from error
