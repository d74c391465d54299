"""Proxies at toy size: fixed compute, whole words, going on where they were, one table."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from toy_experiments import make_toy_folder, run

from maria_model.errors import ConfigurationError
from training.experiments import proxies
from training.experiments.proxies import ProxyRun, read_proxies

SHIPPED = Path(__file__).parents[2] / "training" / "configs" / "proxies.yaml"
TOY = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "sequence_length": 32,
    "initial_sequence_length": 32,
    "tokens_per_step": 128,
    "warmup_steps": 2,
    "compile": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toy_folder(tmp_path_factory.mktemp("proxies"))


def describe(folder: Path, path: Path, **changed: dict[str, object]) -> Path:
    """Write a YAML file of proxies, the first unchanged."""
    files = {
        "tokenizer": str(folder / "causal" / "tokenizer.json"),
        "data_dir": str(folder / "data"),
    }
    base = {"objective": "causal"} | TOY | files
    path.write_text(yaml.safe_dump({"base": base, "proxies": {"first": {}} | changed}))
    return path


def test_proxies_run_through_and_are_not_run_twice(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = describe(
        folder,
        tmp_path / "proxies.yaml",
        vocabulary={"vocab_size": 320},
        adamw={"optimizer": "adamw", "matrix_learning_rate": 3e-3},
        words={"objective": "masked", "init_from": "first", "word_share": 0.5},
        scratch={"objective": "masked", "init_from": "first", "from_scratch": True},
    )
    files = ("--config", path, "--output", tmp_path / "runs", "--table", tmp_path / "table.md")
    text = ("--corpus", folder / "corpus", "--held-out", folder / "data" / "validation.jsonl")
    run(monkeypatch, proxies, *files, *text, "--tokens", 640, "--held-out-windows", 4)
    table = (tmp_path / "table.md").read_text()
    assert "| proxy | parameters | tokens | minutes | bits per byte |" in table
    for name in ("first", "vocabulary", "adamw", "words", "scratch"):
        assert f"| {name} | " in table
    monkeypatch.setattr(ProxyRun, "train_step", None)
    run(monkeypatch, proxies, *files, *text, "--tokens", 640, "--held-out-windows", 4)
    assert (tmp_path / "table.md").read_text() == table
    assert table in capsys.readouterr().out


def test_every_proxy_costs_the_same(folder: Path, tmp_path: Path) -> None:
    path = describe(
        folder, tmp_path / "proxies.yaml", wide={"hidden_size": 64}, batch={"tokens_per_step": 256}
    )
    configs = read_proxies(path, tmp_path, seed=0)
    flop = 400 * ProxyRun(configs["first"]).flop_per_step()
    for config in configs.values():
        proxy = ProxyRun(config, flop=flop)
        assert proxy.config.max_steps * proxy.flop_per_step() == pytest.approx(flop, rel=0.01)


def test_what_cannot_be_is_refused(folder: Path, tmp_path: Path) -> None:
    path = describe(folder, tmp_path / "proxies.yaml", late={"init_from": "later"})
    with pytest.raises(ConfigurationError, match="no proxy 'later' stands above it"):
        read_proxies(path, tmp_path, seed=0)
    path = describe(folder, tmp_path / "proxies.yaml", odd={"optimizer": "sgd"})
    with pytest.raises(ConfigurationError, match="take muon or adamw"):
        read_proxies(path, tmp_path, seed=0)


def test_the_projects_own_proxies_are_whole(tmp_path: Path) -> None:
    configs = read_proxies(SHIPPED, tmp_path, seed=0)
    assert len({config.output_dir for config in configs.values()}) == len(configs)
    assert {config.objective for config in configs.values()} == {"causal", "masked"}
