"""Runs methods side by side on the same windows and takes their figures.

Within a repetition every method fills the same window, one right after the other, and each
repetition begins with another method: what disturbs the machine disturbs them alike. Ratios are
taken within a repetition, medians over them.
"""

from __future__ import annotations

import ctypes
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from benchmarks.methods import REFERENCE, Method
from maria_model.api import SamplingOptions
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.infilling import infill
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Window

Clock = Callable[[], float]

COST_CURVE_WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One method's filling of one window. `pieces` are in the order of the window's slots."""

    first_s: float
    seconds: float
    counts: PassCounts
    pieces: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where an answer leaves Algorithm 1's.

    Attributes:
        repetition: number of the window.
        slot: number of the first differing slot.
        slots: how many there are.
        gap: between Algorithm 1's piece there and the other answer's, in nats.
    """

    repetition: int
    slot: int
    slots: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The figures of one method at one length and mask rate.

    Attributes:
        length: tokens that the masked LM reads, its frame included.
        tokens: masks in a window.
        tokens_per_second, first_ms, last_ms: medians over the repetitions.
        speedup: median over the repetitions of Algorithm 1's time over this method's.
        speedups: of each repetition.
        ar_passes_per_token, mlm_passes: means over the windows.
        acceptance: of drafts, None where there are none.
        peak_memory_mb: of the whole process on a CPU, of tensors on a graphics card.
        exact_tokens: share of masks filled with what stood there; None where nothing is filled.
        divergences: first differences from Algorithm 1, None where none is promised.
    """

    length: int
    mask_rate: float
    method: str
    tokens: int
    tokens_per_second: float
    speedup: float
    speedups: tuple[float, ...]
    ar_passes_per_token: float
    mlm_passes: float
    acceptance: float | None
    first_ms: float
    last_ms: float
    peak_memory_mb: float | None
    exact_tokens: float | None
    divergences: tuple[Divergence, ...] | None


@dataclass(slots=True)
class _Runs:
    """A method's runs, one a repetition."""

    method: Method
    peak_memory_mb: float | None = None
    runs: list[Run] = field(default_factory=list)


def measure_cell(
    model: MariaForMaskedInfilling,
    windows: Sequence[Window],
    methods: Sequence[Method],
    *,
    length: int,
    mask_rate: float,
    options: SamplingOptions,
    clock: Clock = time.perf_counter,
) -> list[Row]:
    """Return each method's figures over the windows, one window a repetition.

    Args:
        model: in eval mode.
        windows: of one length and mask rate.
        methods: Algorithm 1 must be one of them.
        length, mask_rate: what the rows say.
        options: for every method alike.
        clock: what is the time, in seconds.
    """
    taken = {method.name: _Runs(method) for method in methods}
    for runs in taken.values():
        # Warms up, too: nothing below is a first time.
        runs.peak_memory_mb = _peak_memory_mb(model, windows[0], runs.method, options)
    for repetition, window in enumerate(windows):
        shift = repetition % len(methods)
        for method in (*methods[shift:], *methods[:shift]):
            taken[method.name].runs.append(run(model, window, method, options, clock))
    reference = taken[REFERENCE].runs
    return [
        _row(model, runs, reference, windows, length=length, mask_rate=mask_rate, options=options)
        for runs in taken.values()
    ]


def run(
    model: MariaForMaskedInfilling,
    window: Window,
    method: Method,
    options: SamplingOptions,
    clock: Clock = time.perf_counter,
) -> Run:
    """Fill a window by a method, and time it."""
    counts, pieces, first_s = PassCounts(), {}, 0.0
    _wait_for(model.device)
    started = clock()
    for slot, piece in method.fill(model, window, options, counts):
        # Pieces are numbers on the CPU, so the device is done with them.
        first_s = first_s or clock() - started
        pieces[slot.position] = piece
    seconds = clock() - started
    return Run(
        first_s=first_s,
        seconds=seconds,
        counts=counts,
        pieces=tuple(pieces[slot.position] for slot in window.slots),
    )


