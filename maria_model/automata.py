"""Regular expressions as automata: which texts are still on their way to a full match.

What Python's `re` syntax says of regular languages becomes a nondeterministic automaton (Thompson's
construction) whose sets of states are bit masks. What one character means (classes, escapes, case)
is asked of `re` itself, one atom at a time, so it cannot differ. A fill has no line ends: ^ and $
are its start and its end, and (?m) changes nothing. The straight and the curly apostrophe are one
character, because a fill takes the document's own. Knows nothing of blanks or vocabularies;
imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from maria_model.errors import ConfigurationError, NotSupportedError

# More states or deeper brackets than any rule for a few words needs.
MAXIMUM_STATES = 10_000
MAXIMUM_DEPTH = 50

APOSTROPHES = "'’"

_ATOM_FLAGS = re.IGNORECASE | re.DOTALL | re.ASCII
_ATOM = re.compile(
    r"""\[\^?\]?(?:[^\]\\]|\\.)*\]
      | \\(?:0[0-7]{0,2}|[0-7]{3}|x.{2}|u.{4}|U.{8}|N\{[^}]*\}|.)
      | .""",
    re.VERBOSE | re.DOTALL,
)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(?!\})(?P<low>[0-9]*)(?P<range>,(?P<high>[0-9]*))?\})\??")
_SILENT = re.compile(r"\(\?(?:#[^)]*|[aimsu]+)\)")
_GROUP = re.compile(r"\((?:(?!\?)|\?P<[^>]*>|\?(?P<on>[aimsu]*)(?:-(?P<off>[ims]+))?:)")
_BACK_REFERENCE = re.compile(r"\\[1-9]")
_ASSERTIONS = {"^": "^", r"\A": "^", "$": "$", r"\Z": "$", r"\b": "b", r"\B": "B"}
_LOOKING_AROUND = ("looks around", "Use contains, starts, ends or forbidden for that part")
_BACK_REFERRING = ("refers back to a group", "Write out what it repeats")
_REFUSED_GROUPS = {
    "(?=": _LOOKING_AROUND,
    "(?!": _LOOKING_AROUND,
    "(?<": _LOOKING_AROUND,
    "(?P=": _BACK_REFERRING,
    "(?(": ("has a condition", "Write both cases out with |"),
    "(?>": ("has an atomic group", "Write (?: for (?>"),
}


class _Edge(IntEnum):
    """What stands beside a position; word characters by Unicode, and by ASCII as well."""

    TEXT_END = 0
    OTHER = 1
    WORD = 2
    ASCII_WORD = 3


@dataclass(frozen=True, slots=True)
class _Atom:
    source: str
    flags: int


@dataclass(frozen=True, slots=True)
class _Assertion:
    sign: str
    is_ascii: bool

    def holds(self, before: _Edge, after: _Edge) -> bool:
        if self.sign == "^":
            return before is _Edge.TEXT_END
        if self.sign == "$":
            return after is _Edge.TEXT_END
        word = _Edge.ASCII_WORD if self.is_ascii else _Edge.WORD
        return ((before >= word) != (after >= word)) == (self.sign == "b")


@dataclass(frozen=True, slots=True)
class _Sequence:
    items: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    item: _Node
    minimum: int
    maximum: int | None


_Node = _Atom | _Assertion | _Sequence | _Choice | _Repeat


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a text has come: the automaton's states as a bit mask, and what was read last."""

    states: int
    before: _Edge = _Edge.TEXT_END

    @property
    def is_dead(self) -> bool:
        """Whether no continuation can match."""
        return not self.states

    def __or__(self, other: Progress) -> Progress:
        """Return the progress of either of two texts that end in the same kind of character."""
        if self.is_dead:
            return other
        return Progress(self.states | other.states, self.before)


_DEAD = Progress(0)


