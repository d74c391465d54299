"""How near two words are: by their letters, or as forms of one word.

A writer's slip is often another form of the right word, or one that looks like it: "walk" for
"walked", "their" for "there". Such words mostly begin alike; "was" and "were" do not, and are known
by a list. Knows nothing of what a slip costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from maria_model.vocabulary import SharedVocabulary
from maria_model.word_forms import forms_of

# Words that have fewer letters in common at their beginnings are not akin at all.
LEAST_SHARED = 2
# As near as "walk" and "walked", about.
FORMS_NEARNESS = 0.75


def shared_beginning(one: str, other: str) -> float:
    """Return how many letters two words begin with alike, as a share of the longer one."""
    one, other = one.casefold(), other.casefold()
    shared = 0
    for letter, its in zip(one, other, strict=False):
        if letter != its:
            break
        shared += 1
    return shared / max(len(one), len(other)) if shared >= LEAST_SHARED else 0.0


def nearness(one: str, other: str) -> float:
    """Return how near two words are, 0 to 1: nearer than most that begin alike if forms of one."""
    near = shared_beginning(one, other)
    return max(near, FORMS_NEARNESS) if other.casefold() in forms_of(one) else near


class Kinship:
    """Compares words as pieces of a vocabulary."""

    def __init__(self, vocabulary: SharedVocabulary) -> None:
        self._vocabulary = vocabulary
        self._words: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._pieces: dict[str, list[int]] = defaultdict(list)
        for piece in vocabulary.is_word_start.nonzero().flatten().tolist():
            word = self._text((piece,))
            self._words[word[:LEAST_SHARED].casefold()].append((piece, word))
            self._pieces[word.casefold()].append(piece)

    def between(self, one: Sequence[int], other: Sequence[int]) -> float:
        """Return the `nearness` of two words."""
        return nearness(self._text(one), self._text(other))

    def to_every_word(self, word: Sequence[int]) -> Tensor:
        """Return (V,) the `nearness` of a word and each word of one piece."""
        text = self._text(word)
        near = torch.zeros(len(self._vocabulary), dtype=torch.float64)
        for piece, other in self._words.get(text[:LEAST_SHARED].casefold(), ()):
            near[piece] = nearness(text, other)
        for form in forms_of(text):
            pieces = self._pieces.get(form, [])
            near[pieces] = near[pieces].clamp(min=FORMS_NEARNESS)
        return near

    def _text(self, pieces: Sequence[int]) -> str:
        return self._vocabulary.decode(pieces).strip()
