"""The scaling curve: a known law is found again, and what few runs leave open is said."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
import yaml
from toy_experiments import make_toy_folder

from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from training.evaluate import causal_bits_per_byte, read_windows
from training.experiments import scaling
from training.experiments.held_out_bits import causal_bits
from training.experiments.scaling import (
    PowerLaw,
    Run,
    fit_laws,
    put_into,
    report,
)

LAW = PowerLaw(floor=1.2, factor=0.7, exponent=0.4, error=0.0)
TOKENS = [2e7, 5e7, 1e8, 2e8, 4e8]


def test_a_law_is_found_again() -> None:
    best, *others = fit_laws(TOKENS, [LAW.bits(count) for count in TOKENS], noise=0.001)
    assert best.floor == pytest.approx(1.2, abs=0.01)
    assert best.exponent == pytest.approx(0.4, abs=0.01)
    assert best.error < 1e-4
    assert best.tokens_for(1.25) == pytest.approx(LAW.tokens_for(1.25), rel=0.05)
    assert others
    assert all(law.error <= 0.001 for law in others)


def test_a_goal_below_the_floor_is_out_of_reach() -> None:
    assert LAW.bits(LAW.tokens_for(1.3)) == pytest.approx(1.3)
    assert LAW.tokens_for(1.2) == math.inf


def test_two_ends_tell_no_law() -> None:
    with pytest.raises(ConfigurationError, match="a law needs three"):
        fit_laws(TOKENS[:2], [1.5, 1.4])


def test_tokens_are_counted_on_over_runs_and_bits_are_the_models(tmp_path: Path) -> None:
    folder = make_toy_folder(tmp_path / "toy")
    build, documents = tmp_path / "build", folder / "data" / "test.jsonl"
    start: Path | None = None
    # Their order is who started from whom, not the names'.
    for name, tokens in (("c", 100), ("a", 50), ("b", 70)):
        model = Path(shutil.copytree(folder / "causal", build / name / "model"))
        config = {"objective": "causal", "init_from": start and str(start)}
        (build / name / "config.yaml").write_text(yaml.safe_dump(config))
        rows = [{"tokens": tokens // 2}, {"tokens": tokens, "validation_loss": 4.0}]
        (build / name / "metrics.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
        start = model
    runs = scaling.read_runs(build, documents, windows=10)
    assert [(run.name, run.tokens) for run in runs] == [("c", 100), ("a", 150), ("b", 220)]
    assert runs[1].validated == ((150, 4.0),)
    pair = MariaForMaskedInfilling.from_pretrained(folder / "model")
    expected = causal_bits_per_byte(pair, read_windows(documents, pair.vocabulary, length=94))
    measured = causal_bits(folder / "causal", documents, windows=10_000)
    assert measured == pytest.approx(expected, rel=0.02)


def test_the_curve_goes_between_a_pages_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- scaling -->\nold\n<!-- end of scaling -->\nAfter.\n")
    runs = [
        Run(name=str(count), tokens=int(count), bits_per_byte=LAW.bits(count), validated=())
        for count in TOKENS
    ]
    laws = fit_laws(TOKENS, [run.bits_per_byte for run in runs])
    put_into(page, report(runs, laws, [1.25, 0.5]))
    text = page.read_text()
    assert text.startswith("Before.\n<!-- scaling -->\n| run |")
    assert text.endswith("<!-- end of scaling -->\nAfter.\n")
    assert "old" not in text
    assert "| 0.5 | out of reach | " in text
    page.write_text("no marks")
    with pytest.raises(ConfigurationError, match="add both"):
        put_into(page, "new")
