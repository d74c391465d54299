"""`HeadConfig`: everything that decides a head training, with the paper's figures as defaults.

Knows names, types and ranges. Opens no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maria_model.errors import ConfigurationError

# A document longer than a row is cut; its last piece must not become a segment of a few pieces.
MIN_SEGMENT = 16
# [CLS] and [SEP], and their places in the causal LM's row.
FRAME = 2

_CHOICES = {
    "layout": ("packed", "padded"),
    "mask_kind": ("tokens", "spans", "words"),
    "precision": ("auto", "float32", "bfloat16"),
}
_LEAST = {
    "sequence_length": MIN_SEGMENT,
    "batch_size": 1,
    "gradient_accumulation_steps": 1,
    "shuffle_documents": 1,
    "validation_examples": 1,
    "head_rank": 0,
    "span_length": 1.0,
    "warmup_steps": 1,
    "max_steps": 1,
    "max_minutes": 0.0,
    "patience": 0,
    "log_steps": 1,
    "validation_steps": 1,
    "checkpoint_steps": 1,
    "checkpoint_minutes": 0.0,
    "keep_last": 1,
    "weight_decay": 0.0,
    "seed": 0,
    "rank_timeout_minutes": 0.1,
}
# Larger than any weight of a head, so that a first step would leave nothing of the start.
_MOST_LEARNING_RATE = 1.0
# Random generators take no more.
_MOST_SEED = 2**63 - 1
_SHARES = ("held_out_share", "revealed_prefix_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """Everything that decides a head training. The defaults train the embedded model's head."""

    # Folders, or names on the model hub with a pinned revision.
    causal_lm: str = ".build/embedded/causal/model"
    masked_lm: str = ".build/embedded/masked/model"
    causal_revision: str | None = None
    masked_revision: str | None = None
    name: str = "MARIA small"

    # Where text comes from: one of the next three.
    # Token files of the causal LM's ids, by training.build_data.
    data_dir: Path | None = None
    # A file, a folder or a pattern: *.txt, *.txt.xz, *.jsonl, *.parquet.
    text: str | None = None
    # A data set by name (or folder), read as a stream.
    dataset: str | None = None
    dataset_subset: str | None = None
    dataset_split: str = "train"
    dataset_revision: str | None = None
    text_column: str = "text"
    # Documents that are read at a time and shuffled among themselves.
    shuffle_documents: int = 1024
    # Share of the documents that is never trained on, by hash; token files have theirs already.
    held_out_share: float = 0.01
    validation_examples: int = 128
    # 1 reads, cuts and masks in a process of its own, ahead of the trainer.
    data_workers: int = 0

    output_dir: Path = Path(".build/embedded/head")
    self_contained: bool = False

    # Pieces per row, frame tokens excluded.
    sequence_length: int = 510
    # packed is faster wherever it was measured (docs/head-training.md); padded takes any family.
    layout: str = "packed"
    # Rows per device and pass; rows of all devices and passes together make a step.
    batch_size: int = 8
    gradient_accumulation_steps: int = 1

    mask_kind: str = "tokens"
    # Mean pieces of a blank where mask_kind is spans.
    span_length: float = 3.0
    # How often the masked LM sees everything before some point, as it does between fills.
    revealed_prefix_share: float = 0.0

    # 0 trains all of W3; above, W3 = product start + U V^T of that rank.
    head_rank: int = 0
    train_gate: bool = False

    # The paper prints "5-e5"; 5e-5 is meant.
    learning_rate: float = 5e-5
    warmup_steps: int = 20
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    max_steps: int = 1_000_000
    max_minutes: float | None = None
    # Validations without a gain after which the run ends; 0 never ends early.
    patience: int = 0
    precision: str = "auto"
    seed: int = 0

    log_steps: int = 20
    validation_steps: int = 200
    checkpoint_steps: int = 1_000_000
    checkpoint_minutes: float = 5.0
    keep_last: int = 2
    # A tracker of accelerate's beside metrics.jsonl: tensorboard, wandb, ...
    tracker: str | None = None
    # How long the others wait for a rank before it counts as lost.
    rank_timeout_minutes: float = 10.0

    def __post_init__(self) -> None:
        for field, least in _LEAST.items():
            value = getattr(self, field)
            if value is not None and not value >= least:
                raise ConfigurationError(f"{field}={value}: take {least} or more.")
        for field, choices in _CHOICES.items():
            if getattr(self, field) not in choices:
                raise ConfigurationError(
                    f"{field}={getattr(self, field)!r}: take {' or '.join(choices)}."
                )
        for field in _SHARES:
            if not 0.0 <= getattr(self, field) < 1.0:
                raise ConfigurationError(f"{field}={getattr(self, field)}: 0 or more, below 1.")
        if not self.data_dir and not self.held_out_share:
            raise ConfigurationError(
                "held_out_share=0: take more than 0; what is held out says how good the head is."
            )
        for field in ("learning_rate", "max_grad_norm"):
            if not getattr(self, field) > 0.0:
                raise ConfigurationError(f"{field}={getattr(self, field)}: take more than 0.")
        if self.learning_rate > _MOST_LEARNING_RATE:
            raise ConfigurationError(
                f"learning_rate={self.learning_rate}: take {_MOST_LEARNING_RATE:g} or less; AdamW "
                "moves every weight by about as much in a step, and they are a few hundredths."
            )
        if self.seed > _MOST_SEED:
            raise ConfigurationError(f"seed={self.seed}: take {_MOST_SEED} or less.")
        if self.data_workers not in (0, 1):
            raise ConfigurationError(f"data_workers={self.data_workers}: take 0 or 1.")

    @property
    def row_slots(self) -> int:
        """Slots of a row, frame tokens included."""
        return self.sequence_length + FRAME

    @property
    def rows_per_process(self) -> int:
        """Rows that one process reads for one step."""
        return self.batch_size * self.gradient_accumulation_steps
