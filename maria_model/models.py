"""Models by name: the embedded one, those in the user's folder, any folder by its path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from maria_model.errors import ConfigurationError, ModelNotFoundError
from maria_model.resources import embedded_model_path

if TYPE_CHECKING:
    from maria_model.modeling import MariaForMaskedInfilling

EMBEDDED = "embedded"
_CONFIG_FILE = "config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model on this computer. `name` is what `--model` takes; `title` what a writer reads."""

    name: str
    title: str
    path: Path
    size: int


def models_dir() -> Path:
    """Return the folder that holds the user's own models, one folder each."""
    return Path(platformdirs.user_data_dir("maria-editor", appauthor=False)) / "models"


def list_models() -> tuple[InstalledModel, ...]:
    """Return the models on this computer, the embedded one first."""
    folders = [(EMBEDDED, embedded_model_path())]
    if models_dir().is_dir():
        folders += [(path.name, path) for path in sorted(models_dir().iterdir())]
    return tuple(_describe(name, path) for name, path in folders if _is_model(path))


def resolve_model(model: str | Path | None = None) -> Path:
    """Return a model's folder by name or path; None is the embedded model.

    Raises:
        ModelNotFoundError: no such name, and no folder with a model there.
    """
    if model is None or str(model) == EMBEDDED:
        path = embedded_model_path()
        if not _is_model(path):
            raise ModelNotFoundError(
                f"The embedded model is missing from {path}. Install the program again."
            )
        return path
    for path in (Path(model), models_dir() / model):
        if _is_model(path):
            return path
    known = ", ".join(found.name for found in list_models()) or "none"
    raise ModelNotFoundError(
        f"No model named {model}, and no model folder at that path. On this computer: {known}."
    )


def load_model(
    model: str | Path | None = None,
    *,
    causal_lm: str | Path | None = None,
    masked_lm: str | Path | None = None,
    device: str = "auto",
    exact: bool = False,
) -> MariaForMaskedInfilling:
    """Load a model by name or folder, or join two backbones, on a device.

    Args:
        model: name or folder; None is the embedded model.
        causal_lm, masked_lm: give both for the product of experts of any two backbones.
        device: auto, cpu or cuda.
        exact: float32, whatever the device likes better.

    Raises:
        ConfigurationError: one backbone without the other, or a model besides them.
        MariaError: whatever keeps the model from loading.
    """
    from maria_model.checkpoint import count_weights
    from maria_model.device import check_memory, inference_dtype, resolve_device
    from maria_model.modeling import MariaForMaskedInfilling

    target = resolve_device(device)
    dtype = inference_dtype(target, exact=exact)
    if causal_lm is not None or masked_lm is not None:
        if causal_lm is None or masked_lm is None or model is not None:
            raise ConfigurationError("Give --causal-lm and --masked-lm together, without --model.")
        weights = sum(count_weights(Path(source)) for source in (causal_lm, masked_lm))
        check_memory(target, weights, dtype)
        maria = MariaForMaskedInfilling.from_backbones_pretrained(causal_lm, masked_lm, dtype=dtype)
    else:
        folder = resolve_model(model)
        check_memory(target, count_weights(folder), dtype)
        maria = MariaForMaskedInfilling.from_pretrained(folder, dtype=dtype)
    return maria.to(target)


def _is_model(path: Path) -> bool:
    return (path / _CONFIG_FILE).is_file()


def _describe(name: str, path: Path) -> InstalledModel:
    try:
        title = json.loads((path / _CONFIG_FILE).read_text()).get("name", name)
    except (OSError, ValueError):
        title = f"{name} (damaged)"
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return InstalledModel(name=name, title=title, path=path, size=size)
