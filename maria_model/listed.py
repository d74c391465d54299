"""The entries of an `allowed` list as fills: each is judged whole, as the tokenizer cuts it.

No slots are searched, so names of many pieces, hyphens and phrases are as good as short words.
Knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence

from maria_model.constraints import listed_words, satisfies, takes_words
from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import OpenBlank


def listed_fills(vocabulary: SharedVocabulary, blank: OpenBlank) -> list[tuple[int, ...]] | None:
    """Return the entries that obey all rules of a blank as pieces; None where it has no list.

    At a sentence's start each entry has its capital.

    Raises:
        NotSupportedError: a rule that no blank can follow.
    """
    if not blank.is_listed:
        return None
    begins_sentence = blank.case == "upper"
    return [
        tuple(vocabulary.encode(f" {text}" if blank.spaced else text))
        for text in _at_place(blank)
        if holds(blank, text, is_listed=True)
        and satisfies(blank.constraints, text, begins_sentence=begins_sentence)
    ]


def holds(blank: OpenBlank, text: str, *, is_listed: bool) -> bool:
    """Whether a blank takes as many words as a fill has."""
    least, most = blank.words, blank.most_words
    return takes_words(text, minimum=least, maximum=most, is_listed=is_listed)


def entries(blank: OpenBlank) -> Sequence[str]:
    """Return the entries of a blank's list as they were written; none where it has no list."""
    allowed = [rule for rule in blank.constraints if rule.key == "allowed"]
    return listed_words(allowed[0]) if allowed else ()


def _at_place(blank: OpenBlank) -> Sequence[str]:
    """Return the entries as they stand in the text: with a capital at a sentence's start."""
    words = entries(blank)
    if blank.case == "upper":
        words = [word[:1].upper() + word[1:] for word in words]
    return list(dict.fromkeys(words))
