"""Weights in eight or four bits, by torchao where it is installed: memory for a little accuracy.

Only linear layers inside the backbones; embeddings, decoders and MARIA's head stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from maria_model.errors import NotSupportedError

QUANTIZED = ("int8", "int4")
# Weights that share one scale, in four bits.
_GROUP = 64


def quantize(model: nn.Module, precision: str, *, keep: Sequence[nn.Module]) -> None:
    """Turn a model's linear layers into `int8` or `int4`, in place, where the model lies.

    Args:
        keep: layers that stay whole.

    Raises:
        NotSupportedError: torchao is not installed, or cannot do this here.
    """
    kept = {id(module) for module in keep}
    logging.disable(logging.WARNING)  # torchao reports every extension that it does without.
    try:
        config, quantize_ = _torchao(precision, model)
        quantize_(
            model,
            config,
            filter_fn=lambda module, name: (
                isinstance(module, nn.Linear)
                and id(module) not in kept
                and module.in_features % _GROUP == 0
            ),
        )
    except ImportError as error:
        raise NotSupportedError(
            f"Weights in {precision} need torchao, which is missing or of another version. "
            "Run: pip install 'maria-editor[quantized]', or take --weights bfloat16."
        ) from error
    finally:
        logging.disable(logging.NOTSET)
    # What stays whole still lies in the mapped files, and would hold all of them in memory.
    for parameter in model.parameters():
        if type(parameter.data) is Tensor:
            parameter.data = parameter.data.clone()


def _torchao(precision: str, model: nn.Module) -> tuple[Any, Any]:
    """Return torchao's configuration for a precision on the model's device, and its worker."""
    from torchao.quantization import Int4WeightOnlyConfig, Int8WeightOnlyConfig, quantize_

    if precision == "int8":
        return Int8WeightOnlyConfig(), quantize_
    if next(model.parameters()).device.type == "cuda":
        packing = "tile_packed_to_4d"
        return Int4WeightOnlyConfig(group_size=_GROUP, int4_packing_format=packing), quantize_
    # Four bits on a CPU are not yet among torchao's settled parts.
    from torchao.prototype.quantization.int4 import PrototypeInt4WeightOnlyConfig

    return PrototypeInt4WeightOnlyConfig(group_size=_GROUP), quantize_
