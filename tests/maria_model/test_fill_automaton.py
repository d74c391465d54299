"""Which pieces a constrained blank may take, against every fill there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
import torch
from constraint_oracle import constraint_lists, obeys
from hypothesis import given, settings
from hypothesis import strategies as st
from letter_vocabulary import letter_vocabulary

from maria_model.blanks import Constraint, find_blanks
from maria_model.constraints import satisfies
from maria_model.errors import NotSupportedError
from maria_model.fill_automaton import ConstraintAutomaton, FillAutomaton
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.word_pieces import WordPieces

shapes = st.sampled_from([(1,), (2,), (3,), (1, 1), (2, 1), (1, 2), (1, 1, 1)])


def constraints(items: str) -> tuple[Constraint, ...]:
    return find_blanks(f"[MASK:{items}]")[0].constraints


def every_fill(shape: Sequence[int], *, spaced: bool) -> list[tuple[int, ...]]:
    """All piece sequences of a shape that the slots' own masks allow."""
    masks = WordPieces.of(letter_vocabulary())
    kinds = []
    for word, parts in enumerate(shape):
        for part in range(parts):
            begins = masks.starts_spaced if spaced or word else masks.starts_bare
            mask = masks.continues if part else begins
            kinds.append(mask.nonzero().flatten().tolist())
    return list(product(*kinds))


def text_of(pieces: Sequence[int], *, spaced: bool) -> str:
    text = letter_vocabulary().decode(pieces)
    return text.removeprefix(" ") if spaced else text


def allowed_by(automaton: FillAutomaton, prefix: Sequence[int]) -> set[int]:
    state = automaton.start
    for piece in prefix:
        state = automaton.advance(state, piece)
    return set(automaton.allowed(state, len(prefix)).nonzero().flatten().tolist())


@settings(max_examples=200)
@given(rules=constraint_lists, shape=shapes, spaced=st.booleans(), begins_sentence=st.booleans())
def test_a_piece_is_allowed_when_some_obedient_fill_goes_on_with_it(
    rules: tuple[Constraint, ...], shape: tuple[int, ...], spaced: bool, begins_sentence: bool
) -> None:
    obedient = [
        pieces
        for pieces in every_fill(shape, spaced=spaced)
        if obeys(rules, text_of(pieces, spaced=spaced), begins_sentence=begins_sentence)
    ]
    automaton = ConstraintAutomaton(
        letter_vocabulary(), rules, spaced=spaced, begins_sentence=begins_sentence
    ).at(shape)
    assert automaton.is_empty == (not obedient)
    expected: dict[tuple[int, ...], set[int]] = {(): set()}
    for pieces in obedient:
        for end in range(len(pieces)):
            expected.setdefault(pieces[:end], set()).add(pieces[end])
    for prefix, continuations in expected.items():
        assert allowed_by(automaton, prefix) == continuations


@settings(max_examples=50)
@given(rules=constraint_lists, data=st.data())
def test_nothing_follows_a_piece_that_was_not_allowed(
    rules: tuple[Constraint, ...], data: st.DataObject
) -> None:
    automaton = ConstraintAutomaton(letter_vocabulary(), rules).at((3,))
    piece = data.draw(st.integers(0, len(letter_vocabulary()) - 1))
    fills = every_fill((3,), spaced=True)
    if piece in allowed_by(automaton, ()) or piece not in {fill[0] for fill in fills}:
        return
    assert allowed_by(automaton, (piece,)) == set()


def test_states_are_equal_after_equal_pieces_and_masks_are_kept() -> None:
    vocabulary = letter_vocabulary()
    automaton = ConstraintAutomaton(vocabulary, constraints('ends="b", max_chars=9')).at((3,))
    (first,) = vocabulary.encode(" a")
    (second,) = vocabulary.encode("b")
    one = automaton.advance(automaton.advance(automaton.start, first), second)
    other = automaton.advance(automaton.advance(automaton.start, first), second)
    assert one == other
    assert hash(one) == hash(other)
    assert automaton.allowed(one, 2) is automaton.allowed(other, 2)


