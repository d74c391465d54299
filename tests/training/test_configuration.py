from __future__ import annotations

from pathlib import Path

import pytest

from maria_model.errors import ConfigurationError
from training.configuration import load_config, save_config
from training.pretrain import PretrainConfig
from training.train_head import HeadConfig

# The proxies' tables describe many runs each; their own tests read them.
CONFIGS = [
    path
    for path in sorted((Path(__file__).parents[2] / "training" / "configs").glob("*.yaml"))
    if not path.stem.endswith("proxies")
]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_loads(path: Path, tmp_path: Path) -> None:
    config_type = PretrainConfig if path.stem.endswith(("causal", "masked")) else HeadConfig
    config = load_config(config_type, path, [])
    save_config(config, tmp_path / "again.yaml")
    assert load_config(config_type, tmp_path / "again.yaml", []) == config


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("max_minuets=3", "unknown key 'max_minuets'"),
        ("max_minutes=soon", "max_minutes"),
        ("batch_size=0", "batch_size=0"),
        ("batch_size=2.5", "batch_size"),
        ("batch_size=four", "'four' is no whole number\\."),
        ("max_minutes=soon", "'soon' is no number or null\\."),
        ("max_minutes", "key=value"),
        ("layuot=packed", "unknown key 'layuot'\\. Did you mean layout\\?"),
        ("zzz=1", "unknown key 'zzz'\\. Known: batch_size, .* weight_decay\\.$"),
        ("text=[a", r"'text=\[a' is not valid YAML \(line 1: "),
        ("text=2024-99-99", "'text=2024-99-99' is not valid YAML"),
        ("seed=99999999999999999999", "seed=99999999999999999999: take 9223372036854775807 or"),
    ],
)
def test_a_bad_setting_is_named(override: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_config(HeadConfig, None, [override])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"layout: packed\ntext: 'open\n", r"run\.yaml is not valid YAML \(line 3: "),
        (b"\xff\xfe", r"run\.yaml is not UTF-8"),
        (b"- a list\n", r"run\.yaml holds no key: value lines"),
        (b"a\x00b: 1\n", r"run\.yaml is not valid YAML \("),
    ],
)
def test_a_bad_file_is_named_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_config(HeadConfig, path, [])
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_config(HeadConfig, tmp_path, [])


def test_the_objective_and_its_start_belong_together() -> None:
    with pytest.raises(ConfigurationError, match="init_from"):
        PretrainConfig(objective="masked")
    with pytest.raises(ConfigurationError, match="objective"):
        PretrainConfig(objective="causl")
