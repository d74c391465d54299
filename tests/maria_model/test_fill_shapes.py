"""How many pieces the words of a constrained blank may have."""

from __future__ import annotations

from itertools import islice, product

from constraint_oracle import constraint_lists
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_vocabulary import letter_vocabulary

from maria_model.blanks import Constraint, find_blanks
from maria_model.fill_automaton import ConstraintAutomaton
from maria_model.fill_shapes import reachable_shapes


def constraints(items: str) -> tuple[Constraint, ...]:
    return find_blanks(f"[MASK:{items}]")[0].constraints


def shapes_of(items: str, words: int = 1) -> list[tuple[int, ...]]:
    automaton = ConstraintAutomaton(letter_vocabulary(), constraints(items))
    return list(reachable_shapes(automaton, words))


@settings(max_examples=100)
@given(rules=constraint_lists, words=st.integers(1, 3), spaced=st.booleans())
def test_a_shape_is_reachable_when_its_automaton_is_not_empty(
    rules: tuple[Constraint, ...], words: int, spaced: bool
) -> None:
    automaton = ConstraintAutomaton(letter_vocabulary(), rules, spaced=spaced)
    shapes = list(reachable_shapes(automaton, words))
    expected = {s for s in product((1, 2, 3), repeat=words) if not automaton.at(s).is_empty}
    assert set(shapes) == expected
    assert len(set(shapes)) == len(shapes)
    assert [sum(shape) for shape in shapes] == sorted(sum(shape) for shape in shapes)


def test_examples() -> None:
    assert shapes_of("max_chars=1") == [(1,)]
    assert shapes_of('regex="ab"') == [(1,), (2,)]
    assert shapes_of('allowed="bbb"') == [(3,)]
    assert shapes_of('allowed="bbbb"') == []
    assert shapes_of('allowed="b bbb"') == []
    assert shapes_of('allowed="b bbb"', words=2) == [(1, 3)]


def test_extra_pieces_are_bounded() -> None:
    automaton = ConstraintAutomaton(letter_vocabulary(), ())
    assert list(reachable_shapes(automaton, 2, extra=1)) == [(1, 1), (1, 2), (2, 1)]


def test_the_first_shapes_of_the_longest_blank_come_at_once() -> None:
    automaton = ConstraintAutomaton(letter_vocabulary(), constraints('ends="bb"'))
    first, *others = islice(reachable_shapes(automaton, 999), 3)
    assert sum(first) == 1000
    assert first[-1] == 2
    assert [sum(shape) for shape in others] == [1001, 1001]
