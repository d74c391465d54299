"""Downloads from a hub that drops, stalls, lies and corrupts: all or nothing, never twice."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from bad_hub import COMMIT, BadHub, reachable, running_hub
from filelock import FileLock
from safetensors.numpy import save, save_file

from maria_model import downloads_folder
from maria_model.api import Cancelled
from maria_model.downloads import Patience, download, needs_download
from maria_model.downloads_folder import (
    MARKER_FILE,
    find_download,
    folder_of,
    list_downloads,
    local_source,
    remove_download,
    verify_download,
)
from maria_model.downloads_import import import_backbone
from maria_model.errors import CheckpointError, ConfigurationError, DownloadError

REPOSITORY = "someone/some-model"
WEIGHTS = save({"weight": np.arange(127_980, dtype=np.float32)})
EAGER = Patience(attempts=3, timeout=30.0, pause=0.0)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BadHub]:
    """A hub with one repository, and an empty folder for downloads."""
    monkeypatch.setattr(downloads_folder, "backbones_dir", lambda: tmp_path / "backbones")
    with running_hub() as hub, reachable(hub, monkeypatch):
        hub.files[REPOSITORY] = {
            "config.json": b'{"model_type": "olmo"}',
            "tokenizer.json": b"{" + b" " * 98 + b"}",
            "tokenizer_config.json": b"{}",
            "model.safetensors": WEIGHTS,
            "pytorch_model.bin": b"a pickle",
            "modeling_evil.py": b"print('code')",
            "README.md": b"read me",
        }
        yield hub


@pytest.fixture
def brought(hub: BadHub, tmp_path: Path) -> Path:
    """The repository's files on a disk, without a marker."""
    folder = tmp_path / "disk"
    folder.mkdir()
    for name, content in hub.files[REPOSITORY].items():
        (folder / name).write_bytes(content)
    return folder


def assert_complete(path: Path) -> None:
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    assert {file.name for file in path.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "model.safetensors",
        MARKER_FILE,
    }


def test_configuration_tokenizer_and_safetensors_come_and_nothing_else(hub: BadHub) -> None:
    seen = []
    found = download(REPOSITORY, patience=EAGER, on_progress=seen.append)
    assert_complete(found.path)
    assert (found.revision, found.size) == (COMMIT, seen[-1].total)
    assert seen[-1].done == seen[-1].total
    assert find_download(REPOSITORY) == found
    assert list_downloads() == [found]


def test_a_complete_download_costs_no_network(hub: BadHub) -> None:
    download(REPOSITORY, patience=EAGER)
    hub.requests.clear()
    assert not needs_download(REPOSITORY)
    download(REPOSITORY, patience=EAGER)
    assert hub.requests == []


@pytest.mark.parametrize(
    "misdeeds",
    [
        ["drop 1000", "drop 7", "drop 200000"],
        ["drop 0", "drop 0"],
        ["status 503", "status 429"],
        ["drop 1000", "whole"],
        ["drop 1000", "shift"],
        ["drop 1000", "status 416"],
        ["short 5", "long 5"],
        ["page"],
        ["corrupt"],
        ["drop 3", "corrupt"],
        ["endless"],
    ],
)
def test_a_bad_line_or_server_is_borne(hub: BadHub, misdeeds: list[str]) -> None:
    hub.misdeeds["model.safetensors"] = list(misdeeds)
    seen = []
    found = download(REPOSITORY, patience=EAGER, on_progress=seen.append)
    assert_complete(found.path)
    assert seen[-1].done == seen[-1].total
    verify_download(found)


def test_what_dropped_is_taken_up_where_it_ended(hub: BadHub) -> None:
    hub.misdeeds["model.safetensors"] = ["drop 300000", "drop 100000"]
    download(REPOSITORY, patience=EAGER)
    ranges = hub.asked("model.safetensors")
    assert ranges[0] == ""
    starts = [int(given.removeprefix("bytes=").rstrip("-")) for given in ranges[1:]]
    assert starts == sorted(starts)
    assert starts[-1] == 400_000


def test_a_stalled_line_is_dropped_and_taken_up(hub: BadHub) -> None:
    hub.misdeeds["model.safetensors"] = ["stall 5000"]
    # So many tries that a slow machine, which looks like a stalled line, gets there too.
    found = download(REPOSITORY, patience=Patience(attempts=1000, timeout=0.3, pause=0.0))
    assert_complete(found.path)
    assert len(hub.asked("model.safetensors")) > 1


