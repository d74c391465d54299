from __future__ import annotations

import json
from pathlib import Path

from training.card_sections import (
    fills_section,
    fitted_section,
    kinds_section,
    words_section,
)


def test_nothing_fitted_is_said(tmp_path: Path) -> None:
    assert fitted_section(tmp_path) == "None."


def test_what_refining_restores_is_told_of_the_readers_that_were_tried(tmp_path: Path) -> None:
    refined = {"swapped": 350, "untouched": 3151, "restored": 74, "spoiled": 7}
    fits = {
        "maria": {"test_refined": refined},
        "masked LM": {"test_refined": refined | {"restored": 52, "spoiled": 21}},
        "inference": {},
    }
    (tmp_path / "edit.json").write_text(json.dumps(fits))
    section = fitted_section(tmp_path)
    assert "350 words" in section
    assert "3,151" in section
    assert "MARIA 74 and 7, the masked LM alone 52 and 21." in section


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    assert words_section(tmp_path) == kinds_section(tmp_path) == "Not measured."
    assert fills_section(tmp_path) == "None drawn."


def test_fills_stand_in_the_card_as_they_came(tmp_path: Path) -> None:
    sample = {
        "before": "a | of_",
        "after": ", he *said*",
        "written": "tea",
        "fill": "cof",
        "others": ["[x]", "milk"],
    }
    report = {"command": "python -m training.experiments.sample_fills --seed 0", "fills": [sample]}
    (tmp_path / "sample_fills.json").write_text(json.dumps(report))
    section = fills_section(tmp_path)
    assert section.startswith(f"`{report['command']}`")
    row = section.splitlines()[-1]
    assert row == r"| a \| of\_ **cof**, he \*said\* | tea | \[x\], milk |"
