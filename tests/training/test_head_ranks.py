"""What is said where another process of a head training is gone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from accelerate import Accelerator

from maria_model.errors import MariaError
from training.head.checkpoints import Progress
from training.head.lanes import Place
from training.head.loading import Step
from training.head.ranks import Ranks
from training.head.run import HeadTraining


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


def test_a_process_lost_at_the_end_of_a_step_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(ranks: Ranks, values: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("Connection closed by peer")

    monkeypatch.setattr(Ranks, "sum", lost)
    run = HeadTraining.__new__(HeadTraining)
    run.progress, run.ranks, run.device = Progress(step=6), ranks_of(2), torch.device("cpu")
    run.accelerator = cast(Accelerator, SimpleNamespace(is_main_process=True))
    step = Step(batches=[], place=cast(Place, None), pieces=0, slots=0)
    with pytest.raises(MariaError, match="lost another one at step 7"):
        run._advance(step, 0.0, pieces=0, masked=0)


@pytest.mark.parametrize(
    ("is_main", "said"), [(True, "the disk is full"), (False, "The main process could not go on")]
)
def test_all_processes_stop_where_the_main_one_fails(
    is_main: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        assert is_main, "the others leave it alone"
        raise MariaError("the disk is full")

    ranks = Ranks(
        cast(Accelerator, SimpleNamespace(is_main_process=is_main, device="cpu")), Path("runs")
    )
    # The main process's failure, seen from either.
    monkeypatch.setattr(Ranks, "sum", lambda ranks, failed: torch.ones(1))
    with pytest.raises(MariaError, match=said):
        ranks.on_main(fail, step=0)


def test_all_processes_go_on_where_the_main_one_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    accelerator = SimpleNamespace(is_main_process=True, device="cpu", num_processes=2)
    monkeypatch.setattr(Ranks, "sum", lambda ranks, failed: failed)
    Ranks(cast(Accelerator, accelerator), Path("runs")).on_main(lambda: done.append("x"), step=0)
    assert done == ["x"]