def test_a_capital_read_as_a_small_letter_is_within_its_word() -> None:
    vocabulary = letter_vocabulary()
    (capital,) = vocabulary.encode("A")

    def at_a_start(items: str) -> FillAutomaton:
        rules = constraints(items)
        return ConstraintAutomaton(vocabulary, rules, spaced=False, begins_sentence=True).at((2,))

    assert capital in allowed_by(at_a_start(r'regex="[a-z]\\B.\\b"'), ())
    assert at_a_start(r'regex="[a-z]\\b[a-z]"').is_empty


def test_half_a_character_is_never_allowed() -> None:
    vocabulary = letter_vocabulary()
    automaton = ConstraintAutomaton(vocabulary, constraints('regex=".*"'), spaced=False).at((1,))
    allowed = {vocabulary.decode([p]) for p in allowed_by(automaton, ())}
    assert "é" in allowed
    assert not any("\ufffd" in text for text in allowed)


def test_without_constraints_the_slots_masks_are_left() -> None:
    vocabulary = letter_vocabulary()
    automaton = ConstraintAutomaton(vocabulary, ()).at((2,))
    masks = WordPieces.of(vocabulary)
    assert not automaton.is_empty
    assert torch.equal(automaton.allowed(automaton.start, 0), masks.starts_spaced)
    state = automaton.advance(automaton.start, int(masks.starts_spaced.nonzero()[0]))
    assert torch.equal(automaton.allowed(state, 1), masks.continues)


@pytest.mark.parametrize(
    ("items", "shape"),
    [
        ('allowed="a|b", forbidden="A|B"', (1,)),
        ('starts="ab", max_chars=1', (1,)),
        ('regex="z+"', (2,)),
        ('regex="(a|b)*a(a|b){20}"', (3,)),
        ('contains=" "', (3,)),
        ("max_chars=2", (1, 1)),
        ("max_chars=2", (3,)),
    ],
)
def test_contradictions_are_empty(items: str, shape: tuple[int, ...]) -> None:
    automaton = ConstraintAutomaton(letter_vocabulary(), constraints(items)).at(shape)
    assert automaton.is_empty
    assert not automaton.allowed(automaton.start, 0).any()


def test_a_long_blank_is_followed_to_its_end() -> None:
    vocabulary = letter_vocabulary()
    automaton = ConstraintAutomaton(vocabulary, constraints('ends="b"')).at((1,) * 999)
    state = automaton.start
    for slot in range(999):
        allowed = automaton.allowed(state, slot).nonzero().flatten()
        state = automaton.advance(state, int(allowed[0]))
        is_last = slot == 998
        texts = {vocabulary.decode([piece])[-1] for piece in allowed.tolist()}
        assert texts == ({"b"} if is_last else {"a", "b", "A"})


def test_a_regex_with_too_many_ways_is_refused(tiny_model: MariaForMaskedInfilling) -> None:
    rules = constraints(r'regex=".*(e|t|o).{25}|.*(a|n|s).{24}"')
    with pytest.raises(NotSupportedError, match="too complicated"):
        ConstraintAutomaton(tiny_model.vocabulary, rules).at((1,) * 30)


@pytest.mark.parametrize("seed", range(20))
def test_any_walk_along_the_masks_obeys(tiny_model: MariaForMaskedInfilling, seed: int) -> None:
    vocabulary = tiny_model.vocabulary
    rules = constraints(
        r'contains="he", regex="[a-z ]+", forbidden="the|she", ends="t", max_chars=19'
    )
    automaton = ConstraintAutomaton.of(vocabulary, rules).at((2, 1, 3))
    generator = torch.Generator().manual_seed(seed)
    pieces: list[int] = []
    state = automaton.start
    for slot in range(6):
        allowed = automaton.allowed(state, slot).double()
        pieces.append(int(torch.multinomial(allowed, 1, generator=generator)))
        state = automaton.advance(state, pieces[-1])
    text = vocabulary.decode(pieces)
    assert text.count(" ") == 3
    assert satisfies(rules, text.removeprefix(" "))


def test_an_automaton_is_made_once(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    rules = constraints('ends="t"')
    assert ConstraintAutomaton.of(vocabulary, rules) is ConstraintAutomaton.of(vocabulary, rules)
    assert ConstraintAutomaton.of(vocabulary, rules) is not ConstraintAutomaton.of(
        vocabulary, rules, spaced=False
    )
