"""Which losses stop a head training: no number, and far off for long; no honest run's."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_model.errors import MariaError
from training.head.loss_watch import STEPS, LossWatch

PIECES = 50_000
LIMIT = 2 * math.log(PIECES)


def watch() -> LossWatch:
    return LossWatch(pieces=PIECES, output_dir=Path("runs/head"))


def see_all(losses: list[float], *, start: float = 3.0) -> LossWatch:
    watched = watch()
    for step, loss in enumerate(losses):
        watched.see(loss, start=start, step=step)
    return watched


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_at_once(loss: float) -> None:
    with pytest.raises(MariaError, match=f"Loss is {loss} at step 0: lower learning_rate"):
        see_all([loss])


def test_losses_far_off_stop_a_run_after_a_while_in_one_line() -> None:
    see_all([LIMIT + 1] * (STEPS - 1))
    with pytest.raises(
        MariaError, match=r"above 21\.6 for 100 steps.*runs/head are intact"
    ) as told:
        see_all([3.0, *[LIMIT + 1] * STEPS])
    assert "\n" not in str(told.value)
    with pytest.raises(MariaError, match="above"):
        see_all([10.0**step for step in range(2, 2 + STEPS)])


@given(st.lists(st.floats(0.0, LIMIT), max_size=3 * STEPS))
def test_no_losses_a_blind_guess_could_have_stop_a_run(losses: list[float]) -> None:
    assert not see_all(losses, start=0.0).is_astray


def test_one_good_step_among_bad_ones_is_enough() -> None:
    assert not see_all(([1e3] * (STEPS - 1) + [3.0]) * 3).is_astray


def test_losses_that_come_back_are_left_alone() -> None:
    falling = [1000.0 - step for step in range(900)]
    assert see_all(falling).is_astray
    assert not see_all([*falling, 3.0]).is_astray


def test_a_pair_that_begins_badly_is_judged_by_its_start() -> None:
    assert not see_all([100.0] * 2 * STEPS, start=60.0).is_astray
    with pytest.raises(MariaError, match="where 40 was the start"):
        see_all([100.0] * STEPS, start=40.0)
