"""The plan for a graphics card, rehearsed on the CPU at toy size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_plan_runs_from_tests_to_profile_at_toy_size(tmp_path: Path) -> None:
    result = subprocess.run(
        ["bash", "benchmarks/cuda_plan.sh", "rehearse", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHON": sys.executable, "SITE": str(tmp_path / "no-site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert "not finished: none" in result.stderr
    # What comes back from the lent machine: eight files at most.
    assert len(list(tmp_path.iterdir())) <= 8
    for name, cache in (("embedded", "static"), ("large", "compiled")):
        report = json.loads((tmp_path / f"{name}.json").read_text())
        assert report["setting"]["cache"] == cache
        ways = {row["method"]: row for row in report["rows"]}
        assert set(ways) == {"engine", "algorithm-1", "engine-dynamic"}
        assert "| 0.5 | this engine, dynamic cache |" in (tmp_path / f"{name}.md").read_text()
    assert "Algorithm 1" in (tmp_path / "profile.txt").read_text()
    assert "skipped" in (tmp_path / "tests.txt").read_text()
