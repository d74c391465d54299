"""The shards of a folder's weights and the index that names them. No torch, no network."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

from maria_model.downloads_folder import SHARD, WEIGHTS_INDEX
from maria_model.errors import CheckpointError, first_line


def check_shards(folder: Path, remedy: str, *, called: Path | None = None) -> None:
    """Look for every shard and tensor that a folder's index names; one without shards passes.

    Args:
        folder: of the files.
        remedy: what to do, a sentence.
        called: the folder that messages name, where it is another.

    Raises:
        CheckpointError: the index, a shard or a tensor is missing or damaged.
    """
    called = called or folder
    if not (folder / WEIGHTS_INDEX).is_file():
        if _shards_in(folder):
            raise CheckpointError(f"{called / WEIGHTS_INDEX} is missing. {remedy}")
        return
    shard_of = read_index(folder, remedy, called=called)
    for shard in sorted(set(shard_of.values())):
        if not (folder / shard).is_file():
            raise CheckpointError(
                f"{called / shard} is missing, and {WEIGHTS_INDEX} names it. {remedy}"
            )
        named = {tensor for tensor, other in shard_of.items() if other == shard}
        absent = sorted(named - tensors_of(folder / shard, called / shard, remedy))
        if absent:
            raise CheckpointError(f"{called / shard} lacks {absent[0]}. {remedy}")


def check_surplus(folder: Path, *, called: Path | None = None) -> None:
    """Refuse a shard that the folder's index does not name: it is left over, or of another model.

    Args:
        folder: of the files.
        called: the folder that messages name, where it is another.

    Raises:
        CheckpointError: names it.
    """
    if not (folder / WEIGHTS_INDEX).is_file():
        return
    surplus = _shards_in(folder) - set(read_index(folder, "", called=called).values())
    if surplus:
        raise CheckpointError(
            f"{(called or folder) / min(surplus)} is no part of the model: {WEIGHTS_INDEX} does "
            "not name it. Remove that file."
        )


def read_index(folder: Path, remedy: str, *, called: Path | None = None) -> dict[str, str]:
    """Return the shard of every tensor, as the index says.

    Raises:
        CheckpointError: the index is damaged or empty.
    """
    path = (called or folder) / WEIGHTS_INDEX
    try:
        content = json.loads((folder / WEIGHTS_INDEX).read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged ({first_line(error)}). {remedy}") from error
    shard_of = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(shard_of, dict) or not shard_of:
        raise CheckpointError(f"{path} names no weights. {remedy}")
    return {tensor: str(shard) for tensor, shard in shard_of.items()}


def tensors_of(path: Path, called: Path, remedy: str) -> set[str]:
    """Return the names in a safetensors file.

    Raises:
        CheckpointError: it is damaged or cut short.
    """
    try:
        # Opening compares what the header announces with the file's size.
        with safe_open(path, framework="numpy") as file:
            return set(file.keys())
    except SafetensorError as error:
        raise CheckpointError(f"{called} is damaged ({first_line(error)}). {remedy}") from error


def _shards_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if SHARD.fullmatch(path.name)}
