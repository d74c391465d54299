"""Which words of a line are unknown to the dictionary. Offsets are code points.

The dictionary is pyenchant's, an optional extra; without it there is no `Speller`. Knows no Qt.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from maria_editor.editor.markdown import Kind, styles
from maria_editor.editor.marks import without_blanks
from maria_editor.editor.spelling_scripts import LATIN, word_pattern

_log = logging.getLogger(__name__)

# Bounded, so that a line without spaces is not read again from each of its letters.
_ADDRESS = re.compile(r"(?<!\w)(?:\w{1,20}://\S+|[\w.+-]{1,64}@[\w.]+)")
_MOST_SUGGESTIONS = 5
# As dictionaries have them: the apostrophe, the Hebrew signs for abbreviations, no sign of stress.
_STRAIGHT = str.maketrans({"’": "'", "\u05f3": "'", "\u05f4": '"', "\u0301": None})
_ENGLISH = ("en_US", "en_GB", "en")


class Speller(Protocol):
    """A dictionary and the writer's own words."""

    def is_known(self, word: str) -> bool:
        """Return whether a word is spelled right."""
        ...

    def suggestions(self, word: str) -> list[str]:
        """Return likelier spellings, the likeliest first."""
        ...

    def add(self, word: str) -> None:
        """Take a word into the writer's own dictionary, for good."""
        ...

    def ignore(self, word: str) -> None:
        """Take a word as known until the editor is closed."""
        ...


class EnchantSpeller:
    """The system's dictionaries through pyenchant."""

    def __init__(self, dictionary: Any) -> None:
        self._dictionary = dictionary
        self._known: dict[str, bool] = {}
        self._ignored: set[str] = set()

    def is_known(self, word: str) -> bool:
        """Return whether a word is spelled right."""
        if word not in self._known:
            self._known[word] = self._dictionary.check(_straight(word))
        return self._known[word] or word in self._ignored

    def suggestions(self, word: str) -> list[str]:
        """Return likelier spellings, the likeliest first, with the apostrophes of the word."""
        found = self._dictionary.suggest(_straight(word))[:_MOST_SUGGESTIONS]
        return [other.replace("'", "’") if "’" in word else other for other in found]

    def add(self, word: str) -> None:
        """Take a word into the writer's own dictionary, for good."""
        self._dictionary.add(_straight(word))
        self._known.clear()

    def ignore(self, word: str) -> None:
        """Take a word as known until the editor is closed."""
        # Not enchant's session, which every dictionary of the process would share.
        self._ignored.add(word)


def installed_languages() -> tuple[str, ...]:
    """Return what there are dictionaries for, such as `en_GB`; takes a while the first time."""
    enchant = _enchant()
    return () if enchant is None else tuple(sorted(set(enchant.list_languages())))


def nearest_language(installed: Sequence[str], *wanted: str) -> str | None:
    """Return the dictionary for the first wanted language that has one, else an English one.

    Where it has none of its own country, another country's does.
    """
    for language in (*wanted, _ENGLISH[0]):
        kind = language.partition("_")[0]
        for there in (language, *_ENGLISH, *installed):
            if there in installed and there.partition("_")[0] == kind:
                return there
    return None


def open_speller(words: Path, language: str) -> EnchantSpeller | None:
    """Return the dictionary of an installed language; None where it cannot be opened.

    `words` is the file of the writer's own words, one a line.
    """
    enchant = _enchant()
    if enchant is None:
        return None
    try:
        words.parent.mkdir(parents=True, exist_ok=True)
        return EnchantSpeller(enchant.DictWithPWL(language, str(words)))
    except (OSError, enchant.errors.Error) as error:
        _log.warning("no spelling: %s", type(error).__name__)
        return None


def unknown_words(line: str, speller: Speller, script: str = LATIN) -> list[tuple[int, int]]:
    """Return the places of a line's unknown words; code, addresses and blanks are left out.

    `script` is that of the dictionary: words in others are not looked up.
    """
    line = without_blanks(line, " ")
    if "@" in line or "://" in line:
        line = _ADDRESS.sub(_blanked, line)
    for style in styles(line):
        if style.kind is Kind.CODE:
            line = _without(line, style.start, style.end)
        elif style.kind is Kind.LINK:
            line = _without(line, style.end - style.after, style.end)
    words = word_pattern(script)
    # A long paragraph has each of its words many times.
    unknown = {
        word
        for word in set(words.findall(line))
        if len(word) > 1 and not word.isupper() and not speller.is_known(word)
    }
    if not unknown:
        return []
    return [match.span() for match in words.finditer(line) if match[0] in unknown]


def _enchant() -> Any:
    """Return pyenchant; None where the package or the library that it binds is missing."""
    try:
        return importlib.import_module("enchant")
    except ImportError:
        return None


def _straight(word: str) -> str:
    return word.translate(_STRAIGHT)


def _blanked(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _without(line: str, start: int, end: int) -> str:
    return line[:start] + " " * (end - start) + line[end:]
