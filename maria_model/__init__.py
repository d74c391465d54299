"""MARIA: a causal and a masked language model that fill blanks together (arXiv 2502.06901).

The names below are the package's public face. Those that need torch are imported on first use, so
that `import maria_model` stays light.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "api": (
        "BlankResult",
        "Cancelled",
        "Candidate",
        "Change",
        "Engine",
        "FillRequest",
        "FillResult",
        "GenerateRequest",
        "GenerateResult",
        "Hypothesis",
        "ModelInfo",
        "Progress",
        "RefineRequest",
        "RefineResult",
        "RescoreRequest",
        "RescoreResult",
        "SamplingOptions",
        "ScoreRequest",
        "ScoreResult",
        "Stats",
        "UnfilledBlank",
        "WordScore",
    ),
    "errors": (
        "BlankSyntaxError",
        "CheckpointError",
        "ConfigurationError",
        "ContextLengthError",
        "DeviceUnavailableError",
        "DownloadError",
        "MariaError",
        "ModelNotFoundError",
        "NoBlankError",
        "NotSupportedError",
        "OutOfMemoryError",
        "TokenizerMismatchError",
    ),
    "blanks": ("Blank", "find_blanks"),
    "configuration": ("MariaConfig",),
    "engine": ("MariaEngine",),
    "modeling": ("MariaForMaskedInfilling", "MariaModel"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
