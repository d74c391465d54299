"""How near two words are in their letters."""

from __future__ import annotations

import pytest

from maria_model.kinship import FORMS_NEARNESS, Kinship, nearness, shared_beginning
from maria_model.modeling import MariaForMaskedInfilling


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("walk", "walked", 4 / 6),
        ("Their", "there", 3 / 5),
        ("is", "are", 0.0),
        ("wall", "wood", 0.0),
        ("same", "same", 1.0),
        ("a", "a", 0.0),
        ("", "", 0.0),
    ],
)
def test_letters_that_words_begin_with_alike(one: str, other: str, share: float) -> None:
    assert shared_beginning(one, other) == pytest.approx(share)
    assert shared_beginning(other, one) == pytest.approx(share)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("was", "were", FORMS_NEARNESS),
        ("Were", "was", FORMS_NEARNESS),
        ("has", "have", FORMS_NEARNESS),
        ("children", "child", FORMS_NEARNESS),
        ("was", "went", 0.0),
        ("was", "was", 1.0),
        ("walk", "walked", 4 / 6),
    ],
)
def test_forms_of_a_word_are_near_it(one: str, other: str, share: float) -> None:
    assert nearness(one, other) == pytest.approx(share)
    assert nearness(other, one) == pytest.approx(share)


def test_words_are_compared_as_they_are_written(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    kinship = Kinship(vocabulary)
    one, other = (vocabulary.encode(text) for text in (" walk", " walked"))
    assert kinship.between(one, other) == pytest.approx(4 / 6)


def test_every_word_of_one_piece_is_compared(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    kinship, word = Kinship(vocabulary), vocabulary.encode(" There")
    nearness = kinship.to_every_word(word)
    assert nearness.shape == (len(vocabulary),)
    assert float(nearness.max()) > 0.5
    for piece in range(len(vocabulary)):
        expected = kinship.between(word, (piece,)) if vocabulary.is_word_start[piece] else 0.0
        assert float(nearness[piece]) == pytest.approx(expected)
