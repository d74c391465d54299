"""What ships changes all at once, or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from tiny_pairs import save_tiny_pair

from maria_model import checkpoint
from maria_model.errors import MariaError
from maria_model.modeling import MariaForMaskedInfilling
from training.experiments.fitted_constants import adopt
from training.publish import publish


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head that refers to its backbones by their folders, as training leaves it."""
    folder = tmp_path_factory.mktemp("pair")
    maria = MariaForMaskedInfilling.from_backbones_pretrained(*save_tiny_pair(folder, seed=3))
    maria.save_pretrained(folder / "head")
    return folder / "head"


@pytest.fixture
def shipped(head: Path, tmp_path: Path) -> Path:
    """The published model, with its card and what was fitted to it."""
    folder = tmp_path / "resources" / "model"
    publish(head, folder)
    (folder / "README.md").write_text("The card.\n")
    adopt(folder, {"masked_weight": 0.5})
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def other_head(head: Path, folder: Path) -> Path:
    maria = MariaForMaskedInfilling.from_pretrained(head)
    with torch.no_grad():
        maria.head.bias.add_(1.0)
    maria.save_pretrained(folder)
    return folder


def test_what_ships_is_whole_and_in_half_precision(head: Path, shipped: Path) -> None:
    checkpoint.verify_checksums(shipped)
    stored = checkpoint.load_head(shipped)
    trained = checkpoint.load_head(head)
    assert all(torch.equal(stored[name], trained[name].bfloat16()) for name in trained)
    assert MariaForMaskedInfilling.from_pretrained(shipped).config.is_self_contained


def test_the_same_model_again_keeps_what_was_fitted_to_it(
    head: Path, shipped: Path, tmp_path: Path
) -> None:
    before = contents(shipped)
    publish(head, shipped)
    assert contents(shipped) == before
    publish(other_head(head, tmp_path / "other"), shipped)
    assert json.loads((shipped / "config.json").read_text()).get("inference") is None
    assert contents(shipped)["README.md"] == b"The card.\n"
    assert [path.name for path in shipped.parent.iterdir()] == ["model"]


def test_a_full_disk_and_a_missing_head_leave_what_ships(
    head: Path, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, other = contents(shipped), other_head(head, tmp_path / "other")

    def full(folder: Path, tensors: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_head", full)
        with pytest.raises(MariaError, match="model could not be written: the disk is full"):
            publish(other, shipped)
    with pytest.raises(MariaError):
        publish(tmp_path / "nowhere", shipped)
    assert contents(shipped) == before
    assert [path.name for path in shipped.parent.iterdir()] == ["model"]


def test_a_kill_between_the_two_renames_is_made_good(
    head: Path, shipped: Path, tmp_path: Path
) -> None:
    before = contents(shipped)
    shutil.copytree(shipped, shipped.with_name("model.part"))
    shipped.rename(shipped.with_name("model.old"))
    publish(head, shipped)
    assert contents(shipped)["README.md"] == before["README.md"]
    assert [path.name for path in shipped.parent.iterdir()] == ["model"]
