from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maria_model.checkpoint import write_checksums
from maria_model.configuration import Calibration, InferenceConstants, MariaConfig
from maria_model.errors import CheckpointError, ConfigurationError
from maria_model.gate import Gate
from maria_model.modeling import MariaForMaskedInfilling

FITTED = InferenceConstants(
    gate=Gate(causal=(0.75, 0.4, 0.3), masked=(1.4, -0.1, -0.6)),
    length_log_priors=(0.0, -2.5),
    masked_weight=0.2,
    marias_weight=0.25,
    suffix_pieces=6,
    one_piece_proposals=8,
    calibration=Calibration(temperature=1.2, one_piece_share=0.9),
)


def test_nothing_fitted_is_neutral() -> None:
    assert MariaConfig().inference is None
    assert MariaConfig().inference_constants == InferenceConstants()
    assert InferenceConstants().gate.is_neutral


def test_constants_survive_json() -> None:
    mapping = json.loads(json.dumps(FITTED.to_dict()))
    assert InferenceConstants.from_dict(mapping) == FITTED


def test_a_mapping_may_name_some_constants_only() -> None:
    constants = InferenceConstants.from_dict({"calibration": {"temperature": 2}})
    assert constants == InferenceConstants(calibration=Calibration(temperature=2.0))


def test_constants_go_with_the_model(tiny_model_dir: Path, tmp_path: Path) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir)
    model.config.inference = FITTED.to_dict()
    model.save_pretrained(tmp_path / "fitted")
    again = MariaForMaskedInfilling.from_pretrained(tmp_path / "fitted")
    assert again.config.inference_constants == FITTED


def test_another_heads_constants_are_dropped(tiny_model_dir: Path) -> None:
    model = MariaForMaskedInfilling.from_pretrained(tiny_model_dir)
    model.config.inference = FITTED.to_dict()
    model.reset_to_product_of_experts()
    assert model.config.inference_constants == InferenceConstants()


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"gaet": {}}, "unknown key 'gaet'"),
        ({"gate": {"casual": [1.0, 0.0, 0.0]}}, "gate: unknown key 'casual'"),
        ({"gate": [1.0]}, "gate: .* is no mapping"),
        ({"gate": {"causal": [1.0, 0.0]}}, "causal="),
        ({"length_log_priors": []}, "length_log_priors"),
        ({"length_log_priors": 1.0}, "length_log_priors"),
        ({"suffix_pieces": 2.5}, "suffix_pieces"),
        ({"suffix_pieces": -1}, "suffix_pieces=-1"),
        ({"one_piece_proposals": 0}, "one_piece_proposals=0"),
        ({"marias_weight": "much"}, "marias_weight"),
        ({"marias_weight": True}, "marias_weight"),
        ({"masked_weight": float("inf")}, "masked_weight"),
        ({"calibration": {"temperature": 0.0}}, "temperature=0"),
        ({"calibration": {"one_piece_share": 1.5}}, "one_piece_share=1.5"),
    ],
)
def test_impossible_constants_are_refused_where_the_file_is_read(
    mapping: dict[str, Any], message: str, tiny_model_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MariaConfig(inference=mapping)
    folder = tmp_path / "model"
    MariaForMaskedInfilling.from_pretrained(tiny_model_dir).save_pretrained(folder)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"inference": mapping}))
    write_checksums(folder)
    with pytest.raises(CheckpointError, match=message):
        MariaForMaskedInfilling.from_pretrained(folder)