class Pattern:
    """A regular expression that is read one character at a time.

    Attributes:
        start: nothing has been read.
    """

    def __init__(self, source: str) -> None:
        """Build the automaton of a regular expression in Python's syntax.

        Raises:
            ConfigurationError: `re` does not compile it.
            NotSupportedError: it looks around, refers back or is otherwise no regular language,
                or it has too many states.
        """
        states = _States(source)
        self._final = states.add(None, ())
        entry = states.build(_Parser(source).parse(), target=self._final)
        self._labels = states.labels
        self._targets = states.targets
        self._has_assertions = any(isinstance(label, _Assertion) for label in self._labels)
        self._atoms: dict[_Atom, int] = {}
        for state, label in enumerate(self._labels):
            if isinstance(label, _Atom):
                self._atoms[label] = self._atoms.get(label, 0) | 1 << state
        self._compiled = {atom: re.compile(atom.source, atom.flags) for atom in self._atoms}
        # States that only lead on to others need not be remembered.
        self._lasting = sum(self._atoms.values()) | 1 << self._final
        self._readers_of: dict[str, int] = {}
        self.start = self._settled(1 << entry, _Edge.TEXT_END)

    @staticmethod
    @lru_cache(maxsize=256)
    def of(source: str) -> Pattern:
        """Return the automaton of a regular expression, made on first use."""
        return Pattern(source)

    def step(self, progress: Progress, char: str) -> Progress:
        """Return the progress after one more character."""
        after = self._edge(char)
        states = self._closed(progress, after) & self._readers(char)
        if not states:
            return _DEAD
        reached = 0
        for state in _indices(states):
            reached |= 1 << self._targets[state][0]
        return self._settled(reached, after)

    def accepts(self, progress: Progress) -> bool:
        """Whether the text that was read is a full match."""
        return bool(self._closed(progress, _Edge.TEXT_END) >> self._final & 1)

    def signature(self, char: str) -> tuple[int, int]:
        """Return a value that is equal for characters between which the pattern cannot tell."""
        return self._readers(char), self._edge(char)

    def fullmatch(self, text: str) -> bool:
        """Whether all of a text matches, in time linear in its length."""
        progress = self.start
        for char in text:
            progress = self.step(progress, char)
        return self.accepts(progress)

    def _edge(self, char: str) -> _Edge:
        if not self._has_assertions:
            return _Edge.TEXT_END
        if not (char.isalnum() or char == "_"):
            return _Edge.OTHER
        return _Edge.ASCII_WORD if char.isascii() else _Edge.WORD

    def _readers(self, char: str) -> int:
        """Return the states that a character moves on."""
        if char not in self._readers_of:
            alike = APOSTROPHES if char in APOSTROPHES else char
            self._readers_of[char] = sum(
                states
                for atom, states in self._atoms.items()
                if any(self._compiled[atom].fullmatch(each) for each in alike)
            )
        return self._readers_of[char]

    def _settled(self, states: int, before: _Edge) -> Progress:
        if self._has_assertions:
            return Progress(states, before)
        return Progress(self._closure(states, before, before) & self._lasting)

    def _closed(self, progress: Progress, after: _Edge) -> int:
        if not self._has_assertions:
            return progress.states
        return self._closure(progress.states, progress.before, after)

    def _closure(self, states: int, before: _Edge, after: _Edge) -> int:
        """Return the states that are reached without reading, between two characters."""
        closed, waiting = states, list(_indices(states))
        while waiting:
            state = waiting.pop()
            label = self._labels[state]
            if isinstance(label, _Atom):
                continue
            if isinstance(label, _Assertion) and not label.holds(before, after):
                continue
            for target in self._targets[state]:
                if not closed >> target & 1:
                    closed |= 1 << target
                    waiting.append(target)
        return closed