def test_what_arrived_serves_the_next_run(hub: BadHub) -> None:
    hub.misdeeds["model.safetensors"] = ["drop 123456", *["drop 0"] * 3]
    with pytest.raises(DownloadError, match="run it again to go on"):
        download(REPOSITORY, patience=EAGER)
    assert find_download(REPOSITORY) is None
    assert (folder_of(REPOSITORY) / "model.safetensors.part").stat().st_size == 123_456
    hub.requests.clear()
    assert_complete(download(REPOSITORY, patience=EAGER).path)
    assert hub.asked("model.safetensors") == ["bytes=123456-"]
    assert hub.asked("config.json") == []


@pytest.mark.parametrize(
    ("misdeed", "message"),
    [
        ("corrupt", "its hash is wrong"),
        ("status 500", "answers 500"),
        ("short 9", "announces 511991 bytes"),
        ("page", "announces"),
        # Where a chunk ends with the file's last byte, the rest is never read.
        ("endless", "more than the 512,000 bytes|its hash is wrong"),
        ("status 404", "does not give out"),
    ],
)
def test_what_stays_bad_is_told_in_one_line_and_is_never_complete(
    hub: BadHub, misdeed: str, message: str
) -> None:
    hub.misdeeds["model.safetensors"] = [misdeed] * 20
    with pytest.raises(DownloadError, match=message) as caught:
        download(REPOSITORY, patience=EAGER)
    assert "\n" not in str(caught.value)
    assert find_download(REPOSITORY) is None
    assert not (folder_of(REPOSITORY) / "model.safetensors").exists()


def test_small_files_are_compared_too(hub: BadHub) -> None:
    hub.misdeeds["config.json"] = ["corrupt", "corrupt"]
    with pytest.raises(DownloadError, match=r"config\.json arrived damaged"):
        download(REPOSITORY, patience=EAGER)


def test_cancelling_keeps_what_arrived(hub: BadHub) -> None:
    with pytest.raises(Cancelled):
        download(REPOSITORY, patience=EAGER, cancelled=lambda: True)
    assert find_download(REPOSITORY) is None


