"""Which words are looked up, and the dictionary that answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor import spelling
from maria_editor.editor.spelling import open_speller, unknown_words


class NothingIsKnown:
    def is_known(self, word: str) -> bool:
        return False

    def suggestions(self, word: str) -> list[str]:
        return []

    def add(self, word: str) -> None:
        """Nothing is kept."""

    def ignore(self, word: str) -> None:
        """Nothing is kept."""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("It’s a well-known 🙂 thing", ["It’s", "well", "thing"]),
        ("NASA, I, room101 and x_y", ["and"]),
        ("run `pyton` at [teh place](adress/teh)", ["run", "at", "teh", "place"]),
        ('[MASK:starts="teh"] https://teh.example me@teh.example end', ["end"]),
        ('[MASK:contains="a]teh"] end', ["end"]),
        ("היא said café", ["said", "café"]),
        ("**bold** and *true*", ["bold", "and", "true"]),
    ],
)
def test_which_words_are_looked_up(line: str, words: list[str]) -> None:
    found = [line[start:end] for start, end in unknown_words(line, NothingIsKnown())]
    assert found == words


@given(st.text(max_size=60))
def test_places_are_words_of_the_line(line: str) -> None:
    position = 0
    for start, end in unknown_words(line, NothingIsKnown()):
        assert position <= start < end - 1 < len(line)
        assert not any(letter.isspace() or letter.isdecimal() for letter in line[start:end])
        position = end


@pytest.mark.parametrize("unit", ["_", "a", "a.", "a@", "*a", "[a]("])
def test_a_line_without_spaces_is_read_once(unit: str) -> None:
    # Reading it once for each of its letters would take minutes.
    line = unit * (200_000 // len(unit))
    found = unknown_words(line, NothingIsKnown())
    assert all(0 <= start < end <= len(line) for start, end in found)


def test_the_dictionary_learns(tmp_path: Path) -> None:
    pytest.importorskip("enchant", exc_type=ImportError)
    words = tmp_path / "new" / "words.txt"
    speller = open_speller(words, "en_US")
    if speller is None:
        pytest.skip("no English dictionary is installed")
    assert speller.is_known("lantern")
    assert not speller.is_known("lanttern")
    assert "lantern" in speller.suggestions("lanttern")
    assert "doesn’t" in speller.suggestions("doesn’tt")
    speller.ignore("Inezqa")
    assert speller.is_known("Inezqa")
    speller.add("herringbot")
    assert speller.is_known("herringbot")
    again = open_speller(words, "de_DE")
    assert again is not None
    assert again.is_known("herringbot")
    assert not again.is_known("Inezqa")


def test_without_the_package_there_is_no_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(spelling.importlib, "import_module", missing)
    assert open_speller(tmp_path / "words.txt", "en_US") is None
