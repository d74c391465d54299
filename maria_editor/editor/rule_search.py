"""Looks for a text that obeys the rules of a blank: words parted by spaces, letter by letter.

Whether a model would say it is the model's to answer. Knows nothing of Qt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from maria_model.automata import Progress
from maria_model.blanks import Constraint
from maria_model.constraints import Rule, character_limit, rule_of, small_first

# Beyond that many letters tried the question is left to the engine.
_MOST_STEPS = 4_000
# What a regex may tell apart: Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, kana, ideographs.
_SCRIPTS = (
    range(0x21, 0x7F),
    range(0xA1, 0x250),
    range(0x370, 0x530),
    range(0x5D0, 0x5EB),
    range(0x620, 0x64B),
    range(0x904, 0x93A),
    range(0x3041, 0x30FF),
    range(0x4E00, 0x4E20),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """How far each rule has come, how many words are whole, and whether another has begun."""

    progress: tuple[Progress, ...]
    words: int
    is_in_word: bool


def can_be_obeyed(constraints: Sequence[Constraint], minimum: int, maximum: int | None) -> bool:
    """Return whether some text of so many words obeys; True where that is too much to find out."""
    rules = [rule for rule in map(rule_of, constraints) if rule is not None]
    if not rules:
        return True
    search = _Search(rules, _alphabet(constraints, rules), minimum=minimum, maximum=maximum)
    return search.finds(character_limit(constraints))


def _alphabet(constraints: Sequence[Constraint], rules: Sequence[Rule]) -> list[str]:
    """Return the rules' own letters and one of each other kind that they can tell apart."""
    own = {char for rule in constraints for char in rule.value}
    own |= {form for char in own for form in (char.lower(), char.upper()) if len(form) == 1}
    regexes = [
        rule.pattern
        for constraint, rule in zip(
            (c for c in constraints if c.key != "max_chars"), rules, strict=True
        )
        if constraint.key == "regex"
    ]
    kinds: dict[tuple[object, ...], str] = {}
    for char in map(chr, chain.from_iterable(_SCRIPTS)):
        if char not in own and char.isprintable():
            # The first letter may be read as a small one.
            kind = [(r.signature(char), r.signature(small_first(char))) for r in regexes]
            kinds.setdefault((char.isalpha(), *kind), char)
    return [*sorted(char for char in own if not char.isspace()), *kinds.values()]


class _Search:
    """Breadth first, so that the shortest text comes first."""

    def __init__(
        self, rules: Sequence[Rule], alphabet: Sequence[str], *, minimum: int, maximum: int | None
    ) -> None:
        self._rules = rules
        self._alphabet = alphabet
        self._minimum = minimum
        self._maximum = maximum
        self._steps = 0

    def finds(self, limit: int | None) -> bool:
        start = _Place(tuple(rule.pattern.start for rule in self._rules), 0, False)
        waiting, seen = deque([(start, 0)]), {start}
        while waiting:
            place, length = waiting.popleft()
            if self._is_end(place) or self._steps > _MOST_STEPS:
                return True
            if length == limit:
                continue
            for reached in self._next(place, is_first=length == 0):
                if reached not in seen:
                    seen.add(reached)
                    waiting.append((reached, length + 1))
        return False

    def _is_end(self, place: _Place) -> bool:
        return (
            place.is_in_word
            and place.words + 1 >= self._minimum
            and all(
                rule.pattern.accepts(progress) is not rule.is_forbidden
                for rule, progress in zip(self._rules, place.progress, strict=True)
            )
        )

    def _next(self, place: _Place, *, is_first: bool) -> Iterator[_Place]:
        if place.is_in_word and (self._maximum is None or place.words + 1 < self._maximum):
            # More words than are asked for at least are alike where there is no bound.
            most = self._minimum if self._maximum is None else self._maximum
            progress = self._step(place.progress, " ", is_first=False)
            if progress is not None:
                yield _Place(progress, min(place.words + 1, most), False)
        for char in self._alphabet:
            progress = self._step(place.progress, char, is_first=is_first)
            if progress is not None:
                yield _Place(progress, place.words, True)

    def _step(
        self, progress: tuple[Progress, ...], char: str, *, is_first: bool
    ) -> tuple[Progress, ...] | None:
        """Return how far one more letter brings each rule; None where a rule can end no more."""
        after = []
        for rule, before in zip(self._rules, progress, strict=True):
            self._steps += 1
            reached = rule.pattern.step(before, char)
            if is_first and not rule.is_forbidden:
                # A sentence's capital may stand for the small letter that a rule asks for.
                reached |= rule.pattern.step(before, small_first(char))
            if reached.is_dead and not rule.is_forbidden:
                return None
            after.append(reached)
        return tuple(after)