def test_a_full_disk_is_told_before_anything_is_fetched(
    hub: BadHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(DownloadError, match="Make room"):
        download(REPOSITORY, patience=EAGER)
    assert hub.requests == []


def test_a_disk_that_fills_up_is_no_bad_line(hub: BadHub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(REPOSITORY)
    folder.mkdir(parents=True)
    # What cannot be written to, whoever runs the tests.
    (folder / "model.safetensors.part").mkdir()
    with pytest.raises(DownloadError, match="cannot be written"):
        download(REPOSITORY, patience=EAGER)
    assert len(hub.asked("model.safetensors")) == 1


def test_two_programs_do_not_write_into_one_file(hub: BadHub) -> None:
    folder = folder_of(REPOSITORY)
    folder.mkdir(parents=True)
    with (
        FileLock(folder.with_name(f".{folder.name}.lock")),
        pytest.raises(DownloadError, match="by another program here"),
    ):
        download(REPOSITORY, patience=EAGER)
    assert_complete(download(REPOSITORY, patience=EAGER).path)


def test_no_network_is_one_clear_line(hub: BadHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:9 cannot be reached .*models import"):
        download(REPOSITORY, patience=EAGER)


def test_an_unknown_repository_or_revision_is_named(hub: BadHub) -> None:
    with pytest.raises(DownloadError, match="no model nobody/nothing"):
        download("nobody/nothing", patience=EAGER)
    with pytest.raises(DownloadError, match="no revision v9 any more"):
        download(REPOSITORY, revision="v9", patience=EAGER)
    with pytest.raises(ConfigurationError, match="Write owner/name"):
        download("../../etc", patience=EAGER)


def test_a_hub_that_answers_with_another_revision_is_refused(hub: BadHub) -> None:
    listing = hub.listing(REPOSITORY) | {"sha": "f" * 40}
    hub.listing = lambda repository: listing  # type: ignore[method-assign]
    with pytest.raises(DownloadError, match="not the one asked for"):
        download(REPOSITORY, revision=COMMIT, patience=EAGER)


def test_pickles_are_never_read(hub: BadHub) -> None:
    del hub.files[REPOSITORY]["model.safetensors"]
    with pytest.raises(CheckpointError, match="pickles are never read"):
        download(REPOSITORY, patience=EAGER)
    assert hub.requests == []


def test_shards_come_with_their_index(hub: BadHub) -> None:
    files = hub.files[REPOSITORY]
    del files["model.safetensors"]
    shards = {f"weight{i}": f"model-0000{i}-of-00002.safetensors" for i in (1, 2)}
    files |= {shard: save({name: np.zeros(999, np.float32)}) for name, shard in shards.items()}
    with pytest.raises(CheckpointError, match="no safetensors"):
        download(REPOSITORY, patience=EAGER)
    files["model.safetensors.index.json"] = json.dumps({"weight_map": shards}).encode()
    found = download(REPOSITORY, patience=EAGER)
    assert len([name for name in found.files if name.startswith("model")]) == 3


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (b"{}", "index.json names no weights"),
        (b"{", "index.json is damaged"),
        (b'{"weight_map": {"w": "model-00002-of-00002.safetensors"}}', "lacks model-00002-of"),
    ],
)
def test_an_index_that_names_what_is_not_there_costs_no_gigabytes(
    hub: BadHub, index: bytes, message: str
) -> None:
    files = hub.files[REPOSITORY]
    files["model-00001-of-00002.safetensors"] = files.pop("model.safetensors")
    files["model.safetensors.index.json"] = index
    with pytest.raises(CheckpointError, match=f"{REPOSITORY} at 0123.*{message}"):
        download(REPOSITORY, patience=EAGER)
    assert hub.asked("model-00001-of-00002.safetensors") == []
    assert find_download(REPOSITORY) is None


def test_another_revision_takes_the_place_of_the_first(hub: BadHub) -> None:
    download(REPOSITORY, patience=EAGER)
    hub.commit = "f" * 40
    hub.files[REPOSITORY]["model.safetensors"] = WEIGHTS[::-1]
    del hub.files[REPOSITORY]["tokenizer_config.json"]
    hub.requests.clear()
    found = download(REPOSITORY, revision="f" * 40, patience=EAGER)
    assert (found.path / "model.safetensors").read_bytes() == WEIGHTS[::-1]
    assert not (found.path / "tokenizer_config.json").exists()
    assert hub.asked("config.json") == []
    with pytest.raises(CheckpointError, match="here at revision ffffffffffff, wanted is 0123"):
        local_source(REPOSITORY, COMMIT)
    assert local_source(REPOSITORY, "f" * 40) == (found.path, "f" * 40)


def test_a_damaged_file_is_found_and_fetched_anew(hub: BadHub) -> None:
    found = download(REPOSITORY, patience=EAGER)
    path = found.path / "model.safetensors"
    path.write_bytes(WEIGHTS[:-1] + b"\0")
    with pytest.raises(CheckpointError, match="was damaged and is now removed"):
        verify_download(found)
    assert find_download(REPOSITORY) is None
    hub.requests.clear()
    verify_download(download(REPOSITORY, patience=EAGER))
    assert len(hub.requests) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"repository": 3}', '{"files": {"../x": {}}}'])
def test_a_nonsensical_marker_makes_nothing_complete(hub: BadHub, content: str) -> None:
    found = download(REPOSITORY, patience=EAGER)
    (found.path / MARKER_FILE).write_text(content)
    assert find_download(REPOSITORY) is None


def test_removing_leaves_nothing(hub: BadHub) -> None:
    found = download(REPOSITORY, patience=EAGER)
    assert remove_download(REPOSITORY) > found.size
    assert not found.path.exists()
    assert remove_download(REPOSITORY) == 0


def test_a_folder_from_another_computer_is_taken_in(hub: BadHub, tmp_path: Path) -> None:
    found = download(REPOSITORY, patience=EAGER)
    (found.path / "pytorch_model.bin").write_bytes(b"a pickle")
    brought = import_backbone(found.path, "other/name")
    assert_complete(brought.path)
    assert brought.revision == COMMIT
    verify_download(brought)


