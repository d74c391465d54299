"""Regular expressions as automata, with Python's `re` as the oracle."""

from __future__ import annotations

import re

import pytest
from constraint_oracle import regexes
from hypothesis import given, settings
from hypothesis import strategies as st

from maria_model.automata import Pattern
from maria_model.errors import ConfigurationError, NotSupportedError

texts = st.text("abs1Aé' _-", min_size=1, max_size=6)


@settings(max_examples=200)
@given(pattern=regexes, text=texts)
def test_a_full_match_is_what_re_says(pattern: str, text: str) -> None:
    assert Pattern(pattern).fullmatch(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "matches", "fails"),
    [
        ("(?i)É(?-i:x)", "éx", "ÉX"),
        ("(?s:.)(?i:Ab)*", "1aBAB", "1aBA"),
        (r"[]a]\]{2}", "]]]", "a]"),
        (r"[^]a]x{2,}", "bxxx", "]xx"),
        ("a{}b{x", "a{}b{x", "ab"),
        (r"\u00e9\x61\061", "éa1", "éa"),
        ("(?P<n>a)|b(?#c)*", "bbb", "ab"),
        (r"^\bred\b.*$", "red door", "redder"),
        (r"(?a:\w)+", "ab", "aé"),
        (r"a(?a:\b)é\b", "aé", "ab"),
        (r"(?a)(?u:\w)\w", "éa", "éé"),
        ("", "", "a"),
        ("[^\\s\\S]|a", "a", "b"),
    ],
)
def test_syntax(pattern: str, matches: str, fails: str) -> None:
    assert Pattern(pattern).fullmatch(matches)
    assert re.fullmatch(pattern, matches)
    assert not Pattern(pattern).fullmatch(fails)
    assert not re.fullmatch(pattern, fails)


@pytest.mark.parametrize("pattern", ["don't", "don’t", "don[']t", r"don\u2019t"])
@pytest.mark.parametrize("text", ["don't", "don’t"])
def test_both_apostrophes_are_one_character(pattern: str, text: str) -> None:
    assert Pattern(pattern).fullmatch(text)


def test_reading_takes_time_linear_in_the_text() -> None:
    # Python's own matcher would need 2 to the power of 200 steps.
    assert not Pattern("(a+)+b").fullmatch("a" * 200)


def test_progress_is_equal_after_texts_that_differ_no_more() -> None:
    pattern = Pattern(".*ing")
    progress = [pattern.start]
    for char in "sing":
        progress.append(pattern.step(progress[-1], char))
    assert progress[1] == progress[0]
    assert len({*progress}) == 4
    assert pattern.accepts(progress[-1])
    assert not pattern.accepts(progress[0])


def test_progress_is_dead_where_nothing_can_match() -> None:
    pattern = Pattern("ab|cd")
    assert not pattern.step(pattern.start, "a").is_dead
    assert pattern.step(pattern.step(pattern.start, "a"), "d").is_dead


def test_characters_of_one_signature_step_alike() -> None:
    pattern = Pattern("[a-m]+x")
    assert pattern.signature("b") == pattern.signature("c")
    assert pattern.signature("b") != pattern.signature("x")


@pytest.mark.parametrize(
    ("pattern", "remedy"),
    [
        (r"(a)\1", "Write out what it repeats"),
        (r"(?P<n>a)(?P=n)", "Write out what it repeats"),
        ("(?=a)b", "Use contains"),
        ("(?!a)b", "Use contains"),
        ("(?<=a)b", "Use contains"),
        ("(?<!a)b", "Use contains"),
        ("(a)(?(1)b|c)", "Write both cases"),
        ("(?>a)", "Write (?:"),
        ("a++", "second +"),
        ("a{2}+", "second +"),
        ("(?x) a", "Take x out"),
        ("(?x: a)", "Take x out"),
        ("(?i-x: a)", "Take x out"),
        ("(a{500}){500}", "Repeat less"),
        ("(?:){100000000}", "Repeat less"),
        ("(" * 90 + ")" * 90, "Nest fewer"),
    ],
)
def test_what_it_cannot_express_is_refused_in_one_line(pattern: str, remedy: str) -> None:
    re.compile(pattern)
    with pytest.raises(NotSupportedError) as refusal:
        Pattern(pattern)
    assert remedy in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("pattern", ["(", "a**", "a{99999999999}", "[b-a]"])
def test_what_re_does_not_compile_is_no_setting(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match="does not compile"):
        Pattern(pattern)