def cost_curve(
    model: MariaForMaskedInfilling, *, repeats: int = 5, clock: Clock = time.perf_counter
) -> dict[int, float]:
    """Return the milliseconds of a causal pass by its width, after a cached prefix; medians.

    The widths go round and round, so that a disturbance falls on all of them.
    """
    room = model.context_length - 2
    widths = [width for width in COST_CURVE_WIDTHS if 2 * width <= room]
    prefix = min(room - widths[-1], widths[-1])
    reader = CausalReader(model, PassCounts())
    reader.read([0] * prefix)
    seconds: dict[int, list[float]] = {width: [] for width in widths}
    for repetition in range(repeats + 1):
        for width in widths:
            taken = _time_of_pass(reader, prefix, width, clock)
            if repetition:
                seconds[width].append(taken)
    return {width: 1e3 * statistics.median(values) for width, values in seconds.items()}


def _time_of_pass(reader: CausalReader, prefix: int, width: int, clock: Clock) -> float:
    started = clock()
    # One number read back: a graphics card is done when it is here.
    float(reader.read([0] * width)[-1, 0])
    seconds = clock() - started
    reader.rewind_to(prefix)
    return seconds


def _row(
    model: MariaForMaskedInfilling,
    taken: _Runs,
    reference: Sequence[Run],
    windows: Sequence[Window],
    *,
    length: int,
    mask_rate: float,
    options: SamplingOptions,
) -> Row:
    method, runs = taken.method, taken.runs
    tokens = len(windows[0].slots)
    filled = sum(len(window.slots) for window in windows)
    drafted = sum(run.counts.drafted for run in runs)
    speedups = tuple(one.seconds / run.seconds for one, run in zip(reference, runs, strict=True))
    divergences = None
    if method.is_lossless:
        divergences = tuple(_divergences(model, runs, reference, windows, options))
    return Row(
        length=length,
        mask_rate=mask_rate,
        method=method.name,
        tokens=tokens,
        tokens_per_second=tokens / statistics.median(run.seconds for run in runs),
        speedup=statistics.median(speedups),
        speedups=speedups,
        ar_passes_per_token=sum(run.counts.ar for run in runs) / filled,
        mlm_passes=sum(run.counts.mlm for run in runs) / len(runs),
        acceptance=sum(run.counts.accepted for run in runs) / drafted if drafted else None,
        first_ms=1e3 * statistics.median(run.first_s for run in runs),
        last_ms=1e3 * statistics.median(run.seconds for run in runs),
        peak_memory_mb=taken.peak_memory_mb,
        exact_tokens=_exact(runs, windows) / filled if method.fills_masks else None,
        divergences=divergences,
    )


def _exact(runs: Sequence[Run], windows: Sequence[Window]) -> int:
    return sum(
        piece == window.pieces[slot.position]
        for run, window in zip(runs, windows, strict=True)
        for slot, piece in zip(window.slots, run.pieces, strict=True)
    )


def _divergences(
    model: MariaForMaskedInfilling,
    runs: Sequence[Run],
    reference: Sequence[Run],
    windows: Sequence[Window],
    options: SamplingOptions,
) -> list[Divergence]:
    found = []
    for repetition, (run, one, window) in enumerate(zip(runs, reference, windows, strict=True)):
        pairs = enumerate(zip(run.pieces, one.pieces, strict=True))
        slot = next((number for number, (piece, own) in pairs if piece != own), None)
        if slot is None:
            continue
        # Read anew: kept distributions of every slot would weigh on every method's memory.
        *_, settled = infill(model, window, options=options, slots=slot + 1)
        logprobs = settled.choice.logprobs
        gap = float(logprobs[settled.choice.piece] - logprobs[run.pieces[slot]])
        found.append(Divergence(repetition=repetition, slot=slot, slots=len(window.slots), gap=gap))
    return found


def _peak_memory_mb(
    model: MariaForMaskedInfilling, window: Window, method: Method, options: SamplingOptions
) -> float | None:
    """Fill a window; return the most memory held meanwhile, None where it cannot be told."""
    gc.collect()
    if model.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(model.device)
        run(model, window, method, options)
        return torch.cuda.max_memory_allocated(model.device) / 1e6
    if not sys.platform.startswith("linux"):
        run(model, window, method, options)
        return None
    # What the last method freed goes back to the system, then the high-water mark begins anew.
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    run(model, window, method, options)
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
