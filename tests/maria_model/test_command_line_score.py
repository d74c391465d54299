"""`maria score`: the list, its places, the JSON, what it asks of the engine, and bad input."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import sys
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine

from maria_model.api import CancelCheck, Cancelled, ProgressCallback, ScoreRequest, ScoreResult
from maria_model.command_line import main
from maria_model.errors import CheckpointError, OutOfMemoryError

# The scripted engine finds each word odder than the one before it, by a nat.
TEXT = "\ufeffAda poured\r\nthe 🫖 tea in 1843 and\r\n  pondered"


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(better="wiped")


@pytest.fixture
def letter(tmp_path: Path) -> str:
    file = tmp_path / "letter.txt"
    file.write_bytes(TEXT.encode())
    return str(file)


def lines(capsysbinary: pytest.CaptureFixture[bytes]) -> list[list[str]]:
    """Return the cells of the printed lines; two spaces or more part them."""
    printed = capsysbinary.readouterr().out.decode().splitlines()
    return [[cell.strip() for cell in line.split("  ") if cell] for line in printed]


def test_the_odd_ones_come_first_with_their_places(letter, engine, capsysbinary):
    assert main(["score", letter], load_engine=engine.load) == 0
    assert lines(capsysbinary) == [
        ["3:3", "pondered", "unusual here; wiped fits better"],
        ["2:19", "and", "unusual here; wiped fits better"],
        # 1843 is a number; what comes before is as expected.
    ]


@pytest.mark.parametrize(
    ("oddness", "judgement"),
    [(7, "a little unusual"), (9, "unusual"), (11, "unlikely"), (14, "very unlikely")],
)
def test_judgements_follow_oddness_in_bits(
    letter, engine, capsysbinary, monkeypatch, oddness, judgement
):
    scripted = engine.score

    def score(request: ScoreRequest, **options: object) -> ScoreResult:
        result = scripted(request)
        word = dataclasses.replace(result.words[1], oddness=oddness * math.log(2))
        return dataclasses.replace(result, words=(word,))

    monkeypatch.setattr(engine, "score", score)
    main(["score", letter], load_engine=engine.load)
    assert lines(capsysbinary) == [["1:5", "poured", f"{judgement} here; wiped fits better"]]


def test_words_of_a_script_that_the_model_does_not_know_are_left_out(
    tmp_path, engine, capsysbinary
):
    file = tmp_path / "letter.txt"
    file.write_text(
        "Ada poured the tea and so on. \u05e9\u05dc\u05d5\u05dd pondered later", "utf-8"
    )
    assert main(["score", str(file)], load_engine=engine.load) == 0
    # The word behind such a one is spoilt by it.
    assert [row[1] for row in lines(capsysbinary)] == ["later", "on", "so"]
    main(["score", str(file), "--all"], load_engine=engine.load)
    told = {row[1]: row[3] for row in lines(capsysbinary)}
    assert told["\u05e9\u05dc\u05d5\u05dd"] == told["pondered"] == "not judged, other script"


def test_top_bounds_the_list(letter, engine, capsysbinary):
    assert main(["score", letter, "--top", "1"], load_engine=engine.load) == 0
    assert [row[1] for row in lines(capsysbinary)] == ["pondered"]


def test_all_lists_every_word_in_order(letter, engine, capsysbinary):
    assert main(["score", letter, "--all"], load_engine=engine.load) == 0
    rows = lines(capsysbinary)
    assert [row[:2] for row in rows] == [
        ["1:1", "Ada"],
        ["1:5", "poured"],
        ["2:1", "the"],
        ["2:7", "tea"],
        ["2:11", "in"],
        ["2:14", "1843"],
        ["2:19", "and"],
        ["3:3", "pondered"],
    ]
    assert rows[0][2:] == ["36.8 %", "as expected", "wiped"]
    assert rows[5][3] == "not judged, a number"


def test_a_text_without_odd_words_says_so_aside(tmp_path, engine, capsys):
    file = tmp_path / "letter.txt"
    file.write_text("the sea")
    assert main(["score", str(file)], load_engine=engine.load) == 0
    assert capsys.readouterr() == ("", "No word stands out.\n")


def test_json_has_the_documented_shape_and_offsets_of_the_input(letter, engine, capsysbinary):
    assert main(["score", letter, "--json", "--top", "1"], load_engine=engine.load) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert set(answer) == {"words", "odd", "model", "stats"}
    assert [TEXT[word["start"] : word["end"]] for word in answer["words"]] == TEXT.replace(
        "\ufeff", ""
    ).replace("🫖", "").split()
    assert answer["odd"] == [7]
    assert answer["words"][7] == {
        "start": TEXT.index("pondered"),
        "end": len(TEXT),
        "text": "pondered",
        "kind": "word",
        "logprob": -8.0,
        "margin": 7.0,
        "oddness": 7.0,
        "rank": 8,
        "alternatives": [{"text": "wiped", "logprob": -1.0}],
    }


def test_options_reach_the_engine(letter, engine):
    main(["score", letter, "--alternatives", "7", "--model", "big"], load_engine=engine.load)
    main(["score", letter, "--one-by-one"], load_engine=engine.load)
    main(["score", letter, "--from-left"], load_engine=engine.load)
    together, single, left = engine.score_requests
    assert together.text == "Ada poured\nthe 🫖 tea in 1843 and\n  pondered"
    assert (together.alternatives, engine.choices[0].model) == (7, "big")
    assert together.stride > single.stride == 0
    assert [request.sides for request in engine.score_requests] == ["both", "both", "left"]
    assert left.stride == together.stride


def test_output_goes_to_a_file(letter, engine, tmp_path, capsysbinary):
    output = tmp_path / "odd.txt"
    main(["score", letter, "-o", str(output)], load_engine=engine.load)
    assert output.read_bytes().startswith(b"3:3   pondered  unusual here")
    assert capsysbinary.readouterr() == (b"", b"")


def test_standard_input(engine, capsysbinary, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert main(["score", "-"], load_engine=engine.load) == 0
    assert [row[1] for row in lines(capsysbinary)] == ["pondered", "and"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["score"], 2, "FILE"),
        (["score", "FILE", "--top", "0"], 2, "from 1 on"),
        (["score", "FILE", "--alternatives", "-1"], 2, "from 0 on"),
        (["score", "FILE", "--alternatives", "1000"], 2, "alternatives=1000"),
        (["score", "FILE", "--all", "--top", "3"], 2, "not allowed"),
        (["score", "FILE", "--seed", "1"], 2, "--seed"),
        (["score", "nowhere.txt"], 1, "no such file"),
    ],
)
def test_bad_input_is_one_line(letter, capsys, arguments, code, says):
    engine = ScriptedEngine()
    arguments = [letter if argument == "FILE" else argument for argument in arguments]
    assert main(arguments, load_engine=engine.load) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("maria: ")
    assert captured.err.count("\n") == 1
    assert says in captured.err
    assert engine.choices == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(CheckpointError("Damaged."), 1), (OutOfMemoryError("Full."), 1), (Cancelled(), 130)],
)
def test_the_engines_errors_are_one_line(letter, engine, capsys, error, code):
    engine.error = error
    assert main(["score", letter], load_engine=engine.load) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"maria: {error}\n")


def test_progress_is_shown_on_a_terminal(letter, engine, capsys, monkeypatch):
    scripted = engine.score

    def score(
        request: ScoreRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> ScoreResult:
        assert on_progress is not None
        return scripted(request, on_progress=on_progress)

    monkeypatch.setattr(engine, "score", score)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["score", letter], load_engine=engine.load) == 0
    assert "Loading the model" in capsys.readouterr().err


def test_a_real_model_scores_a_text(letter, capsysbinary, tiny_model_dir):
    assert main(["score", letter, "--all", "--model", str(tiny_model_dir)]) == 0
    assert len(lines(capsysbinary)) == 8
