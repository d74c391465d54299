"""Rows: one for words that differ by case or space, shares handed on, nothing moves unasked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from maria_editor.window.candidates_rows import (
    Row,
    beginning_with,
    key_of,
    merged,
    percent,
    reshared,
    rows_of,
    unseen_first,
)
from maria_model.api import Candidate

WORDS = st.lists(st.text("abAB ", min_size=1, max_size=4), max_size=8)


def candidate(text: str, probability: float) -> Candidate:
    return Candidate(text=text, logprob=-1.0, probability=probability)


def test_words_that_differ_only_by_case_or_space_are_one_row() -> None:
    found = [candidate("like slate", 0.2), candidate(" Like  slate ", 0.1), candidate("x", 0.05)]
    rows = rows_of(found)
    assert [row.words for row in rows] == ["like slate", "x"]
    assert abs(rows[0].share - 0.3) < 1e-9


def test_a_row_keeps_the_spaces_that_go_into_the_text() -> None:
    [row] = rows_of([candidate(" slate", 0.2)])
    assert (row.fill, row.words) == (" slate", "slate")


@given(WORDS)
def test_every_word_is_in_one_row(words: list[str]) -> None:
    keys = [key_of(row.fill) for row in rows_of(candidate(word, 0.1) for word in words)]
    assert len(keys) == len(set(keys))
    assert set(keys) == {key_of(word) for word in words if word.strip()}


def test_a_new_ranking_shares_out_what_its_words_held() -> None:
    rows = [Row("a", 0.4), Row("b", 0.2), Row("c", 0.1)]
    ranked = [Row("b", 0.75), Row("a", 0.25)]
    fresh = reshared(rows, ranked)
    assert [row.fill for row in fresh] == ["b", "a", "c"]
    assert abs(fresh[0].share - 0.45) < 1e-9
    kept = reshared(rows, ranked, keep_order=True)
    assert [row.fill for row in kept] == ["a", "b", "c"]
    assert {(row.fill, row.share) for row in kept} == {(row.fill, row.share) for row in fresh}


def test_after_a_ranking_all_rows_stand_by_their_shares() -> None:
    rows = [Row("a", 0.4), Row("b", 0.2), Row("c", 0.1)]
    ranked = [Row("b", 0.9), Row("a", 0.1)]
    assert [row.fill for row in reshared(rows, ranked)] == ["b", "c", "a"]


def test_new_rows_stand_below() -> None:
    rows = [Row("b", 0.1)]
    assert [row.fill for row in merged(rows, [Row("a", 0.9), Row("B", 0.2)])] == ["b", "a"]


def test_seen_words_do_not_come_first() -> None:
    rows = [Row("a", 0.5), Row("b", 0.2), Row("c", 0.1)]
    assert [row.fill for row in unseen_first(rows, {"a", "c"})] == ["b", "a", "c"]


def test_letters_narrow_whatever_their_case() -> None:
    rows = [Row("Slate", 0.5), Row("slow", 0.2), Row("rest", 0.1)]
    assert [row.fill for row in beginning_with(rows, "SL")] == ["Slate", "slow"]


def test_a_share_is_a_whole_percent_or_less_than_one() -> None:
    assert [percent(share) for share in (0.214, 0.01, 0.0099, 0.0)] == [
        "21 %",
        "1 %",
        "<1 %",
        "<1 %",
    ]
