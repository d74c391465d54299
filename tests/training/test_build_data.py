"""The first two steps of a training, from prose to token files: whole or with one line why not."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from tokenizers import Tokenizer

from training import build_data as data_command
from training import train_tokenizer as tokenizer_command
from training.corpus import iter_documents
from training.token_files import check_token_files
from training.toy_corpus import write_toy_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two sources, and beside them their checksums."""
    folder = tmp_path / "corpus"
    for source in ("first", "second"):
        path = write_toy_corpus(folder, documents=200, seed=len(source))
        path.rename(folder / f"{source}.txt")
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  corpus/{path.name}\n"
        for path in sorted(folder.iterdir())
    )
    (tmp_path / "SHA256SUMS").write_text("".join(lines) + "0" * 64 + "  elsewhere/third.txt\n")
    return folder


def run(command: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a step's command line over `folder`."""
    tokenizer = str(folder / "tokenizer.json")
    options = {
        tokenizer_command: ["--output", tokenizer, "--vocab-size", "400", "--share", "1"],
        data_command: ["--tokenizer", tokenizer, "--output", str(folder / "data")],
    }
    arguments = ["step", "--corpus", str(folder / "corpus"), *options[command]]
    monkeypatch.setattr(sys, "argv", arguments)
    status: int = command.main()
    return status


def test_both_steps_leave_whole_files(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tokenizer_command, tmp_path, monkeypatch) == 0
    assert run(data_command, tmp_path, monkeypatch) == 0
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    check_token_files(tmp_path / "data", tokenizer)
    summary = json.loads((tmp_path / "data" / "data.json").read_text())
    documents = list(iter_documents(corpus))
    assert summary["documents"] == Counter(document.split for document in documents)
    assert summary["sources"] == {"first": 200, "second": 200}
    held_out = (tmp_path / "data" / "test.jsonl").read_text().splitlines()
    texts = [document.text for document in documents if document.split == "test"]
    assert [json.loads(line)["text"] for line in held_out] == texts
    names = {path.name for path in (tmp_path / "data").iterdir()}
    assert not any(name.endswith(".part") for name in names)


@pytest.mark.parametrize("command", [tokenizer_command, data_command])
def test_a_source_that_is_missing_or_altered_stops_both(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: ModuleType,
) -> None:
    assert run(tokenizer_command, tmp_path, monkeypatch) == 0
    tokenizer = (tmp_path / "tokenizer.json").read_bytes()
    capsys.readouterr()
    with (corpus / "second.txt").open("a") as file:
        file.write("One more sentence.\n")
    assert run(command, tmp_path, monkeypatch) == 1
    (corpus / "second.txt").unlink()
    assert run(command, tmp_path, monkeypatch) == 1
    altered, missing = capsys.readouterr().err.strip().splitlines()
    assert "second.txt is not the file of" in altered
    assert "second.txt is missing, and" in missing
    assert (tmp_path / "tokenizer.json").read_bytes() == tokenizer
    assert not (tmp_path / "data" / "data.json").exists()


def test_a_full_disk_leaves_what_was_there(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tokenizer_command, tmp_path, monkeypatch) == 0
    assert run(data_command, tmp_path, monkeypatch) == 0
    data = tmp_path / "data"
    capsys.readouterr()
    (data / "train.bin.part").symlink_to("/dev/full")
    assert run(data_command, tmp_path, monkeypatch) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "data could not be written: the disk is full. Make room" in line
    assert len(list(data.iterdir())) == 6
    check_token_files(data, Tokenizer.from_file(str(tmp_path / "tokenizer.json")))
    (tmp_path / "tokenizer.json.part").symlink_to("/dev/full")
    before = (tmp_path / "tokenizer.json").read_bytes()
    assert run(tokenizer_command, tmp_path, monkeypatch) == 1
    assert "tokenizer.json could not be written: the disk is full" in capsys.readouterr().err
    assert (tmp_path / "tokenizer.json").read_bytes() == before


@pytest.mark.parametrize("is_there", [False, True])
def test_make_goes_on_after_the_data(tmp_path: Path, is_there: bool) -> None:
    """What is printed is what would be run; a finished step is not, or leaves its result."""
    work = tmp_path / "work"
    (work / "data").mkdir(parents=True)
    if is_there:
        (work / "tokenizer.json").touch()
        (work / "data" / "data.json").touch()
    printed = subprocess.run(
        ["make", "--dry-run", "embedded-model", f"WORK={work}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    first = ("training.train_tokenizer", "training.build_data")
    assert all((step in printed) is not is_there for step in first)
    rest = ("training.pretrain", "training.train_head", "training.publish", "fit_gate")
    places = [printed.index(step) for step in rest]
    assert places == sorted(places)
