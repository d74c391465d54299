from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, models

from training.backbones import build_causal_lm, build_masked_lm
from training.configuration import load_config
from training.pretrain import PretrainConfig
from training.train_tokenizer import SPECIAL_TOKENS

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "training" / "configs"


def step(name: str, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run one step of the plan."""
    return subprocess.run(
        ["bash", "training/gpu_plan.sh", name, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHON": sys.executable} | {k: str(v) for k, v in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_model_of_the_plan_fits_the_repository() -> None:
    """90 MB of bf16 in all, files below 16 MB; the head is one file."""
    pieces = [*SPECIAL_TOKENS, *map(str, range(8192 - len(SPECIAL_TOKENS)))]
    tokenizer = Tokenizer(models.WordLevel({piece: at for at, piece in enumerate(pieces)}))
    assert "--vocab-size 8192" in (ROOT / "training" / "gpu_plan.sh").read_text()
    config = load_config(PretrainConfig, CONFIGS / "gpu_causal.yaml", [])
    with torch.device("meta"):
        causal_lm = build_causal_lm(
            tokenizer,
            hidden_size=config.hidden_size,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_hidden_layers,
            num_attention_heads=config.num_attention_heads,
            max_position_embeddings=config.sequence_length,
        )
        masked_lm = build_masked_lm(tokenizer, causal_lm)
    backbones = (causal_lm, masked_lm)
    numbers = sum(part.numel() for model in backbones for part in model.parameters())
    head = 8192 * (2 * config.hidden_size + 1)
    assert 2 * head < 16_000_000
    assert 80_000_000 < 2 * (numbers + head) <= 90_000_000


def test_the_plan_takes_25_minutes_and_six_epochs_of_the_text_at_most() -> None:
    configs = [
        load_config(PretrainConfig, CONFIGS / f"gpu_{role}.yaml", ["init_from=."])
        for role in ("causal", "masked")
    ]
    assert all(config.max_minutes <= 9 for config in configs)  # a job has ten
    assert configs[0].max_steps * configs[0].tokens_per_step <= 6 * 65_122_539


def test_what_ships_is_set_aside_and_comes_back(tmp_path: Path) -> None:
    model, places = tmp_path / "model", {"MODEL": tmp_path / "model", "PACK": tmp_path / "pack"}
    model.mkdir()
    (model / "README.md").write_text("The card.\n")
    assert step("aside", **places).returncode == 0
    assert not model.exists()
    assert step("back", **places).returncode == 0
    assert (model / "README.md").read_text() == "The card.\n"
    again = step("back", **places)
    assert again.returncode == 1
    assert "no model was set aside" in again.stderr
    assert (model / "README.md").is_file()


def test_a_job_that_is_too_heavy_to_travel_is_told_so(tmp_path: Path) -> None:
    with (tmp_path / "part").open("wb") as part:
        part.truncate(64 << 20)
    heavy = step("weigh", str(tmp_path), PACK=tmp_path / "pack")
    assert heavy.returncode == 1
    assert "too heavy" in heavy.stderr


def test_the_plan_runs_from_data_to_a_filled_blank_at_toy_size(tmp_path: Path) -> None:
    """Tokenizer, data, causal LM, masked LM, head, tables, model folder, `maria fill`."""
    folder = tmp_path / "rehearsal"
    result = step("rehearse", str(folder))
    assert result.returncode == 0, result.stderr[-2000:]
    sentence = result.stdout.strip().splitlines()[-1]
    assert sentence.startswith("The keeper carried the red ")
    assert sentence.endswith(" by the sea.")
    assert "[MASK]" not in sentence
    assert (folder / "model" / "head.safetensors").is_file()
    assert "| 0.5 |" in (folder / "pack" / "results" / "evaluation.md").read_text()
