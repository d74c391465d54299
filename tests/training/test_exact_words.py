from __future__ import annotations

import pytest

from maria_model.api import BlankResult, Candidate
from maria_model.blanks import find_blanks
from maria_model.errors import ConfigurationError
from training.experiments.exact_words import (
    KINDS,
    PAGE,
    Count,
    Kind,
    Passage,
    commonest_words,
    count_right,
    draw_passages,
    interval,
    summary,
)

TEXT = "The lamp stood by the old gate, and the snow lay on the roofs of the town. " * 60


def answer(index: int, *words: tuple[str, float]) -> BlankResult:
    return BlankResult(
        index=index,
        start=0,
        end=6,
        fill=words[0][0],
        logprob=words[0][1],
        candidates=tuple(Candidate(text=text, logprob=logprob) for text, logprob in words),
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_words_put_back_make_the_text_again(kind: Kind) -> None:
    for passage in draw_passages([TEXT, TEXT[5:]], kind, 7, seed=1):
        blanks = find_blanks(passage.text)
        assert len(blanks) == len(passage.truths) == kind.blanks
        assert {blank.minimum for blank in blanks} == {kind.words}
        whole, position = "", 0
        for blank, truth in zip(blanks, passage.truths, strict=True):
            assert truth.count(" ") == kind.words - 1
            whole += passage.text[position : blank.start] + truth
            position = blank.end
        whole += passage.text[position:]
        assert whole in TEXT
        assert len(whole) <= PAGE


def test_the_same_seed_blanks_the_same_words() -> None:
    first, again = (draw_passages([TEXT], KINDS[0], 5, seed=3) for _ in range(2))
    assert first == again
    assert first != draw_passages([TEXT], KINDS[0], 5, seed=4)


def test_too_little_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="fifty on a page"):
        draw_passages(["Short."], KINDS[-1], 1, seed=0)


def test_first_answers_five_answers_and_content_words_are_counted_apart() -> None:
    passage = Passage(text="", truths=("The", "lamp", "snow"))
    blanks = [
        answer(0, ("the", -1.0)),
        answer(1, ("gate", -2.0), ("Lamp", -1.5)),
        answer(2, *((word, -1.0) for word in "abcdef"), ("snow", -9.0)),
    ]
    counts = count_right(passage, blanks, commonest=frozenset({"the"}), own=False)
    assert counts["all words"] == Count(blanks=3, first=1, among_five=2)
    assert counts["content words"] == Count(blanks=2, first=0, among_five=1)
    # By its own likelihood the reader would have said "lamp".
    own = count_right(passage, blanks, commonest=frozenset({"the"}), own=True)
    assert own["content words"].first == 1
    # A blank that was left unfilled is one that did not come back.
    assert count_right(passage, [], commonest=frozenset(), own=False)["all words"].blanks == 3


def test_the_commonest_words_are_told_by_counting() -> None:
    assert commonest_words(["The lamp, the gate", "the Lamp"], count=2) == {"the", "lamp"}


def test_shares_and_differences_are_of_blanks() -> None:
    ours = [Count(blanks=1, first=1, among_five=1), Count(blanks=3, first=1, among_five=2)]
    theirs = [Count(blanks=1, first=0, among_five=1), Count(blanks=3, first=1, among_five=2)]
    assert summary(ours) == {"blanks": 4, "top_1": 0.5, "with_five": 4, "top_5": 0.75}
    single = Count(blanks=4, first=1, among_five=0, single=4)
    assert summary([*ours, single])["top_5"] == 0.75
    assert interval(ours, theirs).mean == pytest.approx(0.25)
