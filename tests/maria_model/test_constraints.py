"""What constraints ask of a fill's text."""

from __future__ import annotations

import pytest
from constraint_oracle import constraint_lists, obeys
from hypothesis import given, settings
from hypothesis import strategies as st

from maria_model.blanks import Constraint, find_blanks
from maria_model.constraints import (
    character_limit,
    listed_words,
    rule_of,
    satisfies,
    small_first,
    violations,
)
from maria_model.errors import NotSupportedError


def constraints(items: str) -> tuple[Constraint, ...]:
    return find_blanks(f"[MASK:{items}]")[0].constraints


@settings(max_examples=100)
@given(rules=constraint_lists, text=st.text("abs1Aé' ", min_size=1, max_size=6))
@pytest.mark.parametrize("begins_sentence", [False, True])
def test_they_mean_what_string_methods_say(
    rules: tuple[Constraint, ...], text: str, begins_sentence: bool
) -> None:
    text = " ".join(text.split()) or "a"
    expected = obeys(rules, text, begins_sentence=begins_sentence)
    assert satisfies(rules, text, begins_sentence=begins_sentence) == expected


@pytest.mark.parametrize(
    ("items", "good", "bad"),
    [
        ('contains="lamp"', "lamplight", "Lamplight"),
        ('starts="un"', "unlit", "Unlit"),
        ('ends="ed"', "lit and sealed", "sealing"),
        ('regex="[a-z]+|[0-9]+"', "lamp", "lamp1"),
        ('allowed="red| deep  green "', "deep green", "green"),
        ('forbidden="very|of course"', "every", "Very"),
        ('forbidden="very|of course"', "in course of", "yes Of Course not"),
        ('forbidden="don"', "don't", "a Don"),
        ("max_chars=4", "lamp", "lamps"),
        ("max_chars=1", "é", "e\u0301"),
        ('contains="e\u0301"', "café", "cafe"),
        ('allowed="don’t"', "don't", "dont"),
        ('contains="a.c"', "a.c", "abc"),
        ('contains="नम"', "नमक", "मन"),
    ],
)
def test_examples(items: str, good: str, bad: str) -> None:
    assert satisfies(constraints(items), good)
    assert not satisfies(constraints(items), bad)


@pytest.mark.parametrize(
    ("items", "bad"),
    [('allowed="red|green"', "RED"), ('starts="re"', "RE"), ('regex="[a-z]+"', "ReD")],
)
def test_a_sentence_may_begin_with_the_capital(items: str, bad: str) -> None:
    assert satisfies(constraints(items), "Red", begins_sentence=True)
    assert satisfies(constraints(items), "red", begins_sentence=True)
    assert not satisfies(constraints(items), "Red")
    assert not satisfies(constraints(items), bad, begins_sentence=True)


def test_a_capital_may_answer_one_constraint_and_its_small_letter_another() -> None:
    rules = constraints('allowed="red", regex="[A-Z].*"')
    assert satisfies(rules, "Red", begins_sentence=True)
    assert not satisfies(rules, "red", begins_sentence=True)


def test_violations_name_each_broken_constraint() -> None:
    rules = constraints('contains="x", ends="p", forbidden="lamp", max_chars=3')
    assert violations(rules, "lamp") == [
        'does not contain "x"',
        'has a word of "lamp"',
        "has more than 3 characters",
    ]
    assert violations((), "lamp") == []


def test_a_list_is_compared_word_by_word() -> None:
    (rule,) = constraints('allowed="deep  green|cafe\u0301"')
    assert listed_words(rule) == ("deep green", "café")


def test_the_strictest_limit_counts() -> None:
    assert character_limit(constraints('max_chars=12, contains="a"')) == 12
    assert character_limit(constraints('contains="a"')) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("Red", "red"), ("İzmir", "İzmir"), ("1a", "1a"), ("", "")]
)
def test_a_small_first_letter(text: str, expected: str) -> None:
    assert small_first(text) == expected


def test_too_long_a_list_is_refused_by_its_name() -> None:
    rule = Constraint(key="forbidden", value="|".join(f"word{n}" for n in range(3_000)))
    with pytest.raises(NotSupportedError, match="The forbidden text of a blank is too long"):
        rule_of(rule)
