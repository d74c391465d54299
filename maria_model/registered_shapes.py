"""Whether a folder is what a registered name stands for: its config.json against the registry.

Weights say nothing of the name they are given; a wrong pair would load and write nonsense. No
network and no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from maria_model.errors import CheckpointError
from maria_model.pairs import Backbone
from maria_model.registry import PAIRS, find_backbone

_GPT2_FIELDS = {
    "hidden_size": "n_embd",
    "num_hidden_layers": "n_layer",
    "max_position_embeddings": "n_positions",
}
# RoBERTa's positions begin after the one for padding.
_UNUSED_POSITIONS = {"roberta": 2}


def check_backbone(repository: str, config: object, path: Path) -> None:
    """Refuse a backbone of another shape than its registered name's; any other name is free.

    Args:
        repository: what it shall be called.
        config: the content of its config.json.
        path: of that file, for messages.

    Raises:
        CheckpointError: names the file and the field.
    """
    if (backbone := find_backbone(repository)) is not None:
        _compare(config, backbone, str(path), f"Give the folder of {repository}.")


def check_pair(name: str, config: Mapping[str, object], path: Path) -> None:
    """Refuse a model of MARIA's of other parts than the pair's whose name it shall have.

    Args:
        name: what it shall be called.
        config: the content of its config.json.
        path: of that file, for messages.

    Raises:
        CheckpointError: names the file and the field.
    """
    if name not in PAIRS:
        return
    remedy = "Give it another name with --name."
    for part, half in zip(("causal_config", "masked_config"), PAIRS[name].backbones, strict=True):
        _compare(config.get(part), half, f"{path}: {part}", remedy)


def _compare(config: object, backbone: Backbone, where: str, remedy: str) -> None:
    values = config if isinstance(config, Mapping) else {}
    for field, wanted in _shape(backbone).items():
        if values.get(field) != wanted:
            raise CheckpointError(
                f"{where} has {field}={values.get(field)}, and {backbone.repository} has {wanted}. "
                f"{remedy}"
            )


def _shape(backbone: Backbone) -> dict[str, object]:
    """Return what config.json must say, by the family's own names."""
    kind = backbone.model_type
    fields: dict[str, object] = {
        "model_type": kind,
        "hidden_size": backbone.hidden_size,
        "num_hidden_layers": backbone.layers,
        "vocab_size": backbone.vocab_rows,
        "max_position_embeddings": backbone.context_length + _UNUSED_POSITIONS.get(kind, 0),
    }
    names = _GPT2_FIELDS if kind == "gpt2" else {}
    return {names.get(field, field): value for field, value in fields.items()}
