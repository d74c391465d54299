"""Models by name: the embedded one, those in the user's folder, any folder by its path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from maria_model.downloads_folder import (
    Download,
    backbones_dir,
    find_download,
    list_downloads,
    local_source,
)
from maria_model.errors import ConfigurationError, ModelNotFoundError
from maria_model.pairs import Pair
from maria_model.registry import PAIRS
from maria_model.resources import embedded_model_path

if TYPE_CHECKING:
    import torch

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


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledHalf:
    """A language model on this computer without its other half: `option` takes `repository`."""

    repository: str
    option: str
    path: Path
    size: int


def models_dir() -> Path:
    """Return the folder that holds the user's own models, one folder each."""
    return Path(platformdirs.user_data_dir("maria-editor", appauthor=False)) / "models"


def list_models() -> tuple[InstalledModel, ...]:
    """Return the models on this computer: the embedded one, folders, downloaded pairs."""
    folders = [(EMBEDDED, embedded_model_path())]
    if models_dir().is_dir():
        folders += [(path.name, path) for path in sorted(models_dir().iterdir())]
    # What begins with a dot is a copy under way.
    visible = [(name, path) for name, path in folders if not name.startswith(".")]
    found = [_describe(name, path) for name, path in visible if _is_model(path)]
    names = {model.name for model in found}
    pairs = [pair for pair in PAIRS.values() if pair.name not in names and is_downloaded(pair)]
    return (*found, *(_describe_pair(pair) for pair in pairs))


def list_halves() -> tuple[InstalledHalf, ...]:
    """Return the language models here, downloaded or imported, that are in no pair of the list."""
    complete = {
        backbone.repository
        for pair in PAIRS.values()
        if is_downloaded(pair)
        for backbone in pair.backbones
    }
    return tuple(_describe_half(d) for d in list_downloads() if d.repository not in complete)


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
    weights: str = "auto",
) -> MariaForMaskedInfilling:
    """Load a model by name or folder, or join two backbones, on a device.

    Args:
        model: name, registered pair or folder; None is the embedded model.
        causal_lm, masked_lm: give both for the product of experts of any two backbones, folders
            or downloaded repositories.
        device: auto, cpu or cuda.
        exact: float32, whatever the device likes better.
        weights: their precision: auto, float32, bfloat16, int8 or int4.

    Raises:
        ConfigurationError: one backbone without the other, or a model besides them.
        MariaError: whatever keeps the model from loading.
    """
    from maria_model.device import cache_kind, resolve_device, weight_dtype
    from maria_model.quantization import QUANTIZED, quantize

    if (causal_lm is None) != (masked_lm is None) or (causal_lm is not None and model is not None):
        raise ConfigurationError("Give --causal-lm and --masked-lm together, without --model.")
    target = resolve_device(device)
    dtype = weight_dtype(target, weights, exact=exact)
    if causal_lm is not None and masked_lm is not None:
        maria = _join(causal_lm, masked_lm, None, target, dtype)
    elif pair := _registered(model):
        sources = [backbone.repository for backbone in pair.backbones]
        maria = _join(sources[0], sources[1], pair.title, target, dtype)
    else:
        maria = _load_folder(resolve_model(model), target, dtype)
    maria = maria.to(target)
    maria.cache_kind = cache_kind(target, exact=exact)
    if weights in QUANTIZED:
        decoders = (maria.model.causal_decoder, maria.model.masked_decoder)
        quantize(maria.model, weights, keep=decoders)
    return maria


def is_downloaded(pair: Pair) -> bool:
    """Whether both backbones of a pair are on this computer."""
    return all(find_download(backbone.repository) for backbone in pair.backbones)


def _registered(model: str | Path | None) -> Pair | None:
    """Return the downloaded pair of that name; a folder of the same name goes before it.

    Raises:
        ModelNotFoundError: the pair is not on this computer.
    """
    pair = PAIRS.get(str(model))
    if pair is None or _is_model(Path(pair.name)) or _is_model(models_dir() / pair.name):
        return None
    if not is_downloaded(pair):
        raise ModelNotFoundError(
            f"{pair.name} is not on this computer yet. "
            f"Run: maria models download {pair.name} (about {pair.download_size / 1e9:.1f} GB)"
        )
    return pair


def _join(
    causal_lm: str | Path,
    masked_lm: str | Path,
    name: str | None,
    target: torch.device,
    dtype: torch.dtype,
) -> MariaForMaskedInfilling:
    from maria_model.checkpoint import count_weights
    from maria_model.device import check_memory
    from maria_model.modeling import MariaForMaskedInfilling

    weights = sum(count_weights(Path(local_source(source)[0])) for source in (causal_lm, masked_lm))
    check_memory(target, weights, dtype)
    return MariaForMaskedInfilling.from_backbones_pretrained(
        causal_lm, masked_lm, name=name, dtype=dtype
    )


def _load_folder(folder: Path, target: torch.device, dtype: torch.dtype) -> MariaForMaskedInfilling:
    from maria_model.checkpoint import count_weights
    from maria_model.device import check_memory
    from maria_model.modeling import MariaForMaskedInfilling

    sources = [folder, *_referred_backbones(folder)]
    check_memory(target, sum(map(count_weights, sources)), dtype)
    return MariaForMaskedInfilling.from_pretrained(folder, dtype=dtype)


def _referred_backbones(folder: Path) -> list[Path]:
    """Return where the backbones lie that a head's folder names; none for a self-contained one."""
    try:
        values = json.loads((folder / _CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # Loading says what is wrong with it.
    if not isinstance(values, dict):
        return []
    names = (values.get(key) for key in ("causal_lm", "masked_lm"))
    return [Path(local_source(name)[0]) for name in names if isinstance(name, str)]


def _is_model(path: Path) -> bool:
    return (path / _CONFIG_FILE).is_file()


def _describe(name: str, path: Path) -> InstalledModel:
    try:
        title = json.loads((path / _CONFIG_FILE).read_text()).get("name", name)
    except (OSError, ValueError):
        title = f"{name} (damaged)"
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return InstalledModel(name=name, title=title, path=path, size=size)


def _describe_half(download: Download) -> InstalledHalf:
    try:
        kinds = json.loads((download.path / _CONFIG_FILE).read_text(encoding="utf-8"))
        names = str(kinds.get("architectures"))
    except (OSError, ValueError, AttributeError):
        names = ""  # `maria models verify` says what is wrong with it.
    return InstalledHalf(
        repository=download.repository,
        option="--masked-lm" if "MaskedLM" in names else "--causal-lm",
        path=download.path,
        size=download.size,
    )


def _describe_pair(pair: Pair) -> InstalledModel:
    downloads = [find_download(backbone.repository) for backbone in pair.backbones]
    size = sum(download.size for download in downloads if download)
    return InstalledModel(name=pair.name, title=pair.title, path=backbones_dir(), size=size)
