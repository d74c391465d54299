from __future__ import annotations

import json
from pathlib import Path

from training.model_card import fitted_section


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
