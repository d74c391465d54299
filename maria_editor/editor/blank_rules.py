"""What a writer asks of a blank, as plain values, and whether any word could obey it.

Writes and reads the literal `[MASK...]` through the grammar's own parser. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maria_editor.editor.rule_search import can_be_obeyed
from maria_model.blanks import CONSTRAINT_KEYS, Blank, Constraint, find_blanks, format_blank
from maria_model.constraints import character_limit, listed_words, satisfies, takes_words
from maria_model.errors import BlankSyntaxError

_PLACE = re.compile(r"Line \d+, column \d+: ")
# So much of a blank is quoted in the grammar's messages.
_SHOWN_LETTERS = 40
_LABELS = {"starts": "Starts with", "ends": "Ends with", "contains": "Contains"}


@dataclass(frozen=True, slots=True)
class BlankRules:
    """A blank without its place. `minimum` None is any length; rules are pairs of key and value."""

    minimum: int | None = 1
    maximum: int | None = 1
    name: str = ""
    rules: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, blank: Blank) -> BlankRules:
        """Return what a blank asks for; one that is badly written asks for one word."""
        rules = tuple((rule.key, rule.value) for rule in blank.constraints)
        return cls(blank.minimum, blank.maximum, blank.name or "", rules)

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The rules as the grammar has them, in its own order; those without a value are none."""
        ordered = sorted(self.rules, key=lambda rule: CONSTRAINT_KEYS.index(rule[0]))
        return tuple(Constraint(key=key, value=value) for key, value in ordered if value)

    @property
    def length_in_words(self) -> str:
        """How many words it asks for, as one says it."""
        if self.minimum is None:
            return "any length"
        if self.minimum != self.maximum:
            return f"{self.minimum}–{self.maximum} words"
        return "one word" if self.minimum == 1 else f"{self.minimum} words"

    def named(self, name: str) -> BlankRules:
        """Return the same under another name; an empty one is none."""
        return replace(self, name=name)

    def literal(self) -> str:
        """Return the shortest literal that says this.

        Raises:
            BlankSyntaxError: it cannot be written.
        """
        return format_blank(
            minimum=self.minimum,
            maximum=self.maximum,
            name=self.name or None,
            constraints=self.constraints,
        )


def objection(wanted: BlankRules) -> str:
    """Return why a blank cannot be as it is wanted, one line for the writer; empty if it can."""
    if wanted.name and not _is_name(wanted.name):
        return f"“{wanted.name}” is no name. Use letters, digits, _ and -."
    try:
        wanted.literal()
    except BlankSyntaxError as error:
        return _plain(error)
    return _contradiction(wanted)


def _is_name(word: str) -> bool:
    [blank, *_] = find_blanks(f"[MASK:name={word}]", strict=False)
    return blank.error is None and blank.name == word


def _plain(error: BlankSyntaxError) -> str:
    """Return a message of the grammar without the place: the writer is looking at it."""
    rest = _PLACE.sub("", str(error), count=1)
    rest = rest[min(_SHOWN_LETTERS, error.end - error.start) + len(": ") :]
    return rest[:1].upper() + rest[1:]


def _contradiction(wanted: BlankRules) -> str:
    too_short = _objection_to_limit(wanted)
    if too_short:
        return too_short
    allowed = next((rule for rule in wanted.constraints if rule.key == "allowed"), None)
    if allowed is not None:
        return _objection_to_list(listed_words(allowed), wanted)
    if can_be_obeyed(wanted.constraints, wanted.minimum or 1, wanted.maximum):
        return ""
    return "No word can obey all of this at once. Loosen a rule or change the length."


def _objection_to_limit(wanted: BlankRules) -> str:
    limit = character_limit(wanted.constraints)
    if limit is None:
        return ""
    least = 2 * (wanted.minimum or 1) - 1
    if limit < least:
        return f"{wanted.minimum} words have {least} letters and spaces at least. Allow more."
    for rule in wanted.constraints:
        if rule.key in _LABELS and limit < len(rule.value):
            shown = f"{_LABELS[rule.key]} “{rule.value}”"
            return f"{shown} is longer than {limit}. Allow more letters, or shorten it."
    return ""


def _objection_to_list(words: Sequence[str], wanted: BlankRules) -> str:
    least, most = wanted.minimum or 1, wanted.maximum
    fitting = [
        word for word in words if takes_words(word, minimum=least, maximum=most, is_listed=True)
    ]
    if not fitting:
        return "None of the allowed words has this length. Change the length or the words."
    for word in fitting:
        # Where a sentence begins, a capital breaks no rule; the engine knows where that is.
        capital = word[:1].upper() + word[1:]
        for reading in (word, capital):
            if satisfies(wanted.constraints, reading, begins_sentence=True):
                return ""
    return "None of the allowed words obeys the other rules. Loosen one."
