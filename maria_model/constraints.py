"""What the constraints of a blank ask of its fill's text.

Each constraint is a regular expression: `contains`, `starts`, `ends`, `allowed` and `regex` must
match the whole fill, `forbidden` must not. They tell capitals from small letters, but for two
cases: `forbidden` forbids whole words however they are written, and where the blank begins a
sentence the fill's capital may stand for the small letter that a constraint asks for
(allowed="red|green" takes "Red"). A word is what stands between spaces: forbidden="don" leaves
"don't" alone. Knows nothing of vocabularies; imports no torch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maria_model.automata import Pattern
from maria_model.blanks import Constraint
from maria_model.errors import NotSupportedError

_COMPLAINTS = {
    "contains": 'does not contain "{}"',
    "starts": 'does not start with "{}"',
    "ends": 'does not end with "{}"',
    "regex": 'does not match the regex "{}"',
    "allowed": 'is not one of "{}"',
    "forbidden": 'has a word of "{}"',
    "max_chars": "has more than {} characters",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that the whole fill must match, or must not."""

    pattern: Pattern
    is_forbidden: bool = False


def rule_of(constraint: Constraint) -> Rule | None:
    """Return a constraint as a rule; None for `max_chars`, which is a number.

    Raises:
        NotSupportedError: a regex that a blank cannot follow, or far too long a list.
    """
    if constraint.key == "max_chars":
        return None
    if constraint.key == "regex":
        return Rule(Pattern.of(constraint.value))
    try:
        return Rule(Pattern.of(_pattern_of(constraint)), constraint.key == "forbidden")
    except NotSupportedError:
        raise NotSupportedError(
            f"The {constraint.key} text of a blank is too long. Shorten it."
        ) from None


def character_limit(constraints: Iterable[Constraint]) -> int | None:
    """Return the most code points that the fill may have, None for any number."""
    limits = [int(rule.value) for rule in constraints if rule.key == "max_chars"]
    return min(limits, default=None)


def violations(
    constraints: Sequence[Constraint], text: str, *, begins_sentence: bool = False
) -> list[str]:
    """Return what is wrong with a fill, a phrase for each constraint that it breaks.

    The text is the fill without the space before it. No regex makes this slow.

    Raises:
        NotSupportedError: a regex that a blank cannot follow, or far too long a list.
    """
    readings = {text, small_first(text)} if begins_sentence else {text}
    return [
        _COMPLAINTS[constraint.key].format(constraint.value)
        for constraint in constraints
        if not any(_obeys(constraint, reading) for reading in readings)
    ]


def satisfies(
    constraints: Sequence[Constraint], text: str, *, begins_sentence: bool = False
) -> bool:
    """Whether a fill obeys all constraints."""
    return not violations(constraints, text, begins_sentence=begins_sentence)


def takes_words(text: str, *, minimum: int, maximum: int | None, is_listed: bool) -> bool:
    """Whether a blank of so many words takes as many as a fill has; None is any number.

    A plain blank of one word takes a list's phrases, too; one that asks for a number keeps to it.
    """
    if is_listed and minimum == maximum == 1:
        return True
    count = len(text.split())
    return minimum <= count and (maximum is None or count <= maximum)


def small_first(text: str) -> str:
    """Return the text with a small first letter, where that is one letter."""
    small = text[:1].lower()
    return small + text[1:] if len(small) == 1 else text


def listed_words(constraint: Constraint) -> tuple[str, ...]:
    """Return the entries of an `allowed` or `forbidden` list as they are compared."""
    return tuple(_composed(" ".join(word.split())) for word in constraint.words)


def _obeys(constraint: Constraint, text: str) -> bool:
    rule = rule_of(constraint)
    if rule is None:
        return len(text) <= int(constraint.value)
    return rule.pattern.fullmatch(text) is not rule.is_forbidden


def _pattern_of(constraint: Constraint) -> str:
    anything = "(?s:.*)"
    literal = re.escape(_composed(constraint.value))
    entries = "|".join(re.escape(word) for word in listed_words(constraint))
    patterns = {
        "contains": f"{anything}{literal}{anything}",
        "starts": f"{literal}{anything}",
        "ends": f"{anything}{literal}",
        "allowed": entries,
        "forbidden": rf"(?:{anything}\s)?(?i:{entries})(?:\s{anything})?",
    }
    return patterns[constraint.key]


def _composed(text: str) -> str:
    """Return the text as the tokenizers compose it."""
    return unicodedata.normalize("NFC", text)
