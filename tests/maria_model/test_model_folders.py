"""Models by name from the download to the first answer, and away again."""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from bad_hub import BadHub, reachable, running_hub
from safetensors.torch import load_file, save_file

from maria_model import downloads_folder, model_folders, models, registered_shapes
from maria_model.api import FillRequest
from maria_model.checkpoint import count_weights, write_checksums
from maria_model.command_line import engine_loading, main
from maria_model.downloads_folder import MARKER_FILE, find_download, folder_of
from maria_model.engine import MariaEngine
from maria_model.errors import (
    CheckpointError,
    ConfigurationError,
    DownloadError,
    ModelNotFoundError,
)
from maria_model.model_folders import import_model, remove_model, verify_model
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import list_halves, list_models, load_model
from maria_model.pairs import Backbone
from maria_model.registry import PAIRS

PAIR = PAIRS["olmo-1b"]
CAUSAL, MASKED = (backbone.repository for backbone in PAIR.backbones)


@pytest.fixture
def user_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Empty folders of the user's."""
    monkeypatch.setattr(downloads_folder, "backbones_dir", lambda: tmp_path / "backbones")
    for module in (models, model_folders):
        monkeypatch.setattr(module, "models_dir", lambda: tmp_path / "models")
    return tmp_path


@pytest.fixture
def tiny_registered(
    monkeypatch: pytest.MonkeyPatch, tiny_backbone_dirs: tuple[Path, Path]
) -> dict[str, Backbone]:
    """A registry in which the paper's pair is as small as the tiny one."""
    registered = {}
    for backbone, folder in zip(PAIR.backbones, tiny_backbone_dirs, strict=True):
        config = json.loads((folder / "config.json").read_text())
        registered[backbone.repository] = dataclasses.replace(
            backbone,
            layers=config["num_hidden_layers"],
            hidden_size=config["hidden_size"],
            vocab_rows=config["vocab_size"],
            context_length=config["max_position_embeddings"],
        )
    monkeypatch.setattr(registered_shapes, "find_backbone", registered.get)
    return registered


