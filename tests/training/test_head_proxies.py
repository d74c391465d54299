"""Heads compared at toy size: trained once, measured on the same masks, one table."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from toy_experiments import make_toy_folder, run

from maria_model.errors import ConfigurationError
from maria_model.modeling import MariaForMaskedInfilling
from training.evaluate import read_windows
from training.experiments import head_proxies
from training.experiments.head_proxies import draw_masks, read_heads

SHIPPED = Path(__file__).parents[2] / "training" / "configs" / "head_proxies.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toy_folder(tmp_path_factory.mktemp("head_proxies"))


def describe(folder: Path, path: Path, **heads: dict[str, object]) -> Path:
    base = {
        "causal_lm": str(folder / "causal"),
        "masked_lm": str(folder / "masked"),
        "data_dir": str(folder / "data"),
        "sequence_length": 64,
        "learning_rate": 1e-2,
        "max_steps": 6,
        "validation_examples": 4,
    }
    path.write_text(yaml.safe_dump({"base": base, "heads": heads}, sort_keys=False))
    return path


def test_heads_are_trained_once_and_measured_on_the_same_masks(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = describe(
        folder,
        tmp_path / "heads.yaml",
        plain={},
        low={"head_rank": 2},
        words={"mask_kind": "words"},
    )
    table = tmp_path / "heads.md"
    held_out = folder / "data" / "test.jsonl"
    options = ("--config", path, "--output", tmp_path / "out", "--held-out", held_out)
    run(monkeypatch, head_proxies, *options, "--windows", 4, "--table", table)
    lines = table.read_text().splitlines()
    assert lines[0].startswith("| head | at 0.1 | at 0.3")
    assert lines[0].endswith("| revealed |")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| plain", "| low", "| words"]
    assert len(set(lines[2:])) == 3
    trained = [(tmp_path / "out" / name / "metrics.jsonl").stat() for name in ("plain", "low")]
    capsys.readouterr()
    run(monkeypatch, head_proxies, *options, "--windows", 4)
    assert table.read_text().strip() in capsys.readouterr().out
    again = [(tmp_path / "out" / name / "metrics.jsonl").stat() for name in ("plain", "low")]
    assert [stat.st_mtime_ns for stat in again] == [stat.st_mtime_ns for stat in trained]


def test_masks_are_of_words_and_of_what_is_not_revealed(folder: Path) -> None:
    model = MariaForMaskedInfilling.from_pretrained(folder / "model")
    windows = read_windows(folder / "data" / "test.jsonl", model.vocabulary, length=64)
    for seed, window in enumerate(windows[:8]):
        masks = draw_masks(model, window, seed=seed)
        if "words" in masks:
            mask, starts = masks["words"], model.vocabulary.is_word_start[window.pieces]
            inside = ~starts[1:]
            assert (mask[1:][inside] == mask[:-1][inside]).all()
        if "revealed" in masks:
            half = len(window.pieces) // 2
            assert not masks["revealed"][:half].any()
            assert (masks["revealed"][half:] == masks["at 0.5"][half:]).all()


def test_what_ships_is_read_and_a_typo_is_named(tmp_path: Path) -> None:
    heads = read_heads(SHIPPED, tmp_path)
    assert [heads[name].head_rank for name in ("as it ships", "rank 32")] == [0, 32]
    path = tmp_path / "heads.yaml"
    path.write_text(yaml.safe_dump({"base": {}, "heads": {"odd": {"head_rnk": 3}}}))
    with pytest.raises(ConfigurationError, match="head_rnk"):
        read_heads(path, tmp_path)
