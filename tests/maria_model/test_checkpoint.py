from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path

import huggingface_hub
import pytest
import torch
from safetensors.torch import load_file, save_file

from maria_model.checkpoint import verify_checksums, write_checksums
from maria_model.errors import (
    CheckpointError,
    ConfigurationError,
    DeviceUnavailableError,
    ModelNotFoundError,
)
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import list_models, load_model, resolve_model
from maria_model.vocabulary import load_tokenizer


@pytest.fixture
def model_copy(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "model"))


def logits_of(model: MariaForMaskedInfilling) -> torch.Tensor:
    pieces = torch.arange(40)[None]
    with torch.no_grad():
        return model(pieces, pieces % 3 == 0).logits


def test_self_contained_round_trip(tiny_model: MariaForMaskedInfilling, tmp_path: Path) -> None:
    tiny_model.save_pretrained(tmp_path / "again")
    again = MariaForMaskedInfilling.from_pretrained(tmp_path / "again")
    assert again.config.trained_head
    assert again.config.name == "Tiny"
    torch.testing.assert_close(logits_of(again), logits_of(tiny_model), atol=0, rtol=0)


def test_a_referring_folder_holds_the_head_alone(
    tiny_backbone_dirs: tuple[Path, Path], tmp_path: Path
) -> None:
    model = MariaForMaskedInfilling.from_backbones_pretrained(*tiny_backbone_dirs)
    model.save_pretrained(tmp_path / "head")
    names = {path.name for path in (tmp_path / "head").iterdir()}
    assert names == {"config.json", "head.safetensors", "checksums.json"}
    again = MariaForMaskedInfilling.from_pretrained(tmp_path / "head")
    torch.testing.assert_close(logits_of(again), logits_of(model), atol=0, rtol=0)


@pytest.mark.parametrize(
    ("replaced", "message"), [(0, "those of the causal LM now in"), (1, "those of the masked LM")]
)
def test_a_head_does_not_open_on_other_weights_than_its_own(
    tiny_backbone_dirs: tuple[Path, Path], tmp_path: Path, replaced: int, message: str
) -> None:
    folders = [
        Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in tiny_backbone_dirs
    ]
    model = MariaForMaskedInfilling.from_backbones_pretrained(*folders, dtype=torch.bfloat16)
    model.save_pretrained(tmp_path / "head")
    # Another precision is the same weights.
    MariaForMaskedInfilling.from_pretrained(tmp_path / "head", dtype=torch.float32)
    path = folders[replaced] / "model.safetensors"
    weights = load_file(path)
    name = next(name for name in weights if name.endswith("weight") and weights[name].dim() == 2)
    save_file({**weights, name: weights[name] * 1.5}, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=message) as caught:
        MariaForMaskedInfilling.from_pretrained(tmp_path / "head")
    assert str(folders[replaced]) in str(caught.value)


def test_a_head_of_before_fingerprints_opens(
    tiny_backbone_dirs: tuple[Path, Path], tmp_path: Path
) -> None:
    MariaForMaskedInfilling.from_backbones_pretrained(*tiny_backbone_dirs).save_pretrained(tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    del values["causal_fingerprint"], values["masked_fingerprint"]
    (tmp_path / "config.json").write_text(json.dumps(values))
    write_checksums(tmp_path)
    MariaForMaskedInfilling.from_pretrained(tmp_path)


def test_bfloat16_on_disk_keeps_tied_weights_single(
    tiny_model: MariaForMaskedInfilling, tmp_path: Path
) -> None:
    tiny_model.save_pretrained(tmp_path / "small", self_contained=True, dtype=torch.bfloat16)
    stored = load_file(tmp_path / "small" / "masked_lm" / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.bfloat16}
    vocab_rows = [name for name, tensor in stored.items() if tensor.shape[0] == 400]
    # One of the tied pair, and the decoder's bias.
    assert len(vocab_rows) == 2


@pytest.mark.parametrize("name", ["head.safetensors", "causal_lm/model.safetensors"])
def test_truncated_weights_are_refused(model_copy: Path, name: str) -> None:
    path = model_copy / name
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="checksum"):
        MariaForMaskedInfilling.from_pretrained(model_copy)


def test_truncated_weights_are_refused_without_a_record_too(model_copy: Path) -> None:
    (model_copy / "checksums.json").unlink()
    path = model_copy / "masked_lm" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="damaged"):
        MariaForMaskedInfilling.from_pretrained(model_copy)


def test_one_flipped_byte_is_refused(model_copy: Path) -> None:
    path = model_copy / "head.safetensors"
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"head\.safetensors does not match its checksum"):
        MariaForMaskedInfilling.from_pretrained(model_copy)


