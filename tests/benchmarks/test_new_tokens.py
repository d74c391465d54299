from __future__ import annotations

import itertools

import pytest

from benchmarks.new_tokens import time_new_tokens
from benchmarks.random_pairs import random_pair
from maria_model.causal_reader import CausalReader


@pytest.mark.parametrize(("per_pass", "passes"), [(1, 4), (4, 1)])
def test_so_many_new_tokens_are_read_after_so_many_cached_ones(
    per_pass: int, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[tuple[int, int]] = []
    read = CausalReader.read

    def counted(reader: CausalReader, pieces: list[int]) -> object:
        lengths.append((reader.length, len(pieces)))
        return read(reader, pieces)

    monkeypatch.setattr(CausalReader, "read", counted)
    ticks = itertools.count()
    taken = time_new_tokens(
        random_pair("tiny"),
        cached=20,
        tokens=4,
        per_pass=per_pass,
        repeats=3,
        clock=lambda: float(next(ticks)),
    )
    assert taken == [1000.0] * 3
    # The first round warms up; each begins after the same cached pieces.
    new = [(20 + first, per_pass) for first in range(0, 4, per_pass)]
    assert lengths == [(0, 20), *(new * 4)]
    assert len(new) == passes
