"""A review as plain data: which sweep is the best."""

from __future__ import annotations

import pytest

from maria_editor.window.review_session import Review
from maria_model.api import PassageScore, Reading


@pytest.mark.parametrize(
    ("sweep", "is_best"), [(0, False), (1, False), (2, True), (3, True), (4, False)]
)
def test_a_sweep_that_equals_the_best_is_the_best(sweep: int, is_best: bool) -> None:
    flows = (-9.0, -5.0, -5.0, -7.0)
    readings = [
        Reading(sweep=i, text="", changes=(), score=PassageScore(flow=flow, fit=None))
        for i, flow in enumerate(flows, start=1)
    ]
    start = PassageScore(flow=-8.0, fit=None)
    assert Review("", 0, 0, readings, score=start, sweep=sweep).is_best() is is_best


def test_flow_is_a_mean_a_word_however_long_a_sweep_is() -> None:
    text = "She walked to the sea. " + "and on " * 100
    end = text.index(" and on")
    readings = [Reading(sweep=1, text="", changes=(), score=PassageScore(flow=-58.0, fit=-2.0))]
    start = PassageScore(flow=-87.0, fit=None)
    review = Review(text, 0, end, readings, score=start)
    # Five words and the twenty-four behind them that the flow counts too.
    assert review.scores() == [
        PassageScore(flow=-3.0, fit=None),
        PassageScore(flow=-2.0, fit=-2.0),
    ]
    assert Review("", 0, 0).scores() == [None]


def test_the_writers_own_text_is_no_sweep() -> None:
    assert not Review("", 0, 0).is_best()


def test_what_has_no_score_is_not_called_the_best() -> None:
    reading = Reading(sweep=1, text="", changes=())
    assert not Review("", 0, 0, [reading], sweep=1).is_best()
