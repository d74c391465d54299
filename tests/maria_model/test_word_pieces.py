"""What may stand in a slot: words, their continuations, and the seams to the neighbours."""

from __future__ import annotations

import pytest

from maria_model.modeling import MariaForMaskedInfilling
from maria_model.windows import Slot
from maria_model.word_pieces import WordPieces, has_vowel_sound, last_word, next_word

WORD = Slot(position=0, blank=0, piece=0)


class Allowed:
    """The texts of the pieces that a slot may take."""

    def __init__(self, model: MariaForMaskedInfilling) -> None:
        self._vocabulary = model.vocabulary

    def __call__(self, slot: Slot, left: str = "", right: str = "") -> set[str]:
        mask = WordPieces.of(self._vocabulary).allowed(slot, left=left, right=right)
        return {self._vocabulary.decode([piece]) for piece in mask.nonzero().flatten().tolist()}


@pytest.fixture
def allowed(tiny_model: MariaForMaskedInfilling) -> Allowed:
    return Allowed(tiny_model)


def test_a_word_begins_with_its_space(allowed: Allowed) -> None:
    words = allowed(WORD)
    assert {" slate", " the", " Tom"} <= words
    assert all(word[0] == " " and word[1:].isalnum() for word in words)


def test_a_bare_word_has_no_space(allowed: Allowed) -> None:
    words = allowed(Slot(position=0, blank=0, piece=0, spaced=False))
    assert {"The", "a"} <= words
    assert all(word.isalnum() for word in words)


def test_a_continuation_is_letters_or_the_end_of_a_contraction(allowed: Allowed) -> None:
    pieces = allowed(Slot(position=0, blank=0, piece=1, kind="continuation", spaced=False))
    assert {"late", "mo"} <= pieces
    assert all(piece.isalpha() for piece in pieces - {"'s", "'t", "'ll"})


def test_a_token_is_anything_on_one_line(allowed: Allowed) -> None:
    pieces = allowed(Slot(position=0, blank=0, piece=0, kind="token"))
    assert {" slate", ",", " "} <= pieces
    assert not any("\n" in piece or "\ufffd" in piece for piece in pieces)


def test_case(allowed: Allowed) -> None:
    upper = allowed(Slot(position=0, blank=0, piece=0, spaced=False, case="upper"))
    lower = allowed(Slot(position=0, blank=0, piece=0, spaced=False, case="lower"))
    assert "The" in upper
    assert not any(word[0].islower() for word in upper)
    assert not any(word[0].isupper() for word in lower)


def test_no_echo_of_a_neighbour(allowed: Allowed) -> None:
    words = allowed(WORD, left="slate", right=" Sea")
    assert allowed(WORD) - words == {" slate", " sea", " An"}


def test_no_echo_of_a_content_word_nearby(allowed: Allowed) -> None:
    words = allowed(
        WORD, left="the sea, like the slate on the", right=" of the stairs and the wind"
    )
    # "sea" stands too far off; "on" and "and" may be said again, the words next to it may not.
    assert allowed(WORD) - words == {" slate", " stairs", " the", " a"}


def test_a_and_an(allowed: Allowed) -> None:
    assert " it" not in allowed(WORD, left="a")
    assert " it" in allowed(WORD, left="An")
    assert " sea" not in allowed(WORD, left="an")
    assert " a" in allowed(WORD, right=" sea")
    assert " a" not in allowed(WORD, right=" evening")
    assert " An" in allowed(WORD, right=" evening")


def test_a_seam_that_would_leave_nothing_gives_way(
    allowed: Allowed, tiny_model: MariaForMaskedInfilling
) -> None:
    masks = WordPieces(tiny_model.vocabulary)
    masks.is_lower |= True
    slot = Slot(position=0, blank=0, piece=0, case="upper")
    assert masks.allowed(slot).equal(masks.starts_spaced)


@pytest.mark.parametrize(
    "word", ["apple", "hour", "honest", "onerous", "umbrella", "uninvited", "8", "11"]
)
def test_an(word: str) -> None:
    assert has_vowel_sound(word) == (word != "onerous")


@pytest.mark.parametrize("word", ["lamp", "union", "Europe", "one", "useful", "house", "1", "110"])
def test_a(word: str) -> None:
    assert not has_vowel_sound(word)


def test_neighbours() -> None:
    assert last_word("the old lamp") == "lamp"
    assert last_word("the lamp,") == ""
    assert last_word("the lamp ") == ""
    assert next_word(" don't go") == "don't"
    assert next_word("ly") == ""
    assert next_word(", and") == ""
