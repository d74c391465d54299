"""Decides where a model runs, in which precision, on which cache. Nobody else asks for CUDA."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import Literal

import torch

from maria_model.errors import ConfigurationError, DeviceUnavailableError, OutOfMemoryError

# How the causal LM keeps what it read: the library's cache, which grows with every piece; buffers
# that passes of our own write in place; a cache of fixed shape, or that with every pass compiled.
CacheKind = Literal["dynamic", "direct", "static", "compiled"]

# What Triton writes kernels for.
_LEAST_CAPABILITY = (7, 0)
# Beside the weights: activations, the cache, the libraries' own.
_HEADROOM = 1.2
_WEIGHT_DTYPES = {
    "auto": None,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "int8": torch.bfloat16,
    "int4": torch.bfloat16,
}
_MEMORY_FILE = Path("/proc/meminfo")


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device for `auto`, `cpu` or `cuda`.

    Raises:
        DeviceUnavailableError: CUDA was asked for and is not there.
        ConfigurationError: the name is none of the three.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ConfigurationError(f"device={name!r}: take auto, cpu or cuda.")
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        reason = "this torch was built without it" if not torch.version.cuda else "no GPU answers"
        raise DeviceUnavailableError(f"CUDA is not available here: {reason}. Use --device cpu.")
    return torch.device("cpu")


def leave_a_core() -> None:
    """Let passes on the CPU use all cores but one, so that a window and others have that.

    Threads wait for each other several times in a layer. Where the last core is taken by others,
    one thread more makes a fill slower, by a factor of two to ten on two cores. A second call
    changes nothing.
    """
    torch.set_num_threads(max(1, min(torch.get_num_threads(), _cores() - 1)))


def _cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def inference_dtype(device: torch.device, *, exact: bool = False) -> torch.dtype:
    """Return the precision a model is loaded in: float32 on a CPU, bfloat16 on a GPU with it.

    `exact` is float32 everywhere.
    """
    if exact:
        return torch.float32
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float32


def weight_dtype(
    device: torch.device, weights: str = "auto", *, exact: bool = False
) -> torch.dtype:
    """Return the precision that weights are read in; what is quantized comes in bfloat16.

    Raises:
        ConfigurationError: the precision is unknown, or `exact` forbids it.
    """
    if weights not in _WEIGHT_DTYPES:
        raise ConfigurationError(f"weights={weights!r}: take {', '.join(_WEIGHT_DTYPES)}.")
    dtype = _WEIGHT_DTYPES[weights] or inference_dtype(device, exact=exact)
    if exact and dtype != torch.float32:
        raise ConfigurationError(f"--exact is float32: leave out --weights {weights}.")
    return dtype


def cache_kind(device: torch.device, *, exact: bool = False) -> CacheKind:
    """Return the causal LM's cache: compiled passes on a GPU that they can be compiled for.

    On a CPU padding would only cost: there passes are our own where the model is one of those that
    are written out. `exact` keeps to the library's passes.
    """
    if exact:
        return "dynamic"
    if device.type != "cuda":
        return "direct"
    has_triton = importlib.util.find_spec("triton") is not None
    if has_triton and torch.cuda.get_device_capability(device) >= _LEAST_CAPABILITY:
        return "compiled"
    return "dynamic"


def compile_options(device: torch.device) -> dict[str, str]:
    """Return what `torch.compile` is told: to record CUDA graphs, or elsewhere to trace alone.

    Tracing gains nothing; it lets the same code be tested without a GPU.
    """
    return {"mode": "reduce-overhead"} if device.type == "cuda" else {"backend": "eager"}


def check_memory(device: torch.device, weights: int, dtype: torch.dtype) -> None:
    """Refuse a model that cannot fit, before minutes are spent on loading it.

    Raises:
        OutOfMemoryError: `weights` numbers of `dtype` are more than the device has room for.
    """
    needed, free = weights * dtype.itemsize * _HEADROOM, free_memory(device)
    if free is None or needed <= free:
        return
    where = "the computer" if device.type == "cpu" else "the graphics card"
    remedy = "Choose a smaller model" + ("" if device.type == "cpu" else ", or --device cpu")
    raise OutOfMemoryError(
        f"This model needs about {needed / 1e9:.1f} GB and {where} has {free / 1e9:.1f} GB free. "
        f"{remedy}."
    )


def free_memory(device: torch.device) -> int | None:
    """Return the free bytes of a device, None where the system does not say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if not _MEMORY_FILE.is_file():
        return None
    # What the system could make free at once; pages that only cache files count.
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", _MEMORY_FILE.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
