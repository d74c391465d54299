"""How many pieces the words of a constrained blank may have, so that only those are tried.

A shape is the number of pieces of each word. Knows nothing of which lengths a model likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from maria_model.fill_automaton import START, UNREACHABLE, ConstraintAutomaton, Reached
from maria_model.windows import MAXIMUM_PIECES_PER_WORD

# Pieces beyond one a word that a blank of several words may spend.
MAXIMUM_EXTRA_PIECES = 8


def reachable_shapes(
    automaton: ConstraintAutomaton, words: int = 1, *, extra: int | None = None
) -> Iterator[tuple[int, ...]]:
    """Yield the shapes of so many words that a fill can have, fewest pieces first.

    `extra` bounds the pieces beyond one a word: eight unless told. Each shape costs little, but
    there may be many: take as many as are to be tried.
    """
    search = _ShapeSearch(automaton, words)
    most = (MAXIMUM_PIECES_PER_WORD - 1) * words
    for pieces in range(min(most, MAXIMUM_EXTRA_PIECES if extra is None else extra) + 1):
        yield from search.shapes(pieces)


class _ShapeSearch:
    """Depth-first over shapes, entering only where an obedient end is within reach."""

    def __init__(self, automaton: ConstraintAutomaton, words: int) -> None:
        self._automaton = automaton
        self._words = words
        self._room = UNREACHABLE - 1 if automaton.limit is None else automaton.limit
        self._ends: dict[tuple[int, bool, int], Reached] = {}
        self._levels: list[set[int]] = [{START}]
        for word in range(words):
            self._levels.append(
                {
                    end
                    for node in self._levels[-1]
                    for parts in range(1, MAXIMUM_PIECES_PER_WORD + 1)
                    for end in self._after_word(node, word, parts)
                }
            )
        # By number of extra pieces left, then by number of words before.
        self._needs: list[list[Reached]] = []

    def shapes(self, extra: int) -> Iterator[tuple[int, ...]]:
        """Yield the shapes with just so many extra pieces; call for 0, 1, 2, ... in turn."""
        self._needs.append(self._needed_characters(extra))
        waiting: list[tuple[tuple[int, ...], Reached, int]] = [((), {START: 0}, extra)]
        while waiting:
            shape, nodes, left = waiting.pop()
            word = len(shape)
            if not self._is_within_reach(nodes, word, left):
                continue
            if word == self._words:
                yield shape
                continue
            for parts in _parts_of_a_word(left, fewest_first=False):
                ends = self._after_words(nodes, word, parts)
                waiting.append(((*shape, parts), ends, left - parts + 1))

    def _is_within_reach(self, nodes: Reached, word: int, extra: int) -> bool:
        needs = self._needs[extra][word]
        return any(n + needs.get(node, UNREACHABLE) <= self._room for node, n in nodes.items())

    def _needed_characters(self, extra: int) -> list[Reached]:
        """Return, before each word and after the last, the characters to an obedient end."""
        accepted = (node for node in self._levels[-1] if self._automaton.accepts(node))
        needs: list[Reached] = [{} if extra else dict.fromkeys(accepted, 0)]
        for word in reversed(range(self._words)):
            column: Reached = {}
            for parts in _parts_of_a_word(extra):
                later = needs[-1] if parts == 1 else self._needs[extra - parts + 1][word + 1]
                for node in self._levels[word]:
                    for end, count in self._after_word(node, word, parts).items():
                        need = count + later.get(end, UNREACHABLE)
                        if need < column.get(node, UNREACHABLE):
                            column[node] = need
            needs.append(column)
        return needs[::-1]

    def _after_words(self, nodes: Reached, word: int, parts: int) -> Reached:
        return _fewest(
            (end, before + count)
            for node, before in nodes.items()
            for end, count in self._after_word(node, word, parts).items()
        )

    def _after_word(self, node: int, word: int, parts: int) -> Reached:
        """Return where a word of so many pieces leads from a node."""
        key = (node, word > 0, parts)
        if key not in self._ends:
            if parts == 1:
                self._ends[key] = self._automaton.reached(node, "next" if word else "first")
            else:
                self._ends[key] = _fewest(
                    (end, before + count)
                    for middle, before in self._after_word(node, word, parts - 1).items()
                    for end, count in self._automaton.reached(middle, "continuation").items()
                )
        return self._ends[key]


def _parts_of_a_word(extra: int, *, fewest_first: bool = True) -> Sequence[int]:
    parts = range(1, min(extra + 1, MAXIMUM_PIECES_PER_WORD) + 1)
    return parts if fewest_first else parts[::-1]


def _fewest(counted: Iterable[tuple[int, int]]) -> Reached:
    fewest: Reached = {}
    for node, count in counted:
        fewest[node] = min(count, fewest.get(node, UNREACHABLE))
    return fewest
