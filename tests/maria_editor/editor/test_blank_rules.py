"""What is asked of a blank: written, read, and refused where nothing could obey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.blank_rules import BlankRules, objection
from maria_editor.editor.rule_search import can_be_obeyed
from maria_model.blanks import CONSTRAINT_KEYS, LIST_KEYS, Constraint, find_blanks
from maria_model.constraints import satisfies


def asking(minimum: int | None = 1, maximum: int | None = 1, **rules: str) -> BlankRules:
    return BlankRules(minimum, maximum, "", tuple(rules.items()))


_VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)
_TEXT_KEYS = [key for key in CONSTRAINT_KEYS if key not in ("regex", "max_chars", *LIST_KEYS)]


@given(
    length=st.sampled_from([(1, 1), (3, 3), (2, 5), (None, None)]),
    name=st.sampled_from(["", "hero", "Ümit_2"]),
    rules=st.dictionaries(st.sampled_from(_TEXT_KEYS), _VALUES),
)
def test_what_is_written_is_read_back(
    length: tuple[int | None, int | None], name: str, rules: dict[str, str]
) -> None:
    asked = BlankRules(*length, name, tuple(rules.items()))
    [blank] = find_blanks(asked.literal())
    read = BlankRules.of(blank)
    assert (read.minimum, read.maximum, read.name) == (*length, name)
    assert dict(read.rules) == rules
    assert read.literal() == asked.literal()


def test_nothing_asked_is_the_shortest_literal() -> None:
    assert BlankRules(rules=(("starts", ""),)).literal() == "[MASK]"
    assert asking(2, 2, ends="t", starts="s").literal() == '[MASK:2,starts="s",ends="t"]'


@pytest.mark.parametrize(
    "asked",
    [
        asking(),
        asking(starts="unmis", ends="able", contains="tak"),
        asking(regex=r"[\u0400-\u04ff]+"),
        asking(2, 3, regex=r"\d+ \d+"),
        asking(None, None, regex=r"(\w+ ){7}\w+"),
        asking(allowed="red|green", forbidden="RED"),
        asking(allowed="pale blue"),
        asking(starts="a", forbidden="a", max_chars="2"),
        # At the beginning of a sentence the capital stands for the small letter.
        asking(starts="s", regex="[A-Z][a-z]*"),
        asking(allowed="red", regex="[A-Z][a-z]+"),
    ],
)
def test_rules_that_can_be_obeyed_are_taken(asked: BlankRules) -> None:
    assert objection(asked) == ""


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (asking(5, 2), "The range runs backwards; write 2-5."),
        (BlankRules(name="a b"), "“a b” is no name. Use letters, digits, _ and -."),
        (BlankRules(name="a]b"), "“a]b” is no name. Use letters, digits, _ and -."),
        (asking(2, 2, max_chars="2"), "2 words have 3 letters and spaces at least. Allow more."),
        (asking(max_chars="3", starts="unmis"), "Starts with “unmis” is longer than 3."),
        (asking(2, 2, allowed="red"), "None of the allowed words has this length."),
        (asking(allowed="red", forbidden="Red"), "None of the allowed words obeys"),
        (asking(starts="s", regex="[a-r].*"), "No word can obey all of this at once."),
        (asking(contains="a b"), "No word can obey all of this at once."),
        (asking(starts="a", forbidden="a", max_chars="1"), "No word can obey"),
        (asking(regex="(a"), 'The regex "(a" does not compile'),
        (asking(regex="(?=a)b: c"), 'The regex "(?=a)b: c" looks around'),
    ],
)
def test_contradictions_are_told(asked: BlankRules, why: str) -> None:
    assert objection(asked).startswith(why)


_SHORT = st.text(st.sampled_from("ab"), min_size=1, max_size=2)


@given(
    rules=st.dictionaries(st.sampled_from(["starts", "ends", "contains", "forbidden"]), _SHORT),
    limit=st.integers(1, 4),
    words=st.lists(st.text(st.sampled_from("abc"), min_size=1, max_size=3), min_size=1, max_size=2),
)
def test_no_text_obeys_what_is_refused(rules: dict[str, str], limit: int, words: list[str]) -> None:
    constraints = [Constraint(key=key, value=value) for key, value in rules.items()]
    constraints.append(Constraint(key="max_chars", value=str(limit)))
    text = " ".join(words)
    if satisfies(constraints, text, begins_sentence=True):
        assert can_be_obeyed(constraints, len(words), len(words))
