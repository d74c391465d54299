"""The numbers that a head training writes down."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from maria_model.errors import MariaError
from training.head.metrics import MetricsFile, tracked_numbers


def test_trackers_get_every_number_and_nothing_else() -> None:
    row = {
        "step": 3,
        "loss": 2.5,
        "loss_by_mask_rate": {"0.0-0.2": 2.0, "0.8-1.0": 3.0},
        "note": "a",
    }
    assert tracked_numbers(row) == {
        "step": 3,
        "loss": 2.5,
        "loss_by_mask_rate/0.0-0.2": 2.0,
        "loss_by_mask_rate/0.8-1.0": 3.0,
    }


def test_rows_of_metrics_stay_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(MariaError, match=r"metrics\.jsonl could not be written: the disk is"):
            MetricsFile(path, step=1)
    assert path.read_bytes() == before
    MetricsFile(path, step=1).close()
    assert path.read_text() == '{"step": 1}\n'
