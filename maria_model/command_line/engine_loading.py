"""Loads the engine for a command, quietly: the only place of the command line that meets torch."""

from __future__ import annotations

import logging
import sys
import warnings
from dataclasses import dataclass
from typing import Protocol

from maria_model.api import Engine, ProgressCallback
from maria_model.command_line.progress import remark
from maria_model.libraries import quiet_libraries


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """Which model to load, where, and whether speed may cost the last digits."""

    model: str | None = None
    causal_lm: str | None = None
    masked_lm: str | None = None
    device: str = "auto"
    exact: bool = False
    weights: str = "auto"


class EngineLoader(Protocol):
    """Turns a choice into an engine."""

    def __call__(self, choice: ModelChoice, *, on_progress: ProgressCallback | None) -> Engine:
        """Load the model and return its engine."""
        ...


def load_engine(choice: ModelChoice, *, on_progress: ProgressCallback | None) -> Engine:
    """Load a model with its libraries' own messages turned off."""
    _silence_libraries()
    from maria_model.engine import MariaEngine

    engine = MariaEngine.load(
        choice.model,
        causal_lm=choice.causal_lm,
        masked_lm=choice.masked_lm,
        device=choice.device,
        exact=choice.exact,
        weights=choice.weights,
        on_progress=on_progress,
    )
    if not engine.info.trained_head:
        remark(f"{engine.info.name} has no trained head: it answers as the product of its models.")
    return engine


def _silence_libraries() -> None:
    quiet_libraries()
    for name in ("torchao", "torch.utils._pytree"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