class _States:
    """Grows an automaton backwards: each node is built in front of the state it leads to."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.labels: list[_Atom | _Assertion | None] = []
        self.targets: list[tuple[int, ...]] = []

    def add(self, label: _Atom | _Assertion | None, targets: tuple[int, ...]) -> int:
        if len(self.labels) == MAXIMUM_STATES:
            problem = f"needs more than {MAXIMUM_STATES:,} states"
            raise _refusal(self._source, problem, "Repeat less in it, or shorten its lists")
        self.labels.append(label)
        self.targets.append(targets)
        return len(self.labels) - 1

    def build(self, node: _Node, *, target: int) -> int:
        """Add the states of a node and return the one where it begins."""
        if isinstance(node, _Atom | _Assertion):
            return self.add(node, (target,))
        if isinstance(node, _Choice):
            entries = [self.build(option, target=target) for option in node.options]
            return self.add(None, tuple(entries))
        if isinstance(node, _Sequence):
            for item in reversed(node.items):
                target = self.build(item, target=target)
            return target
        return self._build_repeat(node, target)

    def _build_repeat(self, node: _Repeat, target: int) -> int:
        entry = target
        if node.maximum is None:
            entry = self.add(None, (target,))
            self.targets[entry] = (self.build(node.item, target=entry), target)
        else:
            for _ in range(node.maximum - node.minimum):
                entry = self.add(None, (self.build(node.item, target=entry), target))
        for _ in range(node.minimum):
            # A state of its own, so that repeating nothing meets the bound too.
            entry = self.add(None, (self.build(node.item, target=entry),))
        return entry


class _Parser:
    """Reads the structure of a pattern that `re` has found to be sound."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._position = 0
        self._depth = 0
        try:
            self._flags = re.compile(source).flags
        except (re.error, OverflowError, RecursionError) as error:
            raise ConfigurationError(
                f'The regex "{_shown(source)}" does not compile ({error}). Correct it.'
            ) from None

    def parse(self) -> _Node:
        if self._flags & re.VERBOSE:
            raise self._refusal("is written in verbose mode", "Take x out of its flags")
        return self._choice(self._flags & _ATOM_FLAGS)

    def _choice(self, flags: int) -> _Node:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise self._refusal(f"nests more than {MAXIMUM_DEPTH} brackets", "Nest fewer")
        options = [self._sequence(flags)]
        while self._source.startswith("|", self._position):
            self._position += 1
            options.append(self._sequence(flags))
        self._depth -= 1
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self, flags: int) -> _Node:
        items: list[_Node] = []
        while self._position < len(self._source) and self._source[self._position] not in "|)":
            if self._match(_SILENT):
                continue
            if items and (quantifier := self._match(_QUANTIFIER)):
                items[-1] = self._repeat(items[-1], quantifier)
            elif self._source[self._position] == "(":
                items.append(self._group(flags))
            else:
                items.append(self._atom(flags))
        return _Sequence(tuple(items))

    def _repeat(self, item: _Node, quantifier: re.Match[str]) -> _Node:
        if self._source.startswith("+", self._position):
            raise self._refusal("has a possessive repeat", "Take the second + out")
        sign = quantifier[0][0]
        if sign != "{":
            return _Repeat(item, int(sign == "+"), 1 if sign == "?" else None)
        low, high = quantifier["low"], quantifier["high"]
        minimum = int(low or 0)
        if not quantifier["range"]:
            return _Repeat(item, minimum, minimum)
        return _Repeat(item, minimum, int(high) if high else None)

    def _group(self, flags: int) -> _Node:
        for opening, reason in _REFUSED_GROUPS.items():
            if self._source.startswith(opening, self._position):
                raise self._refusal(*reason)
        group = self._match(_GROUP)
        if group is None:
            raise self._refusal("is written in verbose mode", "Take x out of its flags")
        if group["on"]:
            # (?u:...) is the opposite of (?a:...).
            flags = flags & ~re.ASCII if "u" in group["on"] else flags
            flags |= _flags_of(group["on"])
        node = self._choice(flags & ~_flags_of(group["off"] or ""))
        self._position += 1
        return node

    def _atom(self, flags: int) -> _Node:
        if _BACK_REFERENCE.match(self._source, self._position):
            octal = re.compile(r"\\[0-7]{3}").match(self._source, self._position)
            if octal is None:
                raise self._refusal(*_BACK_REFERRING)
        atom = self._match(_ATOM)
        assert atom is not None  # any character is one
        source = atom[0]
        if source in _ASSERTIONS:
            return _Assertion(_ASSERTIONS[source], bool(flags & re.ASCII))
        is_plain = len(source) == 1 and source != "."
        return _Atom(re.escape(source) if is_plain else source, flags)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._source, self._position)
        self._position = match.end() if match else self._position
        return match

    def _refusal(self, problem: str, remedy: str) -> NotSupportedError:
        return _refusal(self._source, problem, remedy)


def _refusal(source: str, problem: str, remedy: str) -> NotSupportedError:
    return NotSupportedError(
        f'The regex "{_shown(source)}" {problem}, which a blank cannot follow. {remedy}.'
    )


def _flags_of(letters: str) -> int:
    names = {"a": re.ASCII, "i": re.IGNORECASE, "s": re.DOTALL}
    return sum(names[letter] for letter in set(letters) if letter in names)


def _indices(bits: int) -> Iterator[int]:
    """Yield the positions of the set bits."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _shown(source: str) -> str:
    return source if len(source) <= 40 else source[:37] + "..."
