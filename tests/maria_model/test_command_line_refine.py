"""`maria refine`: sweeps to choose from, gains, locks, a budget, and remarks beside the text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine

from maria_model.api import (
    CancelCheck,
    Change,
    PassageScore,
    ProgressCallback,
    Reading,
    RefineRequest,
    RefineResult,
)
from maria_model.command_line import main
from maria_model.readings import with_changes

TEXT = "One.\r\nA cup of tea\r\nfor two.\r\n"


class SweepingEngine(ScriptedEngine):
    """Changes `cup` in the first sweep, `tea` too in the second."""

    open_words = 5

    def load(self, choice, *, on_progress):  # type: ignore[no-untyped-def]
        super().load(choice, on_progress=on_progress)
        return self

    def refine(
        self,
        request: RefineRequest,
        *,
        on_progress: ProgressCallback | None = None,
        cancelled: CancelCheck | None = None,
    ) -> RefineResult:
        result = super().refine(request, on_progress=on_progress, cancelled=cancelled)
        cup, tea = (
            Change(start=at, end=at + 3, before=word, after=new, gain=gain)
            for word, new, gain in (("cup", "mug", 2.5), ("tea", "cocoa", 7.0))
            for at in [request.text.index(word)]
        )
        readings = tuple(
            Reading(
                sweep=sweep,
                text=with_changes(request.text, changes),
                changes=changes,
                score=PassageScore(flow=-100.0 + sweep, fit=-3.0),
            )
            for sweep, changes in enumerate(
                [(cup,), (cup, tea)] if self.open_words else [(), ()], 1
            )
        )
        return replace(
            result,
            text=readings[-1].text,
            changes=readings[-1].changes,
            sweeps=2,
            score=PassageScore(flow=-100.0, fit=None),
            readings=readings,
            open_words=self.open_words,
        )


@pytest.fixture
def engine() -> SweepingEngine:
    return SweepingEngine()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "letter.txt"
    path.write_bytes(TEXT.encode())
    return str(path)


def test_the_changes_are_listed_with_their_gains(file, engine, capsysbinary):
    assert main(["refine", file], load_engine=engine.load) == 0
    out, err = capsysbinary.readouterr()
    assert out.decode() == TEXT.replace("cup", "mug").replace("tea", "cocoa")
    assert err.decode().splitlines() == [
        "2 changes:",
        "  line 2: cup -> mug (gain 2.5)",
        "  line 2: tea -> cocoa (gain 7.0)",
    ]


def test_a_sweep_is_chosen(file, engine, capsysbinary):
    assert main(["refine", file, "--sweep", "1"], load_engine=engine.load) == 0
    out, err = capsysbinary.readouterr()
    assert out.decode() == TEXT.replace("cup", "mug")
    assert err.decode().splitlines()[0] == "1 change:"
    assert main(["refine", file, "--sweep", "7"], load_engine=None) == 2
    assert b"--sweep 7: take 1 to 3, or ask" in capsysbinary.readouterr().err
    assert main(["refine", file, "--sweep", "3", "--sweeps", "2"], load_engine=None) == 2
    assert len(engine.refine_requests) == 1


def test_every_sweep_is_shown(file, engine, capsysbinary):
    assert main(["refine", file, "--show-sweeps"], load_engine=engine.load) == 0
    assert capsysbinary.readouterr().err.decode().splitlines() == [
        "As it was: flow -100.0",
        "Sweep 1: 1 change; flow -99.0, fit -3.00 a word",
        "  line 2: cup -> mug (gain 2.5)",
        "Sweep 2: 2 changes; flow -98.0, fit -3.00 a word",
        "  line 2: cup -> mug (gain 2.5)",
        "  line 2: tea -> cocoa (gain 7.0)",
    ]


def test_json_has_every_sweep(file, engine, capsysbinary):
    assert main(["refine", file, "--json", "--sweep", "1"], load_engine=engine.load) == 0
    out, err = capsysbinary.readouterr()
    assert err == b""
    answer = json.loads(out)
    start = TEXT.index("cup")
    cup = {"start": start, "end": start + 3, "before": "cup", "after": "mug", "gain": 2.5}
    assert answer["text"] == TEXT.replace("cup", "mug")
    assert (answer["changes"], answer["sweep"], answer["sweeps"]) == ([cup], 1, 2)
    assert answer["score"] == {"flow": -100.0, "fit": None}
    assert [reading["sweep"] for reading in answer["readings"]] == [1, 2]
    assert answer["readings"][0]["changes"] == [cup]
    assert answer["readings"][1]["score"] == {"flow": -98.0, "fit": -3.0}
    assert answer["open_words"] == 5


def test_nothing_to_improve_is_said(file, capsysbinary):
    assert main(["refine", file], load_engine=ScriptedEngine(word="wine").load) == 0
    out, err = capsysbinary.readouterr()
    assert out.decode() == TEXT
    assert err == b"Nothing to improve at this strength.\n"


def test_all_locked_is_said(file, engine, capsysbinary):
    engine.open_words = 0
    assert main(["refine", file], load_engine=engine.load) == 0
    out, err = capsysbinary.readouterr()
    assert out.decode() == TEXT
    assert err == b"Nothing to change: every word there is locked or kept.\n"


def test_locks_and_budget_reach_the_engine(file, engine):
    options = ["--lock", "tea for", "--lock", "o", "--budget", "3"]
    assert main(["refine", file, *options], load_engine=engine.load) == 0
    [request] = engine.refine_requests
    assert request.budget == 3
    assert [request.text[start:end] for start, end in request.locks] == ["tea\nfor"] + ["o"] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lock", "coffee"], "--lock 'coffee': it is not in the text."),
        (["--lock", " "], "--lock ' ': it is not in the text."),
        (["--budget", "2", "--preset", "paper"], "the preset paper rewrites freely"),
    ],
)
def test_what_cannot_be_asked_for(file, engine, capsys, options, message):
    assert main(["refine", file, *options], load_engine=engine.load) == 2
    assert message in capsys.readouterr().err
    assert not engine.choices
