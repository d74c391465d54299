"""Which words a model can read, by their script: what it says of the others is noise.

Asked about a script that it never read, a model spells the word byte by byte and offers words of
those it knows. Plain data; knows nothing of models.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from maria_model.api import WordScore

# How many likelier words tell whether the model knows a word's script.
WITNESSES = 6


def is_read(word: WordScore) -> bool:
    """Return whether the model knows a word's script: one of the likelier words is written in it.

    Accented letters are of their script.
    """
    own = _scripts_of(word.text)
    others = [other.text for other in word.alternatives]
    return not own or not others or any(own & _scripts_of(other) for other in others)


def read_words(words: Iterable[WordScore]) -> Iterator[WordScore]:
    """Yield the words whose script the model knows, but for the one behind one it does not.

    What the model expects there is spoilt by what it could not read.
    """
    was_read = True
    for word in words:
        reads = is_read(word)
        if reads and was_read:
            yield word
        was_read = reads


def is_script_of(text: str, words: Iterable[str]) -> bool:
    """Return whether one of the words is in the script that most of a text is in.

    A text or words without letters say nothing, which counts as that they are.
    """
    scripts = Counter(map(_script_of, filter(str.isalpha, text)))
    written = set[str]().union(*map(_scripts_of, words))
    return not scripts or not written or scripts.most_common(1)[0][0] in written


def _scripts_of(word: str) -> set[str]:
    return {_script_of(letter) for letter in word if letter.isalpha()}


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    # Unicode names a letter by its script first: LATIN SMALL LETTER E WITH ACUTE.
    return unicodedata.name(letter, "").partition(" ")[0]
