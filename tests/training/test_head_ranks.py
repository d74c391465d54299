"""What is said where another process of a head training is gone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from accelerate import Accelerator

from maria_model.errors import MariaError
from training.head.ranks import Ranks


def ranks_of(processes: int) -> Ranks:
    accelerator = SimpleNamespace(num_processes=processes, process_index=1)
    return Ranks(cast(Accelerator, accelerator), Path("runs/head"))


@pytest.mark.parametrize(
    "reason",
    [
        "[../gloo/transport/tcp/pair.cc:547] Connection closed by peer [127.0.0.1]:30245",
        "NCCL communicator was aborted on rank 1.\nLast error:\n",
        "Timed out waiting 60000ms for recv operation to complete",
    ],
)
def test_a_lost_process_is_told_in_one_line(reason: str) -> None:
    said = r"Process 1 lost another one at step 7 .*runs/head"
    with pytest.raises(MariaError, match=said) as caught, ranks_of(2).naming_lost(7):
        raise RuntimeError(reason)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("processes", "reason"),
    [(1, "Connection closed by peer"), (2, "mat1 and mat2 shapes cannot be multiplied")],
)
def test_what_is_no_lost_process_is_not_called_one(processes: int, reason: str) -> None:
    with pytest.raises(RuntimeError, match=reason), ranks_of(processes).naming_lost(7):
        raise RuntimeError(reason)
