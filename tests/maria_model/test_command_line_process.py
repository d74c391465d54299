"""The `maria` program as a process of its own, with a real if tiny model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = "She poured the [MASK] into a cup.\r\n"


def maria(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "maria_model.command_line", *arguments]
    settings = {"capture_output": True, "cwd": CHECKOUT, "timeout": 120, **options}
    return subprocess.run(command, **settings)


def test_help_needs_no_torch():
    script = (
        "import sys\n"
        "from maria_model.command_line import main\n"
        "main(['fill', '--help']); main(['models', 'list', '--json'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'PySide6')))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def filled(tiny_model_dir: Path) -> subprocess.CompletedProcess[bytes]:
    return maria("fill", "-", "--json", "--model", str(tiny_model_dir), input=TEXT.encode())


def test_fill_prints_json_and_nothing_else(filled):
    assert filled.returncode == 0, filled.stderr
    assert filled.stderr == b""
    answer = json.loads(filled.stdout)
    [blank] = answer["blanks"]
    assert answer["text"] == TEXT.replace("[MASK]", blank["fill"])
    assert TEXT[blank["start"] : blank["end"]] == "[MASK]"
    assert len(blank["candidates"]) == 5
    logprobs = [candidate["logprob"] for candidate in blank["candidates"]]
    assert logprobs == sorted(logprobs, reverse=True)


def test_one_seed_is_one_answer(filled, tiny_model_dir):
    again = maria("fill", "-", "--json", "--model", str(tiny_model_dir), input=TEXT.encode())
    first, second = json.loads(filled.stdout), json.loads(again.stdout)
    for answer in (first, second):
        del answer["stats"]["seconds"]
    assert first == second


def test_refine_leaves_the_file_alone(tiny_model_dir, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_bytes(b"Left alone.\n\nShe poured the tea into a cup.\n")
    options = ["--paragraph", "2", "--preset", "paper", "--sweeps", "1", "--json"]
    result = maria("refine", str(file), *options, "--model", str(tiny_model_dir))
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["original"].encode() == file.read_bytes()
    text = answer["original"]
    for change in reversed(answer["changes"]):
        assert text[change["start"] : change["end"]] == change["before"]
        text = text[: change["start"]] + change["after"] + text[change["end"] :]
    assert text == answer["text"]
    assert text.startswith("Left alone.\n\n")


def test_bad_input_prints_no_traceback(tmp_path):
    result = maria("fill", str(tmp_path / "nowhere.txt"))
    assert result.returncode == 1
    assert result.stdout == b""
    assert result.stderr.count(b"\n") == 1
    assert b"Traceback" not in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE")
def test_a_reader_that_leaves_is_no_error(tiny_model_dir):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = maria(
            "fill",
            "-",
            "--model",
            str(tiny_model_dir),
            input=TEXT.encode(),
            capture_output=False,
            stdout=writing,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(writing)
    assert result.returncode == 141
    assert result.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "wb") as full:
        result = maria(
            "models", "list", "--json", capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
    assert result.returncode == 1
    assert result.stderr.startswith(b"maria: Standard output cannot be written")
    assert result.stderr.count(b"\n") == 1
