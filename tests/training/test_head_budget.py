"""What `training.budget` counts and says, held against figures from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from maria_model.errors import ConfigurationError
from maria_model.registry import find_backbone
from training.budget import KNOWN_SHAPES, MACHINES, pair_cost, report, seconds_per_step
from training.configuration import load_config
from training.head.configuration import HeadConfig

CONFIGS = Path(__file__).parents[2] / "training" / "configs"


def config_of(name: str, *overrides: str) -> HeadConfig:
    return load_config(HeadConfig, CONFIGS / f"{name}.yaml", list(overrides))


@pytest.mark.parametrize("name", ["maria_1b_8gpu", "ettin_150m_1gpu"])
def test_the_known_shapes_have_the_published_sizes(name: str) -> None:
    config = config_of(name)
    cost = pair_cost(config)
    counted = (cost.causal, cost.masked)
    for source, backbone in zip((config.causal_lm, config.masked_lm), counted, strict=True):
        published = find_backbone(source)
        assert published is not None
        # The registry leaves small vectors out.
        assert backbone.parameters == pytest.approx(published.parameters, rel=0.005)
        assert backbone.hidden_size == published.hidden_size


def test_the_papers_steps_hold_the_papers_tokens() -> None:
    for name, tokens in (("maria_1b_8gpu", 30e9), ("maria_7b_8gpu", 7e9)):
        config = config_of(name)
        assert config.rows_per_process == 32
        read = config.max_steps * 8 * config.rows_per_process * config.sequence_length
        assert read == pytest.approx(tokens, rel=0.01)


def test_a_low_rank_head_costs_less_and_more_devices_take_less_time() -> None:
    config = config_of("ettin_150m_1gpu")
    whole, low = pair_cost(config), pair_cost(config_of("ettin_150m_1gpu", "head_rank=64"))
    assert low.head_flop() < 0.7 * whole.head_flop()
    assert low.trained_parameters < 0.1 * whole.trained_parameters
    assert low.frozen_bound(1024) > whole.frozen_bound(1024)
    by_name = {machine.name: seconds_per_step(whole, config, machine, 64) for machine in MACHINES}
    assert by_name["1 x H100 SXM"] == pytest.approx(8 * by_name["8 x H100 SXM"])


def test_the_report_names_every_machine() -> None:
    text = report(config_of("maria_1b_8gpu"), processes=8)
    assert all(machine.name in text for machine in MACHINES)
    assert "333,312 pieces" in text


def test_an_unknown_pair_is_named() -> None:
    with pytest.raises(ConfigurationError, match="causal_lm=nobody/knows: no folder here"):
        pair_cost(config_of("maria_1b_8gpu", "causal_lm=nobody/knows"))
    assert "allenai/OLMo-1B-hf" in KNOWN_SHAPES
