"""Whether bf16 matrix products are fast here: Hopper and Ampere GPUs, CPUs with AMX or AVX-512."""

from __future__ import annotations

import torch


def has_fast_bfloat16(device: torch.device) -> bool:
    """Return whether training should cast its matrix products to bf16 on `device`."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
