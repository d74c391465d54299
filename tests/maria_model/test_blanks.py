"""The grammar of blanks: what parses, what is refused and where, and the way back to text."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_model.blanks import (
    CONSTRAINT_KEYS,
    Blank,
    Constraint,
    find_blanks,
    format_blank,
)
from maria_model.errors import BlankSyntaxError, ConfigurationError


def only(text: str) -> Blank:
    (blank,) = find_blanks(text)
    return blank


@pytest.mark.parametrize(
    ("literal", "minimum", "maximum"),
    [
        ("[MASK]", 1, 1),
        ("[MASK:3]", 3, 3),
        ("[MASK: 3 ]", 3, 3),
        ("[MASK:2-5]", 2, 5),
        ("[MASK:2–5]", 2, 5),
        ("[MASK:007]", 7, 7),
        ("[MASK:auto]", None, None),
        ("[MASK:name=hero]", 1, 1),
    ],
)
def test_length(literal: str, minimum: int | None, maximum: int | None) -> None:
    blank = only(f"é {literal} tail")
    assert (blank.start, blank.end) == (2, 2 + len(literal))
    assert (blank.minimum, blank.maximum) == (minimum, maximum)
    assert blank.is_auto == (minimum is None)
    assert blank.is_fixed == (minimum is not None and minimum == maximum)


def test_all_items_together_in_any_order() -> None:
    blank = only('[MASK:starts="s]", name=hero-2 , 2-3, allowed="red | green",max_chars=9]')
    assert (blank.minimum, blank.maximum, blank.name) == (2, 3, "hero-2")
    assert [(rule.key, rule.value) for rule in blank.constraints] == [
        ("starts", "s]"),
        ("allowed", "red | green"),
        ("max_chars", "9"),
    ]
    assert blank.constraints[1].words == ("red", "green")


def test_a_pattern_keeps_its_backslashes() -> None:
    blank = only(r'[MASK:regex="\d+ \w*\"\\d"]')
    assert [rule.value for rule in blank.constraints] == [r'\d+ \w*"\d']


def test_escapes_and_curly_quotes_in_values() -> None:
    blank = only(r'[MASK:contains="a \"b\" \\ c",ends=“ly”]')
    assert [rule.value for rule in blank.constraints] == ['a "b" \\ c', "ly"]


@pytest.mark.parametrize(
    "text", [r"\[MASK]", r"\\\[MASK:3]", "[MASKED]", "[MASK", "[MASK 3]", "[mask]", "MASK]", ""]
)
def test_literal_text_is_no_blank(text: str) -> None:
    assert find_blanks(text) == ()


def test_an_escaped_backslash_does_not_escape_the_blank() -> None:
    assert only(r"\\[MASK]").start == 2


@pytest.mark.parametrize(
    ("literal", "remedy"),
    [
        ("[MASK:0]", "1 to 999 words"),
        ("[MASK:1000]", "1 to 999 words"),
        ("[MASK:" + "9" * 5000 + "]", "1 to 999 words"),
        ("[MASK:9-2]", "write 2-9"),
        ("[MASK:2-0]", "1 to 999 words"),
        ("[MASK:]", "an item is missing"),
        ("[MASK:3,]", "an item is missing"),
        ("[MASK:3,4]", "second length"),
        ("[MASK:some]", "write a length"),
        ("[MASK:-3]", "write a length"),
        ("[MASK:٣]", "write a length"),
        ('[MASK:colour="red"]', "colour is no key"),
        ("[MASK:colour=red]", "colour is no key"),
        ("[MASK:starts=s]", "in quotes"),
        ('[MASK:starts="s]', "is not closed"),
        ('[MASK:starts="s" ends="t"]', "put a comma"),
        ('[MASK:starts="s",starts="t"]', "twice"),
        ("[MASK:name=a,name=b]", "twice"),
        ("[MASK:name=]", "is no name"),
        ('[MASK:name="two words"]', "is no name"),
        ('[MASK:allowed="red||green"]', "needs a value"),
        ('[MASK:contains=""]', "needs a value"),
        ("[MASK:max_chars=0]", "1 or more"),
        ("[MASK:max_chars=many]", "1 or more"),
        ('[MASK:regex="("]', "does not compile"),
        ('[MASK:regex="a{99999999999}"]', "does not compile"),
        ('[MASK:regex="(?=a)b"]', "looks around"),
        ("[MASK:2", 'no closing "]"'),
    ],
)
def test_a_mistake_names_place_blank_and_remedy(literal: str, remedy: str) -> None:
    text = f"One line.\r\nThen {literal}\nand [MASK] more."
    with pytest.raises(BlankSyntaxError) as caught:
        find_blanks(text)
    message = str(caught.value)
    assert message.startswith("Line 2, column 6: [MASK:")
    assert remedy in message
    assert "\n" not in message
    assert text[caught.value.start : caught.value.end] == literal
    tolerant = find_blanks(text, strict=False)
    assert [blank.error for blank in tolerant] == [message, None]


def test_the_error_survives_pickling() -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_blanks("[MASK:0]")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.start, again.end) == (str(caught.value), 0, 8)


names = st.one_of(st.none(), st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True))
values = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1)
free_keys = ("contains", "starts", "ends")
rules = st.dictionaries(st.sampled_from(free_keys), values).map(
    lambda items: tuple(Constraint(key=key, value=value) for key, value in items.items())
)
lengths = st.one_of(
    st.just((None, None)),
    st.tuples(st.integers(1, 999), st.integers(1, 999)).map(lambda pair: tuple(sorted(pair))),
)


@given(length=lengths, name=names, constraints=rules, before=st.text(), after=st.text())
def test_round_trip(
    length: tuple[int | None, int | None],
    name: str | None,
    constraints: tuple[Constraint, ...],
    before: str,
    after: str,
) -> None:
    literal = format_blank(minimum=length[0], maximum=length[1], name=name, constraints=constraints)
    before = before.replace("[", "(").rstrip("\\")
    (blank,) = find_blanks(before + literal + after.replace("[", "("))
    assert blank == Blank(
        start=len(before),
        end=len(before) + len(literal),
        minimum=length[0],
        maximum=length[1],
        name=name,
        constraints=constraints,
    )


def test_format_blank_prefers_the_short_form_and_refuses_nonsense() -> None:
    assert format_blank() == "[MASK]"
    assert format_blank(minimum=4, maximum=4) == "[MASK:4]"
    with pytest.raises(BlankSyntaxError):
        format_blank(minimum=0)
    with pytest.raises(BlankSyntaxError):
        format_blank(name="two words")


@given(
    st.lists(st.sampled_from(["[MASK", "[MASK:", "]", '"', "=", ",", "2-", "\\", *CONSTRAINT_KEYS]))
)
def test_tolerant_parsing_never_fails_and_never_overlaps(parts: list[str]) -> None:
    text = "".join(parts)
    end = 0
    for blank in find_blanks(text, strict=False):
        assert end <= blank.start < blank.end <= len(text)
        end = blank.end


def test_a_long_text_of_broken_blanks_parses_in_linear_time() -> None:
    text = '[MASK:starts="' * 20_000
    (blank,) = find_blanks(text, strict=False)
    assert blank.end == len(text)


def test_blanks_need_no_torch() -> None:
    code = "import sys, maria_model.blanks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
