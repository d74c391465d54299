from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_plan_runs_from_data_to_a_filled_blank_at_toy_size(tmp_path: Path) -> None:
    """Tokenizer, data, causal LM, masked LM, head, tables, model folder, `maria fill`."""
    folder = tmp_path / "rehearsal"
    result = subprocess.run(
        ["bash", "training/gpu_plan.sh", "rehearse", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    sentence = result.stdout.strip().splitlines()[-1]
    assert sentence.startswith("The keeper carried the red ")
    assert sentence.endswith(" by the sea.")
    assert "[MASK]" not in sentence
    assert (folder / "model" / "head.safetensors").is_file()
    assert "| 0.5 |" in (folder / "pack" / "results" / "evaluation.md").read_text()
