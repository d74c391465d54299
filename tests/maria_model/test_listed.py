"""Entries of an `allowed` list: any name, hyphen or phrase may win, and nothing else."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from maria_model.api import FillRequest, SamplingOptions
from maria_model.blanks import find_blanks
from maria_model.engine import MariaEngine
from maria_model.errors import NotSupportedError
from maria_model.listed import listed_fills
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.tokenization import BlankedText
from maria_model.windows import OpenBlank


@pytest.fixture
def engine(tiny_model: MariaForMaskedInfilling) -> MariaEngine:
    return MariaEngine(tiny_model)


def open_blank(model: MariaForMaskedInfilling, text: str) -> OpenBlank:
    source = BlankedText(
        text=text, blanks=find_blanks(text), vocabulary=model.vocabulary, limit=100
    )
    return source.excerpt([0]).open_blanks[0]


def entries(model: MariaForMaskedInfilling, text: str) -> list[str] | None:
    fills = listed_fills(model.vocabulary, open_blank(model, text))
    return None if fills is None else [model.vocabulary.decode(fill) for fill in fills]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('The [MASK:allowed="lamp|deep  sea"] sat.', [" lamp", " deep sea"]),
        ('The [MASK:2,allowed="lamp|deep sea"] sat.', [" deep sea"]),
        ('The [MASK:1-2,allowed="lamp|deep sea|a b c"] sat.', [" lamp", " deep sea"]),
        ('The [MASK:allowed="lamp|oil",contains="i"] sat.', [" oil"]),
        ('The [MASK:allowed="lamp|oil",max_chars=2] sat.', []),
        ('[MASK:allowed="lamp|Lamp"] sat.', ["Lamp"]),
        ('The [MASK:contains="i"] sat.', None),
    ],
)
def test_the_entries_that_obey_all_rules_are_the_fills(
    tiny_model: MariaForMaskedInfilling, text: str, expected: list[str] | None
) -> None:
    assert entries(tiny_model, text) == expected


@pytest.mark.parametrize(
    "word", ["Nebuchadnezzar", "mother-in-law", "Zürich", "New York City", "o'clock", "xvii."]
)
def test_any_word_that_is_listed_fits(engine: MariaEngine, word: str) -> None:
    text = f'They met [MASK:allowed="{word}"] by the [MASK] evening.'
    result = engine.fill(FillRequest(text=text))
    assert result.blanks[0].fill == word
    assert not result.unfilled
    assert [candidate.text for candidate in result.blanks[0].candidates] == [word]


def test_a_list_of_one_is_put_into_every_linked_blank(engine: MariaEngine) -> None:
    text = '[MASK:allowed="new york",name=x] slept. We left [MASK:name=x] by night.'
    assert engine.fill(FillRequest(text=text)).text == "New york slept. We left new york by night."


def test_the_likeliest_entry_is_taken_and_all_are_listed(engine: MariaEngine) -> None:
    text = 'The [MASK:allowed="lamp|oil can|step|iron stairs"] had been lit.'
    (blank,) = engine.fill(FillRequest(text=text, num_candidates=9)).blanks
    texts = [candidate.text for candidate in blank.candidates]
    assert sorted(texts) == ["iron stairs", "lamp", "oil can", "step"]
    assert blank.fill == texts[0]
    chances = [candidate.probability for candidate in blank.candidates]
    assert all(more >= less for more, less in pairwise(chances))
    assert math.isclose(sum(chances), 1.0)


def test_draws_are_entries_and_differ_with_the_seed(engine: MariaEngine) -> None:
    text = 'The [MASK:allowed="lamp|oil can|step|iron stairs"] had been lit.'

    def draw(seed: int, method: str) -> str:
        sampling = SamplingOptions(temperature=5.0, seed=seed)
        request = FillRequest(text=text, sampling=sampling, method=method)  # type: ignore[arg-type]
        return engine.fill(request).blanks[0].fill

    draws = [draw(seed, "auto") for seed in range(12)]
    assert draws == [draw(seed, "sequential") for seed in range(12)]
    assert set(draws) <= {"lamp", "oil can", "step", "iron stairs"}
    assert len(set(draws)) > 1


def test_more_entries_than_one_pass_reads_compete(engine: MariaEngine) -> None:
    words = [first + second for first in "bcdfgh" for second in ("amp", "oil", "step", "ea", "it")]
    words += [f"{word} {word}" for word in words[:20]]
    listed = "|".join(words)
    best = engine.fill(FillRequest(text=f'The [MASK:allowed="{listed}"] sat.')).blanks[0]
    back = "|".join(reversed(words))
    assert engine.fill(FillRequest(text=f'The [MASK:allowed="{back}"] sat.')).blanks[0].fill == (
        best.fill
    )


def test_a_list_that_contradicts_another_rule_leaves_the_blank(engine: MariaEngine) -> None:
    with pytest.raises(NotSupportedError, match="no candidate"):
        engine.fill(FillRequest(text='The [MASK:allowed="lamp|oil",starts="x"] sat.'))


def test_a_long_entry_has_room_beside_a_text_that_fills_the_context(
    tiny_model: MariaForMaskedInfilling, engine: MariaEngine
) -> None:
    text = "the lamp and " * 60 + '[MASK:allowed="' + "lamp and oil " * 6 + '"]' + " the sea" * 60
    assert open_blank(tiny_model, 'A [MASK:allowed="lamp and oil"] x').room >= 12
    (blank,) = engine.fill(FillRequest(text=text)).blanks
    assert blank.fill == ("lamp and oil " * 6).strip()