@pytest.fixture
def hub(
    user_data: Path, tiny_backbone_dirs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[BadHub]:
    """A hub that gives out a tiny pair for the paper's."""
    with running_hub() as hub, reachable(hub, monkeypatch):
        for backbone, folder in zip(PAIR.backbones, tiny_backbone_dirs, strict=True):
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            hub.files[backbone.repository] = files
            assert backbone.revision
            hub.commits[backbone.repository] = backbone.revision
        yield hub


@pytest.fixture
def downloaded(hub: BadHub, capsys: pytest.CaptureFixture[str]) -> BadHub:
    """The pair on this computer."""
    assert main(["models", "download", "olmo-1b"]) == 0
    assert "maria fill FILE --model olmo-1b" in capsys.readouterr().out
    return hub


def test_a_pair_is_downloaded_listed_loaded_and_fills(downloaded: BadHub) -> None:
    listed = {model.name: model.title for model in list_models()}
    assert listed["olmo-1b"] == "OLMo 1B + ModernBERT-large"
    engine = MariaEngine.load("olmo-1b")
    info = engine.info
    assert (info.name, info.causal_lm, info.masked_lm) == (PAIR.title, CAUSAL, MASKED)
    assert not info.trained_head
    assert engine.fill(FillRequest(text="The lamp [MASK] lit.")).blanks


def test_the_command_line_says_that_there_is_no_trained_head(
    downloaded: BadHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It would silence the tests to come.
    monkeypatch.setattr(engine_loading, "_silence_libraries", lambda: None)
    file = tmp_path / "text.txt"
    file.write_text("The lamp [MASK] lit.")
    assert main(["fill", str(file), "--causal-lm", CAUSAL, "--masked-lm", MASKED]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("The lamp ")
    assert captured.err.count("\n") == 1
    assert "has no trained head: it answers as the product of its models." in captured.err


def test_a_pair_that_is_not_here_names_the_command(user_data: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"Run: maria models download olmo-1b \(about 6"):
        load_model("olmo-1b")


def test_a_head_remembers_the_commits_it_was_made_on(downloaded: BadHub, tmp_path: Path) -> None:
    model = MariaForMaskedInfilling.from_backbones_pretrained(CAUSAL, MASKED)
    assert (model.config.causal_revision, model.config.masked_revision) == tuple(
        backbone.revision for backbone in PAIR.backbones
    )
    model.save_pretrained(tmp_path / "head")
    MariaForMaskedInfilling.from_pretrained(tmp_path / "head")
    marker = folder_of(CAUSAL) / MARKER_FILE
    marker.write_text(marker.read_text().replace(PAIR.causal_lm.revision or "", "e" * 40))
    with pytest.raises(CheckpointError, match="is here at revision eeeeeeeeeeee, wanted is aee7"):
        MariaForMaskedInfilling.from_pretrained(tmp_path / "head")


def test_a_heads_backbones_are_weighed_before_they_are_loaded(
    downloaded: BadHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MariaForMaskedInfilling.from_backbones_pretrained(CAUSAL, MASKED).save_pretrained(tmp_path)
    weighed: list[int] = []
    monkeypatch.setattr(
        "maria_model.device.check_memory", lambda device, weights, dtype: weighed.append(weights)
    )
    load_model(tmp_path)
    assert weighed[0] > sum(count_weights(folder_of(name)) for name in (CAUSAL, MASKED))


def test_a_named_pair_can_be_written_self_contained(downloaded: BadHub, tmp_path: Path) -> None:
    model = MariaForMaskedInfilling.from_backbones_pretrained(CAUSAL, MASKED)
    model.save_pretrained(tmp_path / "whole", self_contained=True)
    shutil.rmtree(folder_of(CAUSAL))
    pieces = torch.arange(20)[None]
    with torch.no_grad():
        again = MariaForMaskedInfilling.from_pretrained(tmp_path / "whole")
        one, other = (m(pieces, pieces % 3 == 0).logits for m in (again, model))
    torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_a_folder_of_the_pairs_name_goes_before_the_pair(
    downloaded: BadHub, tiny_model_dir: Path, user_data: Path
) -> None:
    shutil.copytree(tiny_model_dir, user_data / "models" / "olmo-1b")
    assert load_model("olmo-1b").config.trained_head
    assert [model.title for model in list_models() if model.name == "olmo-1b"] == ["Tiny"]


def test_verifying_finds_what_was_altered(
    downloaded: BadHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "verify", "olmo-1b"]) == 0
    path = folder_of(MASKED) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    assert main(["models", "verify", "olmo-1b"]) == 1
    assert f"Run: maria models download {MASKED}" in capsys.readouterr().err
    downloaded.requests.clear()
    assert main(["models", "download", "olmo-1b"]) == 0
    assert [path.rsplit("/", 1)[1] for path, _ in downloaded.requests] == ["model.safetensors"]
    verify_model("olmo-1b")


def test_verifying_goes_on_after_a_fault_and_says_what_it_cannot_check(
    user_data: Path, tiny_model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [import_folder(user_data, tiny_model_dir, name) for name in ("a", "b", "c", "d")]
    for folder in folders[:2]:
        (folder / "config.json").write_text("{}")
    for folder in folders[2:]:
        (folder / "checksums.json").unlink()
    assert main(["models", "verify", "a", "b", "c"]) == 1
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert [str(folder) in line for folder, line in zip(folders, lines, strict=False)] == [True] * 2
    assert all(line.startswith("maria: ") for line in lines)
    assert told.out == "c has no checksums: only its files' headers were read\n"
    head = folders[3] / "head.safetensors"
    head.write_bytes(head.read_bytes()[:-4])
    assert main(["models", "verify", "d"]) == 1
    assert "head.safetensors is damaged" in capsys.readouterr().err


def import_folder(user_data: Path, source: Path, name: str) -> Path:
    return user_data / "models" / import_model(source, name=name)


def test_removing_a_pair_keeps_the_half_that_another_needs(
    downloaded: BadHub, capsys: pytest.CaptureFixture[str]
) -> None:
    other = PAIRS["olmo-1b-0724"].causal_lm
    downloaded.files[other.repository] = downloaded.files[CAUSAL]
    downloaded.commits[other.repository] = other.revision or ""
    assert main(["models", "download", "olmo-1b-0724"]) == 0
    assert main(["models", "remove", "olmo-1b"]) == 0
    assert f"Kept {MASKED}: olmo-1b-0724 needs it." in capsys.readouterr().err
    assert (find_download(CAUSAL), find_download(MASKED) is None) == (None, False)
    assert remove_model("olmo-1b-0724").kept == ()
    assert not folder_of(MASKED).exists()


def test_an_unfinished_download_can_be_removed(hub: BadHub) -> None:
    hub.misdeeds["model.safetensors"] = ["drop 1000", *["status 404"] * 9]
    assert main(["models", "download", CAUSAL]) == 1
    assert folder_of(CAUSAL).is_dir()
    assert main(["models", "remove", CAUSAL]) == 0
    assert not folder_of(CAUSAL).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["download", "olmo-2b"], 1, "No pair named olmo-2b. See maria models list --all"),
        (["download", "olmo-1b", "--revision", "main"], 2, "--revision is for one model"),
        (["download", "nobody/nothing"], 1, "has no model nobody/nothing"),
        (["verify", "nonesuch"], 1, "No model named nonesuch"),
        (["verify", "olmo-1b"], 1, "Run: maria models download allenai/OLMo-1B-hf"),
        (["remove", "embedded"], 2, "belongs to the program and stays"),
        (["remove", "nonesuch"], 1, "No model named nonesuch to remove"),
        (["remove", "../models"], 1, "No model named ../models to remove"),
        (["import", "/nowhere"], 1, "/nowhere holds no model"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    hub: BadHub,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    assert main(["models", *arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_model_folder_is_imported_whole_and_only_what_is_read(
    user_data: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    source = shutil.copytree(tiny_model_dir, tmp_path / "my-novel")
    (source / "causal_lm" / "pytorch_model.bin").write_bytes(b"a pickle")
    assert import_model(source) == "my-novel"
    assert load_model("my-novel").config.name == "Tiny"
    assert not list((user_data / "models").rglob("*.bin"))
    with pytest.raises(ConfigurationError, match="another with --name"):
        import_model(source)
    with pytest.raises(ConfigurationError, match="cannot be called"):
        import_model(source, name="../escape")
    assert remove_model("my-novel").freed > 100_000


def test_a_checkpoint_is_imported_without_its_trainings_state(
    user_data: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    source = shutil.copytree(tiny_model_dir, tmp_path / "step-00000400")
    (source / "training_state.pt").write_bytes(b"a pickle")
    write_checksums(source)
    folder = import_folder(user_data, source, "step-400")
    assert not list(folder.rglob("*.pt"))
    assert verify_model("step-400")
    (folder / "head.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"head\.safetensors is missing"):
        verify_model("step-400")


def test_a_damaged_model_folder_is_not_imported(
    user_data: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    source = shutil.copytree(tiny_model_dir, tmp_path / "mine")
    (source / "head.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="does not match its checksum"):
        import_model(source)
    assert not (user_data / "models" / "mine").exists()


def test_a_model_folder_that_verifying_would_refuse_is_not_imported(
    user_data: Path, tiny_model_dir: Path, tmp_path: Path
) -> None:
    source = shutil.copytree(tiny_model_dir, tmp_path / "mine")
    write_shards(source / "causal_lm")
    add_shard(source / "causal_lm")
    write_checksums(source)
    with pytest.raises(CheckpointError, match=r"mine.causal_lm.model-.*is no part of the model"):
        import_model(source)
    assert not (user_data / "models" / "mine").exists()


def test_a_full_disk_leaves_nothing_of_a_model_folder_behind(
    user_data: Path, tiny_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DownloadError, match="models failed: No space left on device"):
        import_model(tiny_model_dir, name="mine")
    assert not list((user_data / "models").iterdir())


@pytest.mark.usefixtures("tiny_registered")
def test_a_backbones_folder_is_imported_under_its_repository(
    user_data: Path, tiny_backbone_dirs: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="Add --as owner/name"):
        import_model(tiny_backbone_dirs[0])
    assert import_model(tiny_backbone_dirs[0], repository=CAUSAL) == CAUSAL
    snapshot = tmp_path / "models--answerdotai--ModernBERT-large" / "snapshots" / ("b" * 40)
    shutil.copytree(tiny_backbone_dirs[1], snapshot)
    assert import_model(snapshot) == MASKED
    found = find_download(MASKED)
    assert found is not None
    assert found.revision == "b" * 40
    assert load_model("olmo-1b").config.causal_lm == CAUSAL


def test_another_model_does_not_go_by_a_registered_name(
    user_data: Path,
    tiny_backbone_dirs: tuple[Path, Path],
    tiny_model_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    causal, masked = map(str, tiny_backbone_dirs)
    attempts = [
        ([causal, "--as", CAUSAL], f"{causal}/config.json has hidden_size=32, and {CAUSAL} has 2"),
        ([masked, "--as", CAUSAL], "config.json has model_type=modernbert, and allenai/OLMo-1B-hf"),
        ([str(tiny_model_dir), "--name", "olmo-1b"], "config.json: causal_config has hidden_size="),
        ([str(tiny_model_dir), "--name", "gpt2"], "causal_config has model_type=olmo, and openai"),
    ]
    for arguments, message in attempts:
        assert main(["models", "import", *arguments]) == 1
        told = capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1
    assert [model.name for model in list_models()] == ["embedded"]
    assert not list_halves()


def test_a_head_on_the_registered_pair_goes_by_its_name(
    user_data: Path,
    tiny_registered: dict[str, Backbone],
    tiny_model_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    halves = [tiny_registered[backbone.repository] for backbone in PAIR.backbones]
    pair = dataclasses.replace(PAIR, causal_lm=halves[0], masked_lm=halves[1])
    monkeypatch.setattr(registered_shapes, "PAIRS", {"olmo-1b": pair})
    assert import_model(tiny_model_dir, name="olmo-1b") == "olmo-1b"
    assert load_model("olmo-1b").config.trained_head


@pytest.mark.usefixtures("tiny_registered")
def test_a_half_without_its_other_is_listed_and_verified(
    user_data: Path,
    tiny_backbone_dirs: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    import_model(tiny_backbone_dirs[0], repository="someone/causal")
    import_model(tiny_backbone_dirs[1], repository=MASKED)
    assert main(["models", "list"]) == 0
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    told = {row[0]: [cell.strip() for cell in row if cell.strip()][1] for row in rows}
    assert told["someone/causal"] == "one half: --causal-lm"
    assert told[MASKED] == "one half: --masked-lm"
    assert main(["models", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"someone/causal", MASKED} < {model["name"] for model in listed}
    assert main(["models", "verify"]) == 0
    assert "someone/causal: every file is as it should be" in capsys.readouterr().out
    # With the other half it is a pair and no half any more.
    import_model(tiny_backbone_dirs[0], repository=CAUSAL)
    assert [half.repository for half in list_halves()] == ["someone/causal"]


def write_shards(folder: Path) -> None:
    """Write a tiny model's weights as two shards and their index."""
    whole = folder / "model.safetensors"
    tensors = load_file(whole)
    shards = {name: f"model-0000{1 + i % 2}-of-00002.safetensors" for i, name in enumerate(tensors)}
    for shard in set(shards.values()):
        chosen = {name: value for name, value in tensors.items() if shards[name] == shard}
        save_file(chosen, folder / shard, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    whole.unlink()


def lose_shard(folder: Path) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()


def lose_shard_unrecorded(folder: Path) -> None:
    """As a download looked that began when the index was of another revision."""
    lose_shard(folder)
    for record in (folder / MARKER_FILE, folder.parent / "checksums.json"):
        if record.is_file():
            values = json.loads(record.read_text())
            for files in (values, values.get("files", {})):
                for name in [name for name in files if "00002-of-" in name]:
                    del files[name]
            record.write_text(json.dumps(values))


def add_shard(folder: Path) -> None:
    shutil.copy(
        folder / "model-00001-of-00002.safetensors", folder / "model-00001-of-00001.safetensors"
    )


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lose_shard, r"model-00002-of-00002\.safetensors is missing"),
        (lose_shard_unrecorded, r"model-00002-of-00002\.safetensors is missing, and model\.safe"),
        (add_shard, r"model-00001-of-00001\.safetensors is no part of the model"),
    ],
)
@pytest.mark.parametrize("kind", ["backbone", "own"])
def test_verifying_compares_shards_with_their_index(
    user_data: Path,
    tiny_backbone_dirs: tuple[Path, Path],
    tiny_model_dir: Path,
    tmp_path: Path,
    kind: str,
    damage: Callable[[Path], None],
    named: str,
) -> None:
    source = shutil.copytree(tiny_backbone_dirs[0], tmp_path / "source")
    write_shards(source)
    name = "someone/causal"
    if kind == "backbone":
        import_model(source, repository=name)
        folder = folder_of(name)
    else:
        own = shutil.copytree(tiny_model_dir, tmp_path / "mine")
        shutil.rmtree(own / "causal_lm")
        folder = source.rename(own / "causal_lm")
        write_checksums(own)
        name = import_model(own)
        folder = user_data / "models" / name / "causal_lm"
    verify_model(name)
    damage(folder)
    with pytest.raises(CheckpointError, match=named) as caught:
        verify_model(name)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


def test_all_pairs_are_listed_with_what_they_ask(
    user_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(PAIRS) + 1
    assert all(len(line) < 160 for line in lines)
    assert main(["models", "list", "--all", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["models"][0] == {"repository": CAUSAL, "revision": PAIR.causal_lm.revision}
    assert first["memory"]["int8"] < first["memory"]["bfloat16"] < first["memory"]["float32"]
