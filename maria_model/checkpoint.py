"""Reads and writes a model folder: configuration, head, backbones, checksums.

    config.json            MariaConfig
    head.safetensors       causal (V, d1), masked (V, d2), bias (V,)
    causal_lm/, masked_lm/ weights and tokenizer; only in a self-contained folder
    checksums.json         sha256 of every file above

Safetensors only; code from a checkpoint is never run.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, PreTrainedModel
from transformers.utils import logging

from maria_model.downloads_folder import is_repository
from maria_model.errors import CheckpointError, ModelNotFoundError, first_line

CONFIG_FILE = "config.json"
HEAD_FILE = "head.safetensors"
CHECKSUM_FILE = "checksums.json"
_CARD_KINDS = (".md", ".svg")
CAUSAL_FOLDER = "causal_lm"
MASKED_FOLDER = "masked_lm"
# Git hosts and pull requests stay comfortable below this.
MAX_SHARD_SIZE = "15MB"

# Values of each tensor that a fingerprint looks at: hashing all of a large model takes minutes.
_SAMPLES = 64
_REMEDY = "Get the model again."
_AUTO_CLASSES = {CAUSAL_FOLDER: AutoModelForCausalLM, MASKED_FOLDER: AutoModelForMaskedLM}


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep the library's bars out of the terminal: who loads a model says how it is getting on."""
    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()


def load_backbone(
    role: str, source: str | Path, *, revision: str | None, dtype: torch.dtype
) -> PreTrainedModel:
    """Load a causal or a masked LM (`role` is its folder's name), frozen and in eval mode.

    Raises:
        ModelNotFoundError: nothing of that name here.
        CheckpointError: the weights are damaged or incomplete.
    """
    try:
        with _no_progress_bars():
            model, report = _AUTO_CLASSES[role].from_pretrained(
                source,
                revision=revision or "main",
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                # Only `maria models download` fetches, where a line says how much and how far.
                local_files_only=True,
                output_loading_info=True,
            )
    except (SafetensorError, RuntimeError) as error:
        raise CheckpointError(
            f"{source}: the weights are damaged ({first_line(error)}). {_REMEDY}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        if not Path(source).is_dir():
            is_name = is_repository(str(source))
            fetch = f" Run: maria models download {source}." if is_name else ""
            raise ModelNotFoundError(
                f"No {role} at {source}: that is no folder here, nor a model that was downloaded."
                f"{fetch} A folder must hold config.json and model.safetensors."
            ) from error
        raise CheckpointError(f"{source} cannot be read: {first_line(error)}. {_REMEDY}") from error
    missing = sorted(report["missing_keys"])
    if missing or report["mismatched_keys"]:
        example = missing[0] if missing else report["mismatched_keys"][0][0]
        raise CheckpointError(f"{source}: weights are missing or misshapen ({example}). {_REMEDY}")
    return model.requires_grad_(False).eval()


def save_backbone(model: PreTrainedModel, folder: Path, *, dtype: torch.dtype | None) -> None:
    """Write a backbone's weights, in `dtype` when one is given, and its configuration."""
    dtype = dtype or model.dtype
    # Tied weights are one tensor: converted once, they stay one.
    converted: dict[int, Tensor] = {}
    state = {
        name: converted.setdefault(tensor.data_ptr(), tensor.to(dtype))
        for name, tensor in model.state_dict().items()
    }
    before, model.config.dtype = model.config.dtype, dtype
    model.save_pretrained(folder, state_dict=state, max_shard_size=MAX_SHARD_SIZE)
    model.config.dtype = before


def save_head(folder: Path, tensors: dict[str, Tensor]) -> None:
    """Write the head's tensors."""
    save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, folder / HEAD_FILE)


def load_head(folder: Path) -> dict[str, Tensor]:
    """Read the head's tensors.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    path = folder / HEAD_FILE
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is missing. {_REMEDY}") from error
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is damaged ({error}). {_REMEDY}") from error


def count_weights(folder: Path) -> int:
    """Return how many numbers the safetensors files of a folder hold, its subfolders included.

    Raises:
        CheckpointError: a file is damaged.
    """
    count = 0
    for path in sorted(folder.rglob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                shapes = (file.get_slice(name).get_shape() for name in file.keys())  # noqa: SIM118
                count += sum(math.prod(shape) for shape in shapes)
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{path} is damaged ({error}). {_REMEDY}") from error
    return count


def weights_fingerprint(model: nn.Module) -> str:
    """Return a digest of names, shapes and evenly spaced values, the same in any precision."""
    digest = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        flat = parameter.detach().flatten()
        count = min(_SAMPLES, len(flat))
        # In whole numbers: a GPU rounds linspace's otherwise than a CPU.
        at = torch.arange(count, device=flat.device) * (len(flat) - 1) // max(count - 1, 1)
        values = flat[at].to(torch.bfloat16).float().cpu().numpy()
        digest.update(f"{name}{tuple(parameter.shape)}".encode() + values.tobytes())
    return digest.hexdigest()[:16]


def write_checksums(folder: Path) -> None:
    """Record the sha256 of every file in `folder` but its card and the plots in that."""
    # The card is for people: it may be corrected.
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != CHECKSUM_FILE and path.suffix not in _CARD_KINDS
    )
    sums = {path.relative_to(folder).as_posix(): _sha256(path) for path in paths}
    (folder / CHECKSUM_FILE).write_text(json.dumps(sums, indent=2) + "\n")


def verify_checksums(folder: Path) -> None:
    """Check every recorded file; a folder without a record passes.

    Raises:
        CheckpointError: a file is missing, truncated or altered.
    """
    record = folder / CHECKSUM_FILE
    if not record.is_file():
        return
    try:
        sums = json.loads(record.read_text())
    except ValueError as error:
        raise CheckpointError(f"{record} is damaged ({error}). {_REMEDY}") from error
    if not isinstance(sums, dict):
        raise CheckpointError(f"{record} is damaged (no names). {_REMEDY}")
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{path} is missing. {_REMEDY}")
        if _sha256(path) != expected:
            raise CheckpointError(f"{path} does not match its checksum. {_REMEDY}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
