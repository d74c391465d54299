"""`PretrainConfig`: everything that decides the training of a backbone.

Knows names, types and ranges. Opens no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maria_model.errors import ConfigurationError

_LEAST = {
    "max_steps": 1,
    "warmup_steps": 1,
    "log_steps": 1,
    "validation_steps": 1,
    "checkpoint_minutes": 0.0,
    "curriculum_share": 0.0,
    "seed": 0,
}
_ABOVE_ZERO = (
    "matrix_learning_rate",
    "other_learning_rate",
    "max_grad_norm",
    "max_minutes",
    "decay_share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """Everything that decides a pretraining run."""

    objective: str
    data_dir: Path = Path(".build/embedded/data")
    tokenizer: Path = Path(".build/embedded/tokenizer.json")
    output_dir: Path = Path(".build/embedded/causal")
    # The model to start from: a masked LM starts from a causal one, either continues its own kind.
    init_from: Path | None = None
    hidden_size: int = 256
    intermediate_size: int = 704
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    # Tokens per sequence: the short length first, the long one from `lengthen_at` on.
    sequence_length: int = 512
    initial_sequence_length: int = 256
    lengthen_at: float = 0.75
    tokens_per_step: int = 8192
    max_minutes: float = 60.0
    max_steps: int = 1_000_000
    matrix_learning_rate: float = 6e-3
    other_learning_rate: float = 6e-3
    warmup_steps: int = 60
    decay_share: float = 0.5
    final_learning_rate_share: float = 0.02
    weight_decay: float = 0.1
    max_grad_norm: float = 1.0
    # Share of the run over which mask rates move from easy ones to Beta(2.5, 2.5).
    curriculum_share: float = 0.4
    # Of the sequences, whose masks take whole words, as a writer's blanks do.
    word_share: float = 0.0
    seed: int = 0
    log_steps: int = 20
    validation_steps: int = 500
    checkpoint_minutes: float = 10.0
    # Where a bf16 copy of the model goes at every checkpoint: what is there outlives a cut.
    export_dir: Path | None = None
    compile: bool = True

    def __post_init__(self) -> None:
        if self.objective not in ("causal", "masked"):
            raise ConfigurationError(f"objective={self.objective!r}: take causal or masked.")
        if self.objective == "masked" and self.init_from is None:
            raise ConfigurationError("init_from: the masked objective starts from a model.")
        if self.sequence_length % self.initial_sequence_length:
            raise ConfigurationError("sequence_length must be a multiple of the initial one.")
        if self.tokens_per_step % self.sequence_length:
            raise ConfigurationError("tokens_per_step must be a multiple of sequence_length.")
        for field, least in _LEAST.items():
            if not getattr(self, field) >= least:
                raise ConfigurationError(f"{field}={getattr(self, field)}: take {least} or more.")
        if not 0.0 <= self.word_share <= 1.0:
            raise ConfigurationError(f"word_share={self.word_share}: take 0 to 1.")
        for field in _ABOVE_ZERO:
            if not getattr(self, field) > 0.0:
                raise ConfigurationError(f"{field}={getattr(self, field)}: take more than 0.")
