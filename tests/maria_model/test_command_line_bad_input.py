"""Bad input: one line on what, where and the remedy, the right exit code, the file untouched."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine

from maria_model.api import Cancelled
from maria_model.command_line import main
from maria_model.errors import ContextLengthError, NotSupportedError, OutOfMemoryError

FILL = b"A cup of [MASK].\n"


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on standard error; nothing may stand on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("maria: ")
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04\0\0[MASK]", "binary file"),
        ("[MASK]".encode("utf-16"), "UTF-16"),
        (b"fine\n[MASK] caf\xe9\n", "byte 16, in line 2"),
        (b"[MASK] " + b"word " * 1_000_000, "more than 4 MB"),
        (b"Nothing to fill.\n", "Write [MASK]"),
        (b"Only \\[MASK] here.\n", "Write [MASK]"),
    ],
)
def test_a_text_that_cannot_be_filled(tmp_path, capsys, data, says):
    file = tmp_path / "letter.txt"
    file.write_bytes(data)
    engine = ScriptedEngine()
    assert main(["fill", str(file)], load_engine=engine.load) == 1
    message = complaint(capsys)
    assert says in message
    assert str(file) in message
    assert engine.choices == [], "the model was loaded for nothing"
    assert file.read_bytes() == data


@pytest.mark.parametrize("blank", ["[MASK:0]", "[MASK:9-2]", "[MASK:", "[MASK:three]"])
def test_a_blank_written_wrong_is_a_usage_error(tmp_path, capsys, blank):
    file = tmp_path / "letter.txt"
    file.write_text(f"One line.\nA cup of {blank}.\n")
    assert main(["fill", str(file)], load_engine=ScriptedEngine().load) == 2
    message = complaint(capsys)
    assert blank in message
    assert "Line 2, column 10" in message
    assert str(file) in message


def test_missing_file(tmp_path, capsys):
    assert main(["fill", str(tmp_path / "nowhere.txt")], load_engine=ScriptedEngine().load) == 1
    assert "nowhere.txt: no such file" in complaint(capsys)


def test_folder(tmp_path, capsys):
    assert main(["refine", str(tmp_path)], load_engine=ScriptedEngine().load) == 1
    assert "this is a folder" in complaint(capsys)


def test_a_name_no_file_can_have(capsys):
    assert main(["fill", "a\0b"], load_engine=ScriptedEngine().load) == 1
    complaint(capsys)


def test_a_path_through_a_file(tmp_path, capsys):
    (tmp_path / "letter.txt").write_bytes(FILL)
    path = tmp_path / "letter.txt" / "inner.txt"
    assert main(["fill", str(path)], load_engine=ScriptedEngine().load) == 1
    assert "inner.txt" in complaint(capsys)


def test_standard_input_is_named(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\xfa")))
    assert main(["fill", "-"], load_engine=ScriptedEngine().load) == 1
    assert "standard input" in complaint(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fill"],
        ["invent", "FILE"],
        ["models"],
        ["fill", "FILE", "--temperature", "hot"],
        ["fill", "FILE", "--temperature", "-1"],
        ["fill", "FILE", "--temperature", "nan"],
        ["fill", "FILE", "--top-p", "0"],
        ["fill", "FILE", "--method", "magic"],
        ["fill", "FILE", "--seed", "-1"],
        ["fill", "FILE", "--seed", "0.5"],
        ["fill", "FILE", "--seed", str(2**64)],
        ["fill", "FILE", "--device", "tpu"],
        ["fill", "FILE", "--keep", "tea"],
        ["refine", "FILE", "--strength", "2"],
        ["refine", "FILE", "--strength", "nan"],
        ["refine", "FILE", "--sweeps", "0"],
        ["refine", "FILE", "--sweeps", "1000"],
        ["refine", "FILE", "--paragraph", "0"],
        ["refine", "FILE", "--paragraph", "2"],
        ["refine", "FILE", "--preset", "novel"],
    ],
)
def test_wrong_usage_exits_with_2(tmp_path, capsys, arguments):
    file = tmp_path / "letter.txt"
    file.write_bytes(FILL)
    engine = ScriptedEngine()
    arguments = [str(file) if argument == "FILE" else argument for argument in arguments]
    assert main(arguments, load_engine=engine.load) == 2
    complaint(capsys)
    assert engine.choices == []


@pytest.mark.parametrize(
    ("output", "says"), [("missing/out.txt", "no folder"), (".", "this is a folder")]
)
def test_an_output_that_cannot_work_is_refused_at_once(tmp_path, capsys, output, says):
    file = tmp_path / "letter.txt"
    file.write_bytes(FILL)
    engine = ScriptedEngine()
    code = main(["fill", str(file), "-o", str(tmp_path / output)], load_engine=engine.load)
    assert code == 1
    assert says in complaint(capsys)
    assert engine.choices == []


@pytest.mark.parametrize(
    "error",
    [
        ContextLengthError("Too long here. Shorten it."),
        NotSupportedError("Not yet. Ask for less."),
        OutOfMemoryError("Full. Take a smaller model."),
    ],
)
def test_the_engines_errors_are_one_line_and_leave_the_file_alone(tmp_path, capsys, error):
    file = tmp_path / "letter.txt"
    file.write_bytes(FILL)
    engine = ScriptedEngine()
    engine.error = error
    assert main(["fill", str(file), "-o", str(file)], load_engine=engine.load) == 1
    assert str(error) in complaint(capsys)
    assert file.read_bytes() == FILL


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled()])
def test_stopping_is_quiet(tmp_path, capsys, error):
    file = tmp_path / "letter.txt"
    file.write_bytes(FILL)
    engine = ScriptedEngine()
    engine.error = error
    assert main(["fill", str(file)], load_engine=engine.load) == 130
    assert complaint(capsys) == "maria: Stopped. Nothing was changed.\n"


@pytest.fixture
def letter(tmp_path: Path) -> str:
    file = tmp_path / "letter.txt"
    file.write_bytes(FILL)
    return str(file)


def test_unknown_model(letter, capsys):
    assert main(["fill", letter, "--model", "no-such-model"]) == 1
    assert "no-such-model" in complaint(capsys)


def test_unknown_backbones(letter, capsys, tmp_path):
    missing = str(tmp_path / "nothing")
    assert main(["fill", letter, "--causal-lm", missing, "--masked-lm", missing]) == 1
    assert "nothing" in complaint(capsys)


@pytest.mark.parametrize(
    "options", [["--causal-lm", "a"], ["--causal-lm", "a", "--masked-lm", "b", "--model", "c"]]
)
def test_half_a_pair_is_a_usage_error(letter, capsys, options):
    assert main(["fill", letter, *options]) == 2
    assert "--masked-lm" in complaint(capsys)


def test_no_cuda_when_asked(letter, capsys, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["fill", letter, "--device", "cuda"]) == 1
    assert "cpu" in complaint(capsys)


def _truncate(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])


def _tamper(weights: Path) -> None:
    data = bytearray(weights.read_bytes())
    data[-50] ^= 0xFF
    weights.write_bytes(bytes(data))


def _empty(weights: Path) -> None:
    weights.write_bytes(b"")


def _remove(weights: Path) -> None:
    weights.unlink()


@pytest.mark.parametrize("damage", [_truncate, _tamper, _empty, _remove])
def test_damaged_weights(letter, capsys, tmp_path, tiny_model_dir, damage):
    for number, weights in enumerate(sorted(tiny_model_dir.rglob("*.safetensors"))):
        folder = tmp_path / f"model-{number}"
        shutil.copytree(tiny_model_dir, folder)
        damage(folder / weights.relative_to(tiny_model_dir))
        assert main(["fill", letter, "--model", str(folder)]) == 1
        assert weights.name in complaint(capsys)


@pytest.mark.parametrize("config", ["", "{", "[]", "{}", '{"model_type": "other"}'])
def test_damaged_configuration(letter, capsys, tmp_path, tiny_model_dir, config):
    folder = tmp_path / "model"
    shutil.copytree(tiny_model_dir, folder)
    (folder / "config.json").write_text(config)
    assert main(["fill", letter, "--model", str(folder)]) == 1
    complaint(capsys)


def test_tokenizers_that_do_not_match(letter, capsys, tmp_path, tiny_backbone_dirs):
    causal_lm, masked_lm = tiny_backbone_dirs
    other = tmp_path / "other"
    shutil.copytree(masked_lm, other)
    tokenizer = other / "tokenizer.json"
    # A merge the causal LM does not have.
    tokenizer.write_text(tokenizer.read_text().replace('"Ġ t"', '"t Ġ"', 1))
    tokenizer.write_text(tokenizer.read_text().replace('"NFC"', '"NFKC"', 1))
    assert main(["fill", letter, "--causal-lm", str(causal_lm), "--masked-lm", str(other)]) == 1
    complaint(capsys)


def test_a_blank_beyond_the_context(capsys, tmp_path, tiny_model_dir):
    file = tmp_path / "long.txt"
    file.write_text("A cup of [MASK:900].")
    assert main(["fill", str(file), "--model", str(tiny_model_dir)]) == 1
    assert "long.txt" in complaint(capsys)