def test_missing_backbone_weights_are_never_made_up(model_copy: Path) -> None:
    path = model_copy / "causal_lm" / "model.safetensors"
    tensors = load_file(path)
    tensors.pop("model.layers.1.mlp.up_proj.weight")
    save_file(tensors, path, metadata={"format": "pt"})
    write_checksums(model_copy)
    with pytest.raises(CheckpointError, match="up_proj"):
        MariaForMaskedInfilling.from_pretrained(model_copy)


def test_a_head_for_another_vocabulary_is_refused(model_copy: Path) -> None:
    config = model_copy / "config.json"
    text = config.read_text()
    start = text.index('"vocabulary_fingerprint": "') + len('"vocabulary_fingerprint": "')
    config.write_text(text[:start] + "0" * 16 + text[start + 16 :])
    write_checksums(model_copy)
    with pytest.raises(CheckpointError, match="another vocabulary"):
        MariaForMaskedInfilling.from_pretrained(model_copy)


@pytest.mark.parametrize("content", ["", "{}", '{"model_type": "olmo"}', "[1]"])
def test_a_configuration_of_something_else_is_refused(model_copy: Path, content: str) -> None:
    (model_copy / "checksums.json").unlink()
    (model_copy / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=re.escape(str(model_copy))):
        MariaForMaskedInfilling.from_pretrained(model_copy)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("causal_lm/tokenizer.json", "{"),
        ("causal_lm/tokenizer.json", '{"version": "1.0"}'),
        ("masked_lm/tokenizer_config.json", "nonsense"),
        ("masked_lm/config.json", "nonsense"),
    ],
)
def test_a_damaged_text_file_of_a_backbone_is_named(
    model_copy: Path, name: str, content: str
) -> None:
    (model_copy / name).write_text(content)
    folders = [model_copy / "causal_lm", model_copy / "masked_lm"]
    with pytest.raises(CheckpointError, match=name.split("/")[0]):
        MariaForMaskedInfilling.from_backbones_pretrained(*folders)


def test_a_missing_backbone_is_no_damage(model_copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="that is no folder here") as caught:
        MariaForMaskedInfilling.from_backbones_pretrained(
            tmp_path / "nowhere", model_copy / "masked_lm"
        )
    assert "maria models download" not in str(caught.value), "a path is no name on the hub"


def test_a_name_that_was_not_downloaded_is_told_without_a_network(
    model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying the hub again and again would take half a minute; loading never asks it at all."""

    asked = []

    def refuse(*arguments: object, **options: object) -> None:
        asked.append(arguments)
        raise OSError("no network here")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    # As training and the program have it.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ModelNotFoundError, match="Run: maria models download nobody/nothing"):
        MariaForMaskedInfilling.from_backbones_pretrained(
            "nobody/nothing", model_copy / "masked_lm"
        )
    with pytest.raises(CheckpointError, match="nobody/nothing"):
        load_tokenizer("nobody/nothing")
    assert not asked


def test_unknown_names_say_what_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("maria_model.models.models_dir", lambda: tmp_path)
    with pytest.raises(ModelNotFoundError, match="No model named nonesuch"):
        resolve_model("nonesuch")
    with pytest.raises(ModelNotFoundError, match="holds no model"):
        MariaForMaskedInfilling.from_pretrained(tmp_path)


def test_models_in_the_users_folder_are_listed_and_found_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model_dir: Path
) -> None:
    monkeypatch.setattr("maria_model.models.models_dir", lambda: tmp_path)
    shutil.copytree(tiny_model_dir, tmp_path / "mine")
    assert ("mine", "Tiny") in {(model.name, model.title) for model in list_models()}
    assert resolve_model("mine") == tmp_path / "mine"


def test_one_backbone_alone_is_refused(tiny_backbone_dirs: tuple[Path, Path]) -> None:
    with pytest.raises(ConfigurationError, match="together"):
        load_model(causal_lm=tiny_backbone_dirs[0])


def test_cuda_is_refused_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tiny_model_dir: Path
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceUnavailableError, match="--device cpu"):
        load_model(tiny_model_dir, device="cuda")


def test_the_card_and_its_plot_may_be_made_anew(tmp_path: Path) -> None:
    for name in ("head.safetensors", "README.md", "plot.svg"):
        (tmp_path / name).write_text("old")
    write_checksums(tmp_path)
    for name in ("README.md", "plot.svg"):
        (tmp_path / name).write_text("new")
    verify_checksums(tmp_path)
    (tmp_path / "head.safetensors").write_text("new")
    with pytest.raises(CheckpointError, match=r"head\.safetensors"):
        verify_checksums(tmp_path)
