"""Checkpoints of a head training: whole or not at all, the last few and the best.

    checkpoints/step-00000400/
        config.json, head.safetensors, checksums.json, README.md   a model, as it is
        training_state.pt     optimiser, schedule, place in the data, RNG, trained extras
        checkpoint.json       the step, what it was made for, the resolved configuration

A folder has its name only when everything in it is on the disk. A checkpoint of other backbones,
another tokenizer or another configuration is refused with the field's name.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

from maria_model.checkpoint import (
    CHECKSUM_FILE,
    CONFIG_FILE,
    load_head,
    verify_checksums,
    weights_fingerprint,
)
from maria_model.downloads_folder import is_commit
from maria_model.errors import CheckpointError, first_line
from maria_model.modeling import MariaForMaskedInfilling
from training.head.configuration import HeadConfig
from training.whole_writes import whole_folder

STATE_FILE = "training_state.pt"
RECORD_FILE = "checkpoint.json"
_PREFIX = "step-"
# What a new start does, where a disk was full.
GOES_ON = "the run goes on from its last checkpoint"
# What may differ between the run that stopped and the one that goes on: it changes no loss.
# Backbones may have moved and a data set's commit may be said now (their fingerprints are
# compared), passes may be cut otherwise (the rows of a step are compared).
_FREE = frozenset(
    """name causal_lm masked_lm causal_revision masked_revision dataset_revision data_workers
    output_dir self_contained layout batch_size gradient_accumulation_steps patience log_steps
    validation_steps checkpoint_steps checkpoint_minutes keep_last tracker
    rank_timeout_minutes""".split()  # noqa: SIM905
)

_MODEL_FIELDS = ("causal_fingerprint", "masked_fingerprint", "vocabulary_fingerprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a head belongs to: the exact backbones, the vocabulary and the text."""

    causal_lm: str
    masked_lm: str
    causal_revision: str | None
    masked_revision: str | None
    causal_fingerprint: str
    masked_fingerprint: str
    vocabulary_fingerprint: str
    text_fingerprint: str

    @classmethod
    def of(cls, maria: MariaForMaskedInfilling, *, text: str) -> Identity:
        """Describe a model's backbones and the fingerprint of what is read."""
        config, model = maria.config, maria.model
        return cls(
            causal_lm=str(config.causal_lm),
            masked_lm=str(config.masked_lm),
            causal_revision=_revision(config.causal_revision, model.causal_lm),
            masked_revision=_revision(config.masked_revision, model.masked_lm),
            causal_fingerprint=weights_fingerprint(model.causal_lm),
            masked_fingerprint=weights_fingerprint(model.masked_lm),
            vocabulary_fingerprint=config.vocabulary_fingerprint,
            text_fingerprint=text,
        )


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where a run stands.

    Attributes:
        step: steps taken.
        elapsed: seconds trained.
        pieces: pieces read by all processes.
        masked: masked pieces among them.
        best_loss: the lowest held-out loss.
        stale: validations since then.
        start_loss: the first step's.
    """

    step: int = 0
    elapsed: float = 0.0
    pieces: int = 0
    masked: int = 0
    best_loss: float | None = None
    stale: int = 0
    start_loss: float | None = None


class Checkpoints:
    """The checkpoints of one output folder."""

    def __init__(self, folder: Path, *, keep_last: int) -> None:
        self._folder = folder
        self._keep_last = keep_last

    def latest(self) -> Path | None:
        """Return the checkpoint of the highest step."""
        return max(self._steps(), default=None)

    def best(self) -> Path | None:
        """Return the checkpoint with the lowest held-out loss: the first that knows of it.

        Raises:
            CheckpointError: a checkpoint's record is damaged.
        """
        losses = {path: read_progress(path).best_loss for path in self._steps()}
        known = [(loss, path) for path, loss in losses.items() if loss is not None]
        return min(known)[1] if known else None

    def save(
        self,
        maria: MariaForMaskedInfilling,
        state: dict[str, Any],
        record: dict[str, Any],
        *,
        card: str,
    ) -> Path:
        """Write a checkpoint, then drop what is neither among the last nor the best.

        Raises:
            MariaError: the disk is full or not writable; earlier checkpoints are as they were.
        """
        name = f"{_PREFIX}{record['progress']['step']:08d}"
        with whole_folder(self._folder / name, then=GOES_ON) as part:
            (part / "README.md").write_text(card, encoding="utf-8")
            with (part / STATE_FILE).open("wb") as file:
                torch.save(state, file)
            (part / RECORD_FILE).write_text(json.dumps(record, indent=2) + "\n")
            # Last, because it writes the checksums of all that is there.
            maria.save_pretrained(part, self_contained=False)
        self._prune()
        return self._folder / name

    def _steps(self) -> list[Path]:
        found = sorted(self._folder.glob(f"{_PREFIX}*"))
        return [path for path in found if not path.suffix and (path / RECORD_FILE).is_file()]

    def _prune(self) -> None:
        best = self.best()
        # What a kill left half written or half removed.
        parts = [path for path in self._folder.glob(f"{_PREFIX}*") if path.suffix]
        old = [path for path in self._steps()[: -self._keep_last] if path != best]
        for path in [*parts, *old]:
            # Without its record it is no checkpoint, however far the removal gets.
            (path / RECORD_FILE).unlink(missing_ok=True)
            shutil.rmtree(path)


def read_checkpoint(
    folder: Path, *, identity: Identity, config: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:
    """Return a checkpoint's state, record and head.

    Args:
        folder: of the checkpoint.
        identity: of the model that goes on.
        config: `comparable_config` of the run that goes on.

    Raises:
        CheckpointError: it is damaged, or was made for something else.
    """
    verify_checkpoint(folder)
    try:
        record = json.loads((folder / RECORD_FILE).read_text())
        check_same(folder, record["identity"], asdict(identity), record["config"], config)
        state = torch.load(folder / STATE_FILE, map_location="cpu", weights_only=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _damaged(folder, error) from error
    return state, record, load_head(folder)


def verify_checkpoint(folder: Path) -> None:
    """Compare every file with its checksum, the record of them included in what must be there.

    Raises:
        CheckpointError: names the folder to remove.
    """
    try:
        (folder / CHECKSUM_FILE).stat()
        verify_checksums(folder)
    except (OSError, CheckpointError) as error:
        raise _damaged(folder, error) from error


def read_inference(folder: Path) -> dict[str, Any] | None:
    """Return what a checkpoint's config.json says was fitted: the gate, where one is trained."""
    values: dict[str, Any] = json.loads((folder / CONFIG_FILE).read_text())
    inference: dict[str, Any] | None = values.get("inference")
    return inference


