"""What constraints mean, in plain string methods and Python's own `re`; and random ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

from maria_model.blanks import Constraint

_ATOMS = ["a", "b", "s", "A", "é", "1", "'", " ", ".", "[ab]", "[^a]", "[^\\W1]", "\\w", "\\W"]
_ATOMS += ["\\s", "\\d", "(?i:a)", "(?i:É)", "(?a:\\w)", "\\x61", "\\141", "\\N{DIGIT ONE}"]
_ASSERTIONS = ["^", "$", "\\A", "\\Z", "\\b", "\\B", "(?a:\\b)", "(?#nothing)"]
_QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "{1,}", "{0,2}?"]
_WORDS = st.text("abs1A'é", min_size=1, max_size=4)
_PHRASES = st.lists(_WORDS, min_size=1, max_size=2).map(" ".join)


@st.composite
def _patterns(draw: st.DrawFn, depth: int) -> str:
    form = draw(st.integers(0, 7)) if depth else 0
    if form == 0:
        return draw(st.sampled_from(_ATOMS + _ATOMS + _ASSERTIONS))
    one = draw(_patterns(depth - 1))
    if form <= 3:
        other = draw(_patterns(depth - 1))
        return f"{one}|{other}" if form == 1 else one + other
    if form <= 5:
        return f"(?:{one}){draw(st.sampled_from(_QUANTIFIERS))}"
    if form == 6:
        return draw(st.sampled_from(_ATOMS)) + draw(st.sampled_from(_QUANTIFIERS))
    return draw(st.sampled_from(["({})", "(?P<name>{})", "(?i:{})"])).format(one)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


regexes = _patterns(4).filter(_compiles)

single_constraints = st.one_of(
    st.builds(Constraint, key=st.sampled_from(["contains", "starts", "ends"]), value=_PHRASES),
    st.builds(Constraint, key=st.just("regex"), value=regexes),
    st.builds(
        Constraint,
        key=st.sampled_from(["allowed", "forbidden"]),
        value=st.lists(_PHRASES, min_size=1, max_size=4).map("|".join),
    ),
    st.builds(Constraint, key=st.just("max_chars"), value=st.integers(1, 7).map(str)),
)

constraint_lists = st.lists(single_constraints, min_size=1, max_size=3).map(tuple)


def obeys(constraints: Sequence[Constraint], text: str, *, begins_sentence: bool) -> bool:
    """Whether a fill without line ends and curly apostrophes obeys every constraint."""
    small = text[:1].lower() + text[1:]
    return all(
        _holds(rule, text) or (begins_sentence and _holds(rule, small)) for rule in constraints
    )


def _holds(rule: Constraint, text: str) -> bool:
    match rule.key:
        case "contains":
            return rule.value in text
        case "starts":
            return text.startswith(rule.value)
        case "ends":
            return text.endswith(rule.value)
        case "regex":
            return re.fullmatch(rule.value, text) is not None
        case "allowed":
            return text in rule.words
        case "forbidden":
            padded = f" {text} ".casefold()
            return not any(f" {word} ".casefold() in padded for word in rule.words)
    return len(text) <= int(rule.value)
