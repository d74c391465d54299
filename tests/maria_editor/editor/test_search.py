"""Finding in a text, and what a match is replaced with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.search import (
    CostlyPatternError,
    Query,
    SearchError,
    check_replacement,
    find_matches,
    nearest_match,
    replacement_for,
)
from maria_model.blanks import find_blanks


def found(text: str, query: Query) -> list[str]:
    units = text.encode("utf-16-le", "surrogatepass")
    return [
        units[2 * match.start : 2 * match.end].decode("utf-16-le", "surrogatepass")
        for match in find_matches(text, query)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(words="lamp"), ["lamp", "Lamp", "lamp"]),
        (Query(words="lamp", match_case=True), ["lamp", "lamp"]),
        (Query(words="lamp", whole_words=True), ["lamp", "Lamp"]),
        (Query(words="l.mp"), []),
        (Query(words="l.mp", is_pattern=True), ["lamp", "Lamp", "lamp"]),
        (Query(words="^.", is_pattern=True), ["🙂", "L"]),
        (Query(words="lamp", span=(4, 14)), ["Lamp"]),
        (Query(words=""), []),
        (Query(words="x*", is_pattern=True), []),
    ],
)
def test_what_a_query_finds(query: Query, expected: list[str]) -> None:
    assert found("🙂 lamp\nLamp, lamplight", query) == expected


def test_blanks_are_found_whole_or_not_at_all() -> None:
    text = "MASK [MASK] and [MASK:2-3] word [MASK] word"
    assert found(text, Query(words="mask")) == ["MASK"]
    assert found(text, Query(words="[mask]")) == ["[MASK]", "[MASK]"]
    assert found(text, Query(words="and [MASK")) == []
    assert found(text, Query(words="word [MASK] word")) == ["word [MASK] word"]
    assert found(text, Query(words=r"\[MASK.*?\]", is_pattern=True)) == [
        "[MASK]",
        "[MASK:2-3]",
        "[MASK]",
    ]


_PIECES = st.lists(st.sampled_from(["[MASK]", "[MASK:2]", "MASK", "a", "🙂", "]", " ", "2"]))


@given(_PIECES, st.sampled_from(["MASK", "]", "a", "[MASK]", "2", "K] "]))
def test_no_match_ever_cuts_a_blank(pieces: list[str], words: str) -> None:
    text = "".join(pieces)
    offsets = OffsetMap(text)
    for match in find_matches(text, Query(words=words)):
        for blank in find_blanks(text, strict=False):
            start, end = offsets.to_utf16(blank.start), offsets.to_utf16(blank.end)
            apart = match.end <= start or end <= match.start
            assert apart or (match.start <= start and end <= match.end)


def test_patterns_put_groups_back() -> None:
    query = Query(words=r"(\w+) and (\w+)", is_pattern=True)
    [match] = find_matches("salt and pepper", query)
    assert replacement_for(match, query, r"\2\n\1 \\") == "pepper\nsalt \\"
    plain = Query(words="salt")
    [match] = find_matches("salt", plain)
    assert replacement_for(match, plain, r"\1") == r"\1"


def test_a_group_that_caught_nothing_is_empty_and_one_that_is_not_there_is_refused() -> None:
    query = Query(words=r"(salt)|(pepper)", is_pattern=True)
    [match] = find_matches("salt", query)
    check_replacement(query, r"<\1\2>")
    assert replacement_for(match, query, r"<\1\2>") == "<salt>"
    with pytest.raises(SearchError, match=r"^There is no group 9 in this pattern\.$"):
        check_replacement(query, r"\1\9")
    check_replacement(query, r"\\9")
    check_replacement(Query(words="salt"), r"\9")


@pytest.mark.parametrize(
    ("words", "where"),
    [("(", "at its end"), ("ab)c", "after “ab"), ("🙂[z-a]", "after “🙂[z-"), ("a)(b", "after “a")],
)
def test_what_is_wrong_with_a_pattern_is_said_and_where(words: str, where: str) -> None:
    for whole_words in (False, True):
        query = Query(words=words, is_pattern=True, whole_words=whole_words)
        with pytest.raises(SearchError) as raised:
            find_matches("text", query)
        assert where in str(raised.value)
        assert "parenthes" in str(raised.value) or "range" in str(raised.value)


def test_a_bad_pattern_is_said_and_an_endless_one_is_given_up() -> None:
    with pytest.raises(SearchError, match="cannot be read"):
        find_matches("text", Query(words="(", is_pattern=True))
    assert find_matches("x" * 3000, Query(words="(x+x+)+y", is_pattern=True)) == []


COSTLY = Query(words="(a+)+zz", is_pattern=True)
# Without the last letters the pattern would not even be tried.
TROUBLE = "a" * 28 + " zz"


def found_all_the_same(text: str, query: Query = COSTLY) -> list[tuple[int, int, tuple[str, ...]]]:
    with pytest.raises(CostlyPatternError, match="too costly to search with") as raised:
        find_matches(text, query)
    return [(match.start, match.end, match.groups) for match in raised.value.found]


def test_a_pattern_that_is_too_costly_somewhere_is_found_elsewhere() -> None:
    assert found_all_the_same(TROUBLE) == []
    text = f"🙂 aazz {TROUBLE}\nand aazz [MASK]\n{TROUBLE}\n🙂aazz"
    groups = ("aazz", "aa")
    assert found_all_the_same(text) == [
        (3, 7, groups),
        (44, 48, groups),
        (text.rindex("aazz") + 2, len(text) + 2, groups),
    ]


def test_what_is_too_costly_outside_of_the_selection_is_no_matter() -> None:
    text = f"aazz aazz\n{TROUBLE}"
    [match] = find_matches(text, Query(words="(a+)+zz", is_pattern=True, span=(0, 8)))
    assert (match.start, match.end) == (0, 4)


def test_a_text_full_of_trouble_is_given_up() -> None:
    assert found_all_the_same(f"{TROUBLE}\n" * 1000 + "aazz") == []


def test_the_nearest_match_goes_around_the_ends() -> None:
    matches = find_matches("a..a..a", Query(words="a"))
    assert [nearest_match(matches, position) for position in (0, 1, 4, 7)] == [0, 1, 2, 0]
    assert [nearest_match(matches, p, backwards=True) for p in (0, 1, 6, 7)] == [2, 0, 1, 2]
