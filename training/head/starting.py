"""What a head training starts with: the process among others, the precision, the pair.

Knows settings; knows nothing of steps, data or checkpoints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from accelerate.utils import broadcast_object_list
from filelock import FileLock, Timeout
from tokenizers import Tokenizer

from maria_model.downloads_folder import local_source
from maria_model.errors import ConfigurationError, MariaError, first_line
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.vocabulary import load_tokenizer
from training.head.configuration import FRAME, HeadConfig
from training.head.states import check_packing
from training.precision import has_fast_bfloat16
from training.whole_writes import disk_errors

# Beside the checkpoints and the model, in none of them.
LOCK_FILE = ".lock"


def open_accelerator(config: HeadConfig) -> Accelerator:
    """Return what runs this process among the others.

    Raises:
        ConfigurationError: the tracker is unknown or not installed.
    """
    timeout = timedelta(minutes=config.rank_timeout_minutes)
    try:
        accelerator = Accelerator(
            cpu=not torch.cuda.is_available(),
            log_with=config.tracker,
            project_dir=str(config.output_dir),
            kwargs_handlers=[InitProcessGroupKwargs(timeout=timeout)],
        )
    except ValueError as error:
        raise ConfigurationError(f"tracker={config.tracker}: {first_line(error)}.") from error
    if config.tracker and not accelerator.log_with:
        raise ConfigurationError(
            f"tracker={config.tracker}: it is not installed. pip install {config.tracker}."
        )
    return accelerator


@contextmanager
def only_training_in(output_dir: Path, accelerator: Accelerator) -> Iterator[None]:
    """Let no other training write into a folder; whoever is killed lets go of it.

    Raises:
        MariaError: in every process, where another training writes there or nobody can.
    """
    lock = FileLock(output_dir / LOCK_FILE)
    refusal = _take(lock, output_dir) if accelerator.is_main_process else None
    try:
        [told] = broadcast_object_list([refusal])
        if told:
            raise MariaError(told)
        yield
    finally:
        lock.release()


def _take(lock: FileLock, output_dir: Path) -> str | None:
    """Take a folder's lock; return what all processes are told where it cannot be had."""
    try:
        with disk_errors(output_dir):
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return (
                    f"{output_dir} is being written by another training. Wait until it ends, or "
                    "end it."
                )
    except MariaError as error:
        return str(error)
    return None


def choose_dtype(precision: str, device: torch.device) -> torch.dtype:
    """Return the precision of products; auto is bfloat16 where the device is fast at it."""
    if precision == "auto":
        return torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def load_pair(
    config: HeadConfig, device: torch.device, dtype: torch.dtype
) -> MariaForMaskedInfilling:
    """Join the backbones; the head is float32 and on the product start.

    Raises:
        ConfigurationError: the rows are longer than the backbones read.
    """
    maria = MariaForMaskedInfilling.from_backbones_pretrained(
        _absolute(config.causal_lm),
        _absolute(config.masked_lm),
        causal_revision=config.causal_revision,
        masked_revision=config.masked_revision,
        name=config.name,
        dtype=dtype if device.type == "cuda" else torch.float32,
    )
    if config.row_slots > maria.context_length:
        raise ConfigurationError(
            f"sequence_length={config.sequence_length}: this pair reads "
            f"{maria.context_length - FRAME} pieces at most."
        )
    if config.layout == "packed":
        check_packing(maria.model)
    maria.to(device)
    maria.head.float()
    return maria


def causal_tokenizer(maria: MariaForMaskedInfilling) -> Tokenizer:
    """Return the tokenizer whose ids the causal LM reads, whole."""
    config = maria.config
    source, revision = local_source(str(config.causal_lm), config.causal_revision)
    tokenizer: Tokenizer = load_tokenizer(source, revision=revision).backend_tokenizer
    return tokenizer


def _absolute(source: str) -> str:
    """Return a folder's full path, so that the model is found from anywhere; a name stays."""
    return str(Path(source).resolve()) if Path(source).is_dir() else source
