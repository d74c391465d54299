"""The benchmark of the paper's pair runs through, at a small size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import full_shape
from benchmarks.random_pairs import SHAPES

TOKENIZERS = Path(__file__).parents[3] / "shared" / "data" / "tokenizers"


@pytest.mark.skipif(
    not TOKENIZERS.is_dir(), reason=f"the published vocabularies are not at {TOKENIZERS}"
)
def test_figures_of_loading_and_of_two_fills_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(full_shape, "_SHAPE", SHAPES["tiny"])
    full_shape.main(["write", str(tmp_path), "--tokenizers", str(TOKENIZERS)])
    full_shape.main(["measure", str(tmp_path), "--tokens", "64", "--blanks", "3"])
    lines = capsys.readouterr().out.splitlines()
    loading, first, second = (json.loads(line) for line in lines if line.startswith("{"))
    assert loading["weights"] == "bfloat16"
    assert loading["peak_gb"] >= loading["resident_before_gb"] > 0
    assert (first["filled"], first["ar_passes"], second["mlm_passes"]) == (3, 3, 1)
