"""`maria generate`: where the beginning comes from, what is printed, and bad input."""

from __future__ import annotations

import io
import json
import sys

import pytest
from scripted_engine import ScriptedEngine

from maria_model.api import Cancelled
from maria_model.command_line import main
from maria_model.errors import ContextLengthError


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(word=" tea\nand cake")


def test_it_writes_from_nothing(engine, capsysbinary):
    assert main(["generate"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr() == (b" tea\nand cake\n", b"")
    assert engine.generate_requests[0].prompt == ""


def test_it_goes_on_from_an_argument(engine, capsysbinary):
    assert main(["generate", "Ein Täßchen"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == "Ein Täßchen tea\nand cake\n".encode()


def test_it_goes_on_in_a_files_last_line_and_line_ends(engine, capsysbinary, tmp_path):
    file = tmp_path / "start.txt"
    file.write_bytes("\ufeffFirst.\r\nA cup of\r\n".encode())
    assert main(["generate", "--file", str(file)], load_engine=engine.load) == 0
    assert engine.generate_requests[0].prompt == "First.\nA cup of"
    printed = capsysbinary.readouterr().out
    assert printed == "\ufeffFirst.\r\nA cup of tea\r\nand cake\r\n".encode()


def test_it_reads_standard_input(engine, capsysbinary, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"A cup of\n")))
    assert main(["generate", "-"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == b"A cup of tea\nand cake\n"


def test_json_has_the_documented_shape(engine, capsysbinary):
    arguments = ["generate", "A cup of", "--json", "--seed", "7", "--sweeps", "0"]
    assert main(arguments, load_engine=engine.load) == 0
    assert json.loads(capsysbinary.readouterr().out) == {
        "text": "A cup of tea\nand cake",
        "sweeps": 0,
        "seed": 7,
        "model": {"name": "Scripted", "causal_lm": "left", "masked_lm": "both"},
        "stats": {
            "method": "sequential",
            "ar_passes": 1,
            "mlm_passes": 1,
            "tokens": 1,
            "drafted": 0,
            "accepted": 0,
            "cache": "dynamic",
            "seconds": 0.25,
        },
    }


def test_options_reach_the_engine(engine):
    options = ["--tokens", "12", "--sweeps", "3", "--seed", "5", "--device", "cpu"]
    main(["generate", *options], load_engine=engine.load)
    [request], [choice] = engine.generate_requests, engine.choices
    assert (request.num_tokens, request.sweeps, request.seed) == (12, 3, 5)
    assert choice.device == "cpu"


def test_output_goes_to_a_file(engine, tmp_path, capsysbinary):
    output = tmp_path / "out.txt"
    assert main(["generate", "A", "-o", str(output)], load_engine=engine.load) == 0
    assert output.read_bytes() == b"A tea\nand cake\n"
    assert capsysbinary.readouterr() == (b"", b"")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["generate", "--tokens", "0"], 2, "from 1 on"),
        (["generate", "--sweeps", "-1"], 2, "from 0 on"),
        (["generate", "--seed", "x"], 2, "no seed"),
        (["generate", "A cup", "of tea"], 2, "of tea"),
        (["generate", "A cup", "--file", "a.txt"], 2, "not both"),
        (["generate", "--file", "nowhere.txt"], 1, "no such file"),
        (["generate", "caf\udce9"], 1, "not UTF-8"),
        (["generate", "-o", "missing/out.txt"], 1, "no folder"),
    ],
)
def test_bad_input_is_one_line(engine, capsys, arguments, code, says):
    assert main(arguments, load_engine=engine.load) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("maria: ")
    assert captured.err.count("\n") == 1
    assert says in captured.err
    assert engine.choices == []


@pytest.mark.parametrize(
    ("error", "code"), [(ContextLengthError("Too long."), 1), (Cancelled(), 130)]
)
def test_the_engines_errors_are_one_line(engine, capsys, error, code):
    engine.error = error
    assert main(["generate"], load_engine=engine.load) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"maria: {error}\n")


def test_a_real_model_writes_the_same_words_twice(capsysbinary, tiny_model_dir):
    arguments = ["generate", "The lamp", "--tokens", "8", "--sweeps", "1", "--seed", "3"]
    texts = []
    for _ in range(2):
        assert main([*arguments, "--model", str(tiny_model_dir)]) == 0
        texts.append(capsysbinary.readouterr().out)
    assert texts[0] == texts[1]
    assert texts[0].startswith(b"The lamp")
    assert len(texts[0]) > len(b"The lamp\n")
