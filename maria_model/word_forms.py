"""English words that are forms of one another, or are mistaken for one another.

Those that begin alike (`walk`, `walked`; `their`, `there`) need no list. Knows nothing of models.
"""

from __future__ import annotations

from collections import defaultdict

_GROUPS = (
    "am is are was were be been being",
    "have has had having",
    "do does did done doing",
    "go goes went gone going",
    "get gets got getting",
    "take took taken",
    "come came",
    "see saw seen",
    "know knew known",
    "can could",
    "will would",
    "shall should",
    "begin began begun",
    "break broke broken",
    "bring brought",
    "buy bought by",
    "catch caught",
    "eat ate eaten",
    "fall fell fallen",
    "feel felt",
    "find found",
    "give gave given",
    "hold held",
    "keep kept",
    "leave left",
    "lose lost loose",
    "run ran",
    "sell sold",
    "sing sang sung",
    "sit sat",
    "speak spoke spoken",
    "stand stood",
    "tell told",
    "think thought",
    "write wrote written",
    "i me my mine",
    "he him his",
    "she her hers",
    "they them their theirs",
    "we us our ours",
    "this these",
    "that those",
    "man men",
    "woman women",
    "foot feet",
    "child children",
    "good better best",
    "bad worse worst",
    "much many more most",
    "little less least",
    "a an",
    "it its",
    "to too two",
    "of off",
    "no know",
    "were where wear",
)


def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for group in _GROUPS:
        for word in group.split():
            found[word].update(dict.fromkeys(group.split()))
    return {word: tuple(o for o in others if o != word) for word, others in found.items()}


_FORMS = _by_word()


def forms_of(word: str) -> tuple[str, ...]:
    """Return the other forms of a word, in lower case; none for most words."""
    return _FORMS.get(word.casefold(), ())