def read_progress(folder: Path) -> Progress:
    """Return where the run stood when a checkpoint was written.

    Raises:
        CheckpointError: its record is damaged.
    """
    try:
        return Progress(**json.loads((folder / RECORD_FILE).read_text())["progress"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


def comparable_config(config: HeadConfig, *, processes: int) -> dict[str, Any]:
    """Return what two runs must share to be one run, as plain data."""
    values = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(config).items()
        if name not in _FREE
    }
    return values | {"rows_per_step": config.rows_per_process * processes}


def check_same(
    folder: Path,
    identity: dict[str, Any],
    own_identity: dict[str, Any],
    config: dict[str, Any],
    own_config: dict[str, Any],
) -> None:
    """Refuse a checkpoint that was made for something else.

    Raises:
        CheckpointError: names the field that differs.
    """
    for field, value in own_identity.items():
        if field in _MODEL_FIELDS and identity.get(field) != value:
            raise CheckpointError(
                f"{folder}: its head was trained on another model ({field} is "
                f"{identity.get(field)}, here {value}). Give the backbones it names "
                f"({identity.get('causal_lm')}, {identity.get('masked_lm')}) or another output_dir."
            )
    for field, value in own_config.items():
        if config.get(field) != value:
            raise CheckpointError(
                f"{folder}: made with {field}={config.get(field)}, this run has {field}={value}. "
                "Set it back, or give another output_dir."
            )
    # Checkpoints that were written before the text had a fingerprint have none.
    own_text = own_identity["text_fingerprint"]
    if (text := identity.get("text_fingerprint", own_text)) != own_text:
        raise CheckpointError(f"{folder}: {_other_text(own_config, text, own_text)}")


def _other_text(config: dict[str, Any], text: str, own_text: str) -> str:
    source = next(name for name in ("data_dir", "text", "dataset") if config[name])
    where = f"{source}={config[source]}"
    if is_commit(text):
        return (
            f"made with {where} at dataset_revision={text}, this run reads {own_text}. Set it to "
            "that one, or give another output_dir."
        )
    return (
        f"made with other text, though {where} as before (text_fingerprint is {text}, here "
        f"{own_text}). Put the text back as it was, or give another output_dir."
    )


def versions() -> dict[str, str]:
    """Return the libraries a checkpoint was written with."""
    return {"torch": torch.__version__, "transformers": transformers.__version__}


def _damaged(folder: Path, error: Exception) -> CheckpointError:
    if isinstance(error, CheckpointError):
        # What is wrong with which file; "get the model again" is no advice here.
        reason = str(error).split(". ")[0].removeprefix(f"{folder}{os.sep}")
    else:
        reason = first_line(error)
    return CheckpointError(
        f"{folder} is damaged ({reason}). Remove that folder; the run goes on from the checkpoint "
        "before."
    )


def _revision(asked: str | None, model: Any) -> str | None:
    commit = getattr(model.config, "_commit_hash", None)
    return str(commit) if commit else asked
