"""Words that stand out: levels, likelier words, slips, and positions beyond the first plane."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.likelihood_words import (
    OddWord,
    count_unjudged,
    distance,
    odd_marks,
)
from maria_model.api import Candidate, WordKind, WordScore
from maria_model.oddness import Level


def score(
    text: str,
    start: int,
    bits: float,
    likelier: tuple[str, ...] = (),
    *,
    kind: WordKind = "word",
    less_likely: tuple[str, ...] = (),
) -> WordScore:
    others = [(word, -1.0) for word in likelier] + [(word, -20.0) for word in less_likely]
    return WordScore(
        start=start,
        end=start + len(text),
        text=text,
        kind=kind,
        logprob=-10.0,
        margin=9.0,
        oddness=bits * math.log(2),
        rank=9,
        alternatives=tuple(Candidate(text=word, logprob=logprob) for word, logprob in others),
    )


def only(word: WordScore) -> OddWord:
    [(_, odd)] = odd_marks((word,), word.text, word.start)
    return odd


def test_positions_are_utf16_units_of_the_passage() -> None:
    passage = "🙂 the lamp 🙂 hem"
    words = (score("lamp", 100 + 6, 9.0), score("hem", 100 + 13, 14.0))
    marks = odd_marks(words, passage, 100)
    assert [(start, word.text, word.level) for start, word in marks] == [
        (7, "lamp", Level.UNUSUAL),
        (15, "hem", Level.VERY_UNLIKELY),
    ]


@pytest.mark.parametrize("kind", ["name", "number", "code"])
def test_names_numbers_and_code_are_never_marked(kind: WordKind) -> None:
    assert odd_marks((score("Ines", 0, 99.0, kind=kind),), "Ines", 0) == []


# What the embedded model would rather have in their places.
_BYTES = ("iced", "eur", "ital", "idly", "q", "elle")


@pytest.mark.parametrize("word", ["שלום", "дождём", "σκυλί", "البيت", "她看见", "ひらがな"])
def test_words_of_a_script_that_the_model_does_not_know_are_not_judged(word: str) -> None:
    scored = (score(word, 0, 50.0, _BYTES),)
    assert odd_marks(scored, word, 0) == []
    assert count_unjudged(scored) == 1


def test_the_word_behind_one_that_could_not_be_read_is_not_judged_either() -> None:
    words = (score("שלום", 0, 50.0, _BYTES), score("to", 5, 20.0, ("kissed",)))
    assert odd_marks(words, "שלום to the sea", 0) == []
    assert len(odd_marks((*words, score("the", 8, 20.0, ("a",))), "שלום to the sea", 0)) == 1


@pytest.mark.parametrize(
    ("word", "likelier"),
    [
        ("café", ("house", "garden")),
        ("größeren", ("de", "la")),
        ("e\u0301tude", ("song",)),
        ("đường", ("road",)),
        ("дождём", ("снегом", "rain")),
        ("hem", ()),
    ],
)
def test_words_of_a_script_that_the_model_knows_are_judged(
    word: str, likelier: tuple[str, ...]
) -> None:
    scored = (score(word, 0, 50.0, likelier),)
    assert len(odd_marks(scored, word, 0)) == 1
    assert count_unjudged(scored) == 0


def test_expected_words_are_not_marked() -> None:
    assert odd_marks((score("lamp", 0, 3.0),), "lamp", 0) == []


def test_at_most_three_words_are_offered_and_only_likelier_ones() -> None:
    assert only(score("hem", 0, 11.0, ("edge", "side", "end", "top"))).likelier == (
        "edge",
        "side",
        "end",
    )
    assert only(score("hem", 0, 11.0, ("edge",), less_likely=("side",))).likelier == ("edge",)


@pytest.mark.parametrize(
    ("word", "likelier", "first", "is_slip"),
    [
        ("four", ("on", "for", "up"), "for", True),
        ("hem", ("edge", "rim"), "edge", False),
        ("their", ("the", "there"), "the", True),
        ("knokcing", ("banging", "knocking"), "knocking", True),
        ("a", ("I",), "I", False),
        ("boots", ("lamp", "coat"), "lamp", False),
    ],
)
def test_a_slip_has_a_likelier_word_within_two_letters(
    word: str, likelier: tuple[str, ...], first: str, is_slip: bool
) -> None:
    odd = only(score(word, 0, 14.0, likelier))
    assert (odd.likelier[0], odd.is_slip) == (first, is_slip)


def test_a_word_far_away_is_no_slip_even_if_it_is_less_likely() -> None:
    assert not only(score("four", 0, 14.0, ("on",), less_likely=("for",))).is_slip


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("four", "for", 1), ("form", "from", 1), ("hem", "rim", 2), ("", "ab", 2), ("ab", "ab", 0)],
)
def test_distance(one: str, other: str, steps: int) -> None:
    assert distance(one, other) == steps


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_a_distance(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))
