"""What a word is in each script that spelling is checked in.

A dictionary has no say in other scripts than its own. Scripts that part words by no space, such as
Thai and Chinese, are not here: what to look up would have to be found first. Knows no Qt.
"""

from __future__ import annotations

import re
from functools import lru_cache

LATIN = "Latin"
# Letters, with the signs above and below them that stand as letters of their own.
_LETTERS = {
    LATIN: "A-Za-zÀ-ɏ",
    "Cyrillic": "\u0400-\u0481\u048a-\u052f\u0301",
    "Greek": "\u0386\u0388-\u03ff\u1f00-\u1fff",
    "Hebrew": "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05ea",
    "Arabic": "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff",
    "Armenian": "\u0531-\u0556\u0560-\u0588",
    "Georgian": "\u10a0-\u10fa\u10fc-\u10ff",
    "Devanagari": "\u0900-\u0963\u0971-\u097f",
    "Korean": "\uac00-\ud7a3",
}
# What may stand between two letters of a word.
_APOSTROPHES = "'’"
_JOINERS = {
    "Hebrew": _APOSTROPHES + '"\u05f3\u05f4',
    # Persian parts the pieces of a word without a space; Devanagari shapes letters by the same.
    "Arabic": _APOSTROPHES + "\u200c\u200d",
    "Devanagari": _APOSTROPHES + "\u200c\u200d",
}


def is_checked(script: str) -> bool:
    """Return whether words of a script, such as `Cyrillic`, are looked up."""
    return script in _LETTERS


@lru_cache(maxsize=len(_LETTERS))
def word_pattern(script: str) -> re.Pattern[str]:
    """Return what finds the words of a script that are neither names of files nor of code."""
    letter = f"[{_LETTERS[script]}]"
    joiner = f"[{_JOINERS.get(script, _APOSTROPHES)}]"
    return re.compile(rf"(?<![\w@./\\-]){letter}+(?:{joiner}{letter}+)*(?![\w@/\\])")
