"""What a head training masks: rates, spans, words, and what stays revealed."""

from __future__ import annotations

import numpy as np
import pytest

from training.head.lanes import Segment
from training.head.masks import MaskDrawing


def segment_of(length: int, key: int, *, epoch: int = 0, start: int = 0) -> Segment:
    return Segment(pieces=np.arange(length) % 40, key=key, epoch=epoch, start=start)


@pytest.mark.parametrize("kind", ["tokens", "spans", "words"])
def test_masks_follow_the_papers_rates_and_belong_to_the_document(kind: str) -> None:
    starts = np.arange(40) % 3 == 0
    drawing = MaskDrawing(is_word_start=starts, kind=kind, seed=1)
    masks = [drawing.draw(segment_of(2000, key))[0] for key in range(1500)]
    shares = np.array([mask.mean() for mask in masks])
    # Beta(2.5, 2.5): mean 1/2, variance 1/24, and a little from the draws.
    assert abs(shares.mean() - 0.5) < 0.02
    assert abs(shares.var() - 1 / 24) < 0.006
    assert np.array_equal(drawing.draw(segment_of(2000, 7))[0], masks[7])
    others = (
        segment_of(2000, 7, epoch=1),
        segment_of(2000, 7, start=9),
        segment_of(2000, 8),
    )
    assert not any(np.array_equal(drawing.draw(other)[0], masks[7]) for other in others)


def test_whole_words_and_spans_are_masked_together() -> None:
    starts = np.arange(40) % 3 == 0
    words = MaskDrawing(is_word_start=starts, kind="words")
    spans = MaskDrawing(is_word_start=starts, kind="spans", span_length=6.0)
    runs = []
    for key in range(300):
        segment = segment_of(120, key)
        mask, rate = words.draw(segment)
        inside = ~starts[segment.pieces[1:]]
        assert np.array_equal(mask[1:][inside], mask[:-1][inside])
        mask, rate = spans.draw(segment)
        if rate < 0.5:
            edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
            runs += (edges[1::2] - edges[::2]).tolist()
    assert 4.5 < np.mean(runs) < 7.0


def test_a_revealed_prefix_has_no_masks() -> None:
    drawing = MaskDrawing(is_word_start=np.ones(40, dtype=bool), revealed_prefix_share=0.999)
    firsts = [np.argmax(drawing.draw(segment_of(200, key))[0]) for key in range(200)]
    assert 60 < np.mean(firsts) < 140
