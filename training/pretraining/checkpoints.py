"""What a training of a backbone leaves to go on from, whole or not at all.

    checkpoint.pt             weights, optimisers, step and time; what run it is of
    model/                    the finished model
    model/pretraining.json    what run it came of, and how far that went

A checkpoint or a model of another run is refused with the field's name.
"""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from maria_model.errors import CheckpointError, first_line
from training.head.fingerprints import files_fingerprint
from training.pretraining.run import Pretraining
from training.tokenizer_files import save_tokenizer_files, tokenizer_fingerprint
from training.whole_writes import whole_file, whole_folder

CHECKPOINT_FILE = "checkpoint.pt"
MODEL_FOLDER = "model"
RECORD_FILE = "pretraining.json"
RESUMED = "the run goes on from its last checkpoint"
# What changes no loss: names of places (their contents are compared) and how often what is done.
_BOOKKEEPING = frozenset(
    """data_dir tokenizer output_dir init_from log_steps validation_steps checkpoint_minutes
    export_dir compile""".split()  # noqa: SIM905
)
# What may change between a checkpoint and its continuation: a run that went astray goes on
# with lower rates, a good one for longer.
_MAY_CHANGE = frozenset(
    "matrix_learning_rate other_learning_rate max_grad_norm max_minutes max_steps".split()  # noqa: SIM905
)


def identity_of(run: Pretraining) -> dict[str, Any]:
    """Return what makes a run this run: its settings, and what its files hold."""
    config = run.config
    values = {name: value for name, value in asdict(config).items() if name not in _BOOKKEEPING}
    start = config.init_from
    tokens = [config.data_dir / f"{split}.bin" for split in ("train", "validation")]
    return values | {
        "tokenizer_fingerprint": tokenizer_fingerprint(run.tokenizer),
        "tokens_fingerprint": files_fingerprint(tokens),
        "init_fingerprint": (
            files_fingerprint(sorted(start.glob("*.safetensors"))) if start else None
        ),
    }


def is_finished(run: Pretraining) -> bool:
    """Whether the output folder holds the model that this run makes.

    Raises:
        CheckpointError: it holds another.
    """
    folder = run.config.output_dir / MODEL_FOLDER
    if not folder.is_dir():
        return False
    try:
        record = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        found = dict(record["identity"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{folder} does not say what run it came of ({RECORD_FILE} is missing or damaged). "
            "Move it away, or give another output_dir."
        ) from error
    _check_same(folder, found, identity_of(run), free=frozenset())
    return True


def save_checkpoint(run: Pretraining) -> None:
    """Write where the run stands.

    Raises:
        MariaError: the weights are not finite or the disk is full; the last checkpoint is intact.
    """
    run.check_weights()
    with whole_file(run.config.output_dir / CHECKPOINT_FILE, then=RESUMED) as file:
        torch.save(run.state() | {"identity": identity_of(run)}, file)


def resume(run: Pretraining) -> bool:
    """Continue where the last checkpoint was taken; return whether there is one.

    Raises:
        CheckpointError: it is damaged, or of another run.
    """
    path = run.config.output_dir / CHECKPOINT_FILE
    if not path.is_file():
        return False
    try:
        state = torch.load(path, map_location=run.device, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path} is damaged ({first_line(error)}). Remove it; the run then begins anew."
        ) from error
    # Checkpoints that were written before runs had an identity have none.
    _check_same(path, state.get("identity", {}), identity_of(run), free=_MAY_CHANGE)
    run.load_state(state)
    return True


def finish(run: Pretraining, record: dict[str, Any]) -> Path:
    """Write the finished model, with what `record` says of the run, and drop the checkpoint.

    Raises:
        MariaError: the disk is full; the checkpoint is intact.
    """
    target = run.config.output_dir / MODEL_FOLDER
    with whole_folder(target, then=RESUMED) as part:
        run.model.save_pretrained(part)
        save_tokenizer_files(run.tokenizer, run.config.objective, part)
        record = {"identity": identity_of(run), **record}
        (part / RECORD_FILE).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (run.config.output_dir / CHECKPOINT_FILE).unlink(missing_ok=True)
    return target


def _check_same(
    where: Path, found: dict[str, Any], own: dict[str, Any], *, free: frozenset[str]
) -> None:
    for field, value in own.items():
        if field in free or field not in found or found[field] == value:
            continue
        raise CheckpointError(
            f"{where}: made with {field}={found[field]}, this run has {value}. Set it back, or "
            "give another output_dir."
        )
