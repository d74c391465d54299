"""What the word search passes around: proposals and settled blanks.

Plain holders. Know nothing of how anything is chosen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import OpenBlank

# The pieces of each word of some blanks, by number of the blank.
Shapes = dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One way to fill a blank, or one word of it.

    Attributes:
        shape: pieces of each word.
        logprob: MARIA's natural log-likelihood of the pieces, at this shape.
        masked_logprob: the masked LM's own natural log-likelihood of them, each piece read by
            itself.
        score: the string score that proposals compete by.
    """

    shape: tuple[int, ...]
    pieces: tuple[int, ...]
    logprob: float
    masked_logprob: float = 0.0
    score: float = -math.inf


@dataclass(frozen=True, slots=True)
class FilledBlank:
    """A settled blank.

    Attributes:
        pieces: the chosen pieces.
        logprob: MARIA's natural log-likelihood of them, at their shape.
        first_logprobs: (V,) the distribution of the first piece when the first word has one piece,
            given everything settled to the left; -inf everywhere where rules admit no such word,
            or a list says what there is.
        proposals: what a blank of one word, or with a list, was chosen from, best first; none
            where its first answer was safe.
        words: what each of several words was chosen from, best first; a safe one stands alone.
        is_obedient: whether the fill obeys the blank's rules; it does wherever any fill can.
    """

    blank: OpenBlank
    pieces: tuple[int, ...]
    logprob: float
    first_logprobs: Tensor
    proposals: tuple[Proposal, ...] = ()
    words: tuple[tuple[Proposal, ...], ...] = ()
    is_obedient: bool = True


def shape_of(vocabulary: SharedVocabulary, pieces: Sequence[int]) -> tuple[int, ...]:
    """Return the pieces of each word: a word begins with the fill or with a space."""
    shape: list[int] = []
    for piece in pieces:
        if not shape or vocabulary.is_word_start[piece]:
            shape.append(0)
        shape[-1] += 1
    return tuple(shape)
