"""Decides where a model runs and in which precision. The only place that asks for CUDA."""

from __future__ import annotations

import torch

from maria_model.errors import ConfigurationError, DeviceUnavailableError


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


def inference_dtype(device: torch.device, *, exact: bool = False) -> torch.dtype:
    """Return the precision a model is loaded in: float32 on a CPU, bfloat16 on a GPU with it.

    `exact` is float32 everywhere.
    """
    if exact:
        return torch.float32
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float32