def test_a_snapshot_of_the_hubs_cache_keeps_its_commit(hub: BadHub, tmp_path: Path) -> None:
    snapshot = tmp_path / ("a" * 40)
    download(REPOSITORY, patience=EAGER).path.rename(snapshot)
    (snapshot / MARKER_FILE).unlink()
    assert import_backbone(snapshot, "other/name").revision == "a" * 40


def test_a_folder_that_lost_something_on_the_way_is_refused(hub: BadHub) -> None:
    found = download(REPOSITORY, patience=EAGER)
    (found.path / "model.safetensors").write_bytes(WEIGHTS[::-1])
    with pytest.raises(CheckpointError, match="Copy it again"):
        import_backbone(found.path, "other/name")
    (found.path / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is missing"):
        import_backbone(found.path, "other/name")
    assert find_download("other/name") is None


def split_in_two(folder: Path) -> None:
    """Write the weights as two shards and their index."""
    (folder / "model.safetensors").unlink()
    weight_map = {}
    for number in (1, 2):
        shard = f"model-{number:05}-of-00002.safetensors"
        save_file({f"weight{number}": np.zeros(1000, np.float32)}, folder / shard)
        weight_map[f"weight{number}"] = shard
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def test_a_folder_in_shards_is_taken_in(brought: Path) -> None:
    split_in_two(brought)
    found = import_backbone(brought, REPOSITORY)
    assert sum(name.endswith(".safetensors") for name in found.files) == 2
    assert find_download(REPOSITORY) == found


def cut_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(WEIGHTS[: len(WEIGHTS) // 2])


def cut_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")


def lose_a_shard(folder: Path) -> None:
    split_in_two(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def swap_a_shard(folder: Path) -> None:
    split_in_two(folder)
    first, second = sorted(folder.glob("model-*.safetensors"))
    second.write_bytes(first.read_bytes())


def add_a_shard(folder: Path) -> None:
    split_in_two(folder)
    first = folder / "model-00001-of-00002.safetensors"
    (folder / "model-00001-of-00001.safetensors").write_bytes(first.read_bytes())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_weights, r"model\.safetensors is damaged"),
        (cut_tokenizer, r"tokenizer\.json is damaged"),
        (lose_a_shard, r"model-00002-of-00002\.safetensors is missing, and model\.safetens"),
        (swap_a_shard, r"model-00002-of-00002\.safetensors lacks weight2"),
        (add_a_shard, r"model-00001-of-00001\.safetensors is no part of the model"),
    ],
)
def test_a_broken_folder_does_not_take_the_place_of_a_good_one(
    hub: BadHub, brought: Path, damage: Callable[[Path], None], message: str
) -> None:
    good = download(REPOSITORY, patience=EAGER)
    damage(brought)
    with pytest.raises(CheckpointError, match=message) as caught:
        import_backbone(brought, REPOSITORY)
    assert str(brought) in str(caught.value)
    assert list_downloads() == [good]
    verify_download(good)
    assert [path for path in good.path.parent.iterdir() if path.is_dir()] == [good.path]


def test_a_download_imported_onto_itself_is_refused_and_stays(hub: BadHub) -> None:
    good = download(REPOSITORY, patience=EAGER)
    with pytest.raises(ConfigurationError, match="is where someone/some-model lies already"):
        import_backbone(good.path, REPOSITORY)
    verify_download(good)
    assert find_download(REPOSITORY) == good


def test_a_full_disk_leaves_nothing_of_an_import_behind(
    hub: BadHub, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = download(REPOSITORY, patience=EAGER)

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DownloadError, match="failed: No space left on device") as caught:
        import_backbone(brought, REPOSITORY)
    assert str(good.path.parent) in str(caught.value)
    assert str(brought) not in str(caught.value)
    assert [path for path in good.path.parent.iterdir() if path.is_dir()] == [good.path]
    assert find_download(REPOSITORY) == good


def test_the_marker_tells_commit_sizes_and_hashes(hub: BadHub) -> None:
    found = download(REPOSITORY, patience=EAGER)
    content = json.loads((found.path / MARKER_FILE).read_text())
    assert content["revision"] == COMMIT
    assert content["files"]["model.safetensors"]["size"] == len(WEIGHTS)
    assert all(len(file["sha256"]) == 64 for file in content["files"].values())
