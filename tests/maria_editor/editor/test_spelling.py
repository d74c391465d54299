"""Which words are looked up, and the dictionary that answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor import spelling
from maria_editor.editor.spelling import (
    installed_languages,
    nearest_language,
    open_speller,
    unknown_words,
)


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


@pytest.mark.parametrize(
    ("script", "line", "words"),
    [
        ("Cyrillic", "Мальчик said м’ята, за\u0301мок и NASA", ["Мальчик", "м’ята", "за\u0301мок"]),
        ("Greek", "ὁ ἄνθρωπος, το νερό", ["ἄνθρωπος", "το", "νερό"]),
        ("Hebrew", "שלום, צה״ל the", ["שלום", "צה״ל"]),
        ("Arabic", "می‌خواهم، سلام؟ ١٢", ["می‌خواهم", "سلام"]),
        ("Armenian", "բարեւ world", ["բարեւ"]),
        ("Georgian", "გამარჯობა world", ["გამარჯობა"]),
        ("Devanagari", "नमस्ते दुनिया। १२", ["नमस्ते", "दुनिया"]),
        ("Korean", "안녕하세요 world", ["안녕하세요"]),
        ("Latin", "Мальчик said ἄνθρωπος", ["said"]),
    ],
)
def test_a_dictionary_looks_at_the_words_of_its_script(
    script: str, line: str, words: list[str]
) -> None:
    found = [line[start:end] for start, end in unknown_words(line, NothingIsKnown(), script)]
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
    if "en_US" not in installed_languages():
        pytest.skip("no English dictionary is installed")
    speller = open_speller(words, "en_US")
    assert speller is not None
    assert speller.is_known("lantern")
    assert not speller.is_known("lanttern")
    assert "lantern" in speller.suggestions("lanttern")
    assert "doesn’t" in speller.suggestions("doesn’tt")
    speller.ignore("Inezqa")
    assert speller.is_known("Inezqa")
    speller.add("herringbot")
    assert speller.is_known("herringbot")
    again = open_speller(words, "en_US")
    assert again is not None
    assert again.is_known("herringbot")
    assert not again.is_known("Inezqa")


def test_without_the_package_there_is_no_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(spelling.importlib, "import_module", missing)
    assert installed_languages() == ()
    assert open_speller(tmp_path / "words.txt", "en_US") is None


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("en_GB", "de_AT"), "en_GB"),
        (("de_AT",), "de_DE"),
        (("nn_NO", "de_AT"), "de_DE"),
        (("sv_SE",), "sv"),
        (("en_NZ",), "en_GB"),
        (("de",), "de_DE"),
        (("fr_FR",), "en_GB"),
        (("C",), "en_GB"),
    ],
)
def test_the_nearest_dictionary(wanted: tuple[str, ...], language: str) -> None:
    installed = ("de_DE", "en_AU", "en_GB", "sv")
    assert nearest_language(installed, *wanted) == language
    assert nearest_language((), *wanted) is None
    assert nearest_language(("pl_PL",), "fr_FR") is None


def test_a_language_that_is_not_installed_has_no_dictionary(tmp_path: Path) -> None:
    pytest.importorskip("enchant", exc_type=ImportError)
    assert open_speller(tmp_path / "words.txt", "xx_XX") is None
