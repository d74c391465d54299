"""Swapped words: like frequency, known places, and nothing else touched."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from maria_model.errors import ConfigurationError
from training.experiments.swapped_words import Swapper, draw_paragraphs

COUNTS = {f"{chr(97 + n)}word": 10 * 2**n for n in range(8)} | {"rare": 1}
TEXT = "Ned, aword bword-cword! " + "dword eword fword rare " * 10 + "hword."


def test_places_and_originals_give_the_text_back() -> None:
    paragraph = Swapper(COUNTS).swap(TEXT, random.Random(0))
    text = paragraph.text
    for start in sorted(paragraph.originals, reverse=True):
        assert start in paragraph.words
        word = text[start:].split()[0].strip(".,!")
        text = text[:start] + paragraph.originals[start] + text[start + len(word) :]
    assert text == TEXT


def test_a_tenth_is_swapped_for_words_of_like_frequency() -> None:
    paragraph = Swapper(COUNTS, akin=0.0).swap(TEXT, random.Random(1))
    # Hyphened words, rare ones and names stay.
    assert len(paragraph.words) == 32
    assert len(paragraph.originals) == 3
    for start, original in paragraph.originals.items():
        new = paragraph.text[start:].split()[0].strip(".,!")
        assert new != original
        assert 0.5 <= COUNTS[new] / COUNTS[original] <= 2.0


AKIN = dict.fromkeys(("walk", "walked", "walking", "wander", "is", "are", "stone"), 10)


def test_words_are_swapped_for_words_that_are_akin() -> None:
    text = "walk is stone " * 60
    paragraph = Swapper(AKIN, akin=1.0).swap(text, random.Random(0))
    found = {
        (original, paragraph.text[start:].split()[0])
        for start, original in paragraph.originals.items()
        if start in paragraph.akin
    }
    assert found <= {("walk", "walked"), ("walk", "walking"), ("is", "are")}
    assert {original for original, _ in found} == {"walk", "is"}
    # What has no other form is swapped for any word.
    rest = paragraph.originals.keys() - paragraph.akin
    assert rest
    assert {paragraph.originals[start] for start in rest} == {"stone"}


def test_none_are_akin_unless_asked() -> None:
    paragraph = Swapper(AKIN, akin=0.0).swap("walk is stone " * 20, random.Random(0))
    assert not paragraph.akin


def test_the_same_draw_swaps_the_same() -> None:
    swapper = Swapper(COUNTS)
    assert swapper.swap(TEXT, random.Random(2)) == swapper.swap(TEXT, random.Random(2))


def test_paragraphs_are_plain_prose_from_every_document(tmp_path: Path) -> None:
    long = " ".join(["word"] * 70)
    path = tmp_path / "held_out.jsonl"
    documents = [f"{long} one\n\n{long} two\n\nshort", f"| {long}\n\n{long} three"]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in documents))
    found = draw_paragraphs(path, 2, random.Random(0))
    assert {paragraph.split()[-1] for paragraph in found} in ({"one", "three"}, {"two", "three"})
    with pytest.raises(ConfigurationError, match="has 3 paragraphs, 4 are needed"):
        draw_paragraphs(path, 4, random.Random(0))
    with pytest.raises(ConfigurationError, match="No held-out text"):
        draw_paragraphs(tmp_path / "nothing", 1, random.Random(0))
