"""The commands' answers: texts, JSON shapes, offsets, files. The engine is scripted."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine

from maria_model import models
from maria_model.api import UnfilledBlank
from maria_model.command_line import main


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def write(folder: Path, data: bytes) -> str:
    path = folder / "letter.txt"
    path.write_bytes(data)
    return str(path)


def test_fill_prints_the_filled_text_byte_for_byte(tmp_path, engine, capsysbinary):
    file = write(tmp_path, "\ufeffÉté:\t[MASK]\r\n\r\n«🫖» \\[MASK] ".encode())
    assert main(["fill", file], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == "\ufeffÉté:\ttea\r\n\r\n«🫖» \\[MASK] ".encode()


def test_fill_reads_standard_input(engine, capsysbinary, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a [MASK]\n")))
    assert main(["fill", "-"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr() == (b"a tea\n", b"")


def test_fill_json_has_the_documented_shape(tmp_path, engine, capsysbinary):
    file = write(tmp_path, b"A cup of [MASK].\n")
    assert main(["fill", file, "--json", "--seed", "7"], load_engine=engine.load) == 0
    assert json.loads(capsysbinary.readouterr().out) == {
        "text": "A cup of tea.\n",
        "blanks": [
            {
                "start": 9,
                "end": 15,
                "fill": "tea",
                "logprob": -0.5,
                "candidates": [{"text": "tea", "logprob": -0.5, "probability": 0.0}],
            }
        ],
        "hypotheses": [{"fills": ["tea"], "logprob": -0.5, "score": -0.5}],
        "unfilled": [],
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


def test_a_fixed_word_ranks_the_others_again(tmp_path, engine, capsysbinary):
    file = write(tmp_path, b"[MASK] of [MASK] and [MASK].")
    fixed = ["--fix", "2=hot milk", "--fix", "1=Cups"]
    assert main(["fill", file, *fixed], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == b"Cups of hot milk and cocoa."
    (request,) = engine.rescore_requests
    assert dict(request.fixed) == {0: "Cups", 1: "hot milk"}
    assert request.candidates == ((0, ("Cups",)), (1, ("hot milk",)), (2, ("tea",)))
    assert main(["fill", file, *fixed, "--json"], load_engine=engine.load) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert [blank["fill"] for blank in answer["blanks"]] == ["Cups", "hot milk", "cocoa"]
    assert [blank["logprob"] for blank in answer["blanks"]] == [-2.0, -2.0, -0.25]
    assert [c["text"] for c in answer["blanks"][2]["candidates"]] == ["cocoa", "tea"]
    assert answer["hypotheses"] == []


def test_a_blank_that_was_left_takes_its_fixed_word(tmp_path, capsysbinary):
    class LeavingEngine(ScriptedEngine):
        def fill(self, request, **options):
            result = super().fill(request, **options)
            first, *others = result.blanks
            left = UnfilledBlank(index=0, start=first.start, end=first.end, reason="No candidate.")
            return dataclasses.replace(result, blanks=tuple(others), unfilled=(left,))

    file = write(tmp_path, b"[MASK] of [MASK].")
    assert main(["fill", file, "--fix", "1=Cups"], load_engine=LeavingEngine().load) == 0
    assert capsysbinary.readouterr() == (b"Cups of cocoa.", b"")


@pytest.mark.parametrize("fixed", ["tea", "0=tea", "1=", "x=tea"])
def test_a_fixed_word_written_wrong_is_refused(fixed, tmp_path, capsys):
    assert main(["fill", write(tmp_path, b"[MASK]"), "--fix", fixed], load_engine=None) == 2
    assert "for instance 2=tea" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        (["2=a"], "--fix 2=a: the text has 1 blank."),
        (["1=banana"], "--fix 1=banana: the rules of blank 1 do not allow it."),
        (["1=sea", "1=sand"], "--fix 1=sand: blank 1 has a word already."),
    ],
)
def test_a_fixed_word_needs_its_blank(fixed, said, tmp_path, capsys):
    options = [part for word in fixed for part in ("--fix", word)]
    file = write(tmp_path, b'A [MASK:starts="s"].')
    assert main(["fill", file, *options], load_engine=None) == 2
    assert said in capsys.readouterr().err


def test_a_fixed_word_is_that_of_all_linked_blanks(tmp_path, capsysbinary):
    file = write(tmp_path, b"[MASK:name=it] sat, and [MASK:name=it] saw [MASK].")
    engine = ScriptedEngine("Tea")
    assert main(["fill", file, "--fix", "2=milk"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == b"Milk sat, and milk saw cocoa."


def test_json_offsets_are_code_points_of_the_input(tmp_path, engine, capsysbinary):
    text = "\ufeff👩‍🚀 wrote\r\nof [MASK]\r\nand [MASK]."
    file = write(tmp_path, text.encode())
    assert main(["fill", file, "--json"], load_engine=engine.load) == 0
    answer = json.loads(capsysbinary.readouterr().out)
    found = [text[blank["start"] : blank["end"]] for blank in answer["blanks"]]
    assert found == ["[MASK]", "[MASK]"]
    assert answer["text"] == text.replace("[MASK]", "tea")


def test_the_model_reads_plain_line_endings_and_no_mark(tmp_path, engine):
    file = write(tmp_path, "\ufeffone\r\n[MASK]\r\n".encode())
    main(["fill", file], load_engine=engine.load)
    assert engine.fill_requests[0].text == "one\n[MASK]\n"


def test_a_fill_of_several_lines_takes_the_files_line_endings(tmp_path, capsysbinary):
    file = write(tmp_path, b"one\r\n[MASK]\r\n")
    main(["fill", file], load_engine=ScriptedEngine("two\nthree").load)
    assert capsysbinary.readouterr().out == b"one\r\ntwo\r\nthree\r\n"


def test_fill_options_reach_the_engine(tmp_path, engine):
    file = write(tmp_path, b"[MASK]")
    options = ["--temperature", "0.7", "--top-p", "0.9", "--method", "sequential", "--seed", "3"]
    main(["fill", file, *options, "--model", "big", "--device", "cuda"], load_engine=engine.load)
    [request], [choice] = engine.fill_requests, engine.choices
    assert (request.sampling.temperature, request.sampling.top_p) == (0.7, 0.9)
    assert (request.sampling.seed, request.method) == (3, "sequential")
    assert (choice.model, choice.device) == ("big", "cuda")


def test_two_backbones_reach_the_engine(tmp_path, engine):
    file = write(tmp_path, b"[MASK]")
    main(["fill", file, "--causal-lm", "c", "--masked-lm", "m"], load_engine=engine.load)
    assert (engine.choices[0].causal_lm, engine.choices[0].masked_lm) == ("c", "m")


def test_output_file_is_replaced_as_a_whole(tmp_path, engine, capsysbinary):
    file = write(tmp_path, b"a [MASK]")
    output = tmp_path / "out.txt"
    output.write_bytes(b"what was there before")
    output.chmod(0o640)
    assert main(["fill", file, "-o", str(output)], load_engine=engine.load) == 0
    assert output.read_bytes() == b"a tea"
    assert output.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["letter.txt", "out.txt"]
    assert capsysbinary.readouterr() == (b"", b"")


def test_output_through_a_link_keeps_the_link(tmp_path, engine):
    file = write(tmp_path, b"a [MASK]")
    target = tmp_path / "target.txt"
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    assert main(["fill", file, "-o", str(link)], load_engine=engine.load) == 0
    assert link.is_symlink()
    assert target.read_bytes() == b"a tea"


def test_an_output_cut_short_leaves_the_old_file(tmp_path, engine, capsys, monkeypatch):
    file = write(tmp_path, b"a [MASK]")
    output = tmp_path / "out.txt"
    output.write_bytes(b"before")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    assert main(["fill", file, "-o", str(output)], load_engine=engine.load) == 1
    assert output.read_bytes() == b"before"
    assert sorted(os.listdir(tmp_path)) == ["letter.txt", "out.txt"]
    assert "No space left" in capsys.readouterr().err


def test_refine_prints_the_text_with_its_changes(tmp_path, engine, capsysbinary):
    file = write(tmp_path, b"A cup of tea.\r\n")
    assert main(["refine", file], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().out == b"A cup of cocoa.\r\n"


def test_refine_json_has_the_documented_shape(tmp_path, engine, capsysbinary):
    file = write(tmp_path, b"\r\nA cup of tea.\r\n")
    assert main(["refine", file, "--json", "--sweeps", "4"], load_engine=engine.load) == 0
    assert json.loads(capsysbinary.readouterr().out) == {
        "text": "\r\nA cup of cocoa.\r\n",
        "original": "\r\nA cup of tea.\r\n",
        "changes": [{"start": 11, "end": 14, "before": "tea", "after": "cocoa", "gain": None}],
        "score": None,
        "readings": [],
        "open_words": None,
        "sweep": 4,
        "sweeps": 4,
        "seed": 0,
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


@pytest.mark.parametrize(
    ("number", "paragraph"),
    [(1, "One.\nStill one."), (2, "  Two."), (3, "Three.")],
)
def test_refine_takes_one_paragraph(tmp_path, engine, number, paragraph):
    file = write(tmp_path, b"\n\nOne.\r\nStill one.\r\n \t\r\n\n  Two.\n\nThree.")
    main(["refine", file, "--paragraph", str(number)], load_engine=engine.load)
    request = engine.refine_requests[0]
    assert request.text[request.start : request.end].strip() == paragraph.strip()


def test_refine_takes_the_whole_text_otherwise(tmp_path, engine):
    main(["refine", write(tmp_path, b"One.\n\nTwo.\n")], load_engine=engine.load)
    request = engine.refine_requests[0]
    assert request.text[request.start : request.end] == "One.\n\nTwo.\n"


def test_refine_options_reach_the_engine(tmp_path, engine):
    options = ["--strength", "0.2", "--keep", "Ada", "tea", "--keep", "1843", "--preset", "paper"]
    main(["refine", write(tmp_path, b"One."), *options], load_engine=engine.load)
    request = engine.refine_requests[0]
    assert (request.strength, request.preset) == (0.2, "paper")
    assert request.keep == ("Ada", "tea", "1843")


def test_models_list_shows_names_sizes_and_folders(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "models" / "novels"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"name": "Novels, large"}')
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path / "models")
    monkeypatch.setattr(models, "embedded_model_path", lambda: tmp_path / "nothing")
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.split("  ") == ["novels", "Novels, large", "0 MB", f"{folder}\n"]
    assert main(["models", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "novels", "title": "Novels, large", "path": str(folder), "size": 25}
    ]


def test_progress_shows_on_a_terminal_only_and_leaves_no_trace(
    tmp_path, engine, capsys, monkeypatch
):
    file = write(tmp_path, b"[MASK]")
    main(["fill", file], load_engine=engine.load)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    main(["fill", file], load_engine=engine.load)
    shown = capsys.readouterr().err
    assert "Loading the model" in shown
    assert shown.endswith("\r\x1b[K")
