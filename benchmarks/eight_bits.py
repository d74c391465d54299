"""Weights in eight bits, by torchao, to see whether passes get cheaper.

Only a measurement: nothing that ships uses it, and torchao is not among the dependencies.
"""

from __future__ import annotations

import importlib

from torch import nn

from maria_model.errors import ConfigurationError


def keep_weights_in_eight_bits(model: nn.Module) -> None:
    """Replace the weights of all linear layers by 8-bit ones with a scale for each row.

    Raises:
        ConfigurationError: torchao is not installed.
    """
    try:
        quantization = importlib.import_module("torchao.quantization")
    except ModuleNotFoundError as error:
        raise ConfigurationError("--int8 needs torchao: pip install torchao.") from error
    quantization.quantize_(model, quantization.Int8WeightOnlyConfig())
