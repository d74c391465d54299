"""Which pieces may stand in a slot: what begins a word, what goes on with one, and the seams.

The rules are boolean masks over the shared vocabulary, made once per vocabulary and applied to the
logits as -inf before anything is chosen. They belong to the target distribution: MARIA given that
the fill is words, fits its neighbours and leaves the rest of the text alone. The seams (capital at
a sentence's start, a or an, no echo of a neighbour) give way where they would leave nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache

import torch
from torch import Tensor

from maria_model.vocabulary import SharedVocabulary
from maria_model.windows import Slot

_CONTRACTION = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
_VOWEL_LETTER = re.compile(r"[aeiou]|8|1[18](?!\d)")
_LAST_WORD = re.compile(r"\w[\w']*$")
_NEXT_WORD = re.compile(r" (\w[\w']*)")
_WORDS = re.compile(r"\w[\w']*")
# So many words on either side a fill does not repeat. In held-out prose one word in 200 repeats a
# content word so near; in a short text a masked LM copies far more often (docs/adr/0022).
ECHO_REACH = 4
# Words that hold sentences together are repeated all the time.
_FUNCTION_WORDS = frozenset(
    """
    a about after all also am among an and another any are as at away be been before behind
    being between both but by came can come could did do does done down each either else even
    ever every few for from get go had has have he her here him his how i if in into is it its
    just like made make many may me might mine more most much must my near never no nor not now
    of off on once one only or other our out over own said same say shall she should since so
    some still such than that the their them then there these they this those though through
    till to too two under until up upon us very was we well were what when where whether which
    while who whom whose why will with within without would yet you your
    """.split()  # noqa: SIM905
)
# Spelled with a vowel and spoken with a consonant, and the other way round.
_SPOKEN_CONSONANT = re.compile(r"uni(?!n|m)|us[aeiu]|eu|one|once|ub[ei]|ut[ei]|ur[aei]|ewe")
_SPOKEN_VOWEL = re.compile(r"hour|honest|hono[u]?r|heir")


class WordPieces:
    """Masks over a vocabulary, (V,) bool each.

    Attributes:
        is_inline: the piece is whole characters, none of them a line end or a control.
        starts_spaced, starts_bare: it can begin a word, with and without its space.
        continues: it can go on with a word: letters, or a contraction's end.
        is_upper, is_lower: its first letter is a capital, a small letter.
        has_vowel_sound: it sounds like a vowel at its start, as far as spelling tells.
    """

    def __init__(self, vocabulary: SharedVocabulary) -> None:
        texts = [vocabulary.decode([piece]) for piece in range(len(vocabulary))]
        words = [text.removeprefix(" ") for text in texts]
        is_word = torch.tensor([_is_word(word) for word in words])
        is_spaced = torch.tensor([text.startswith(" ") for text in texts])
        contracts = torch.tensor([bool(_CONTRACTION.fullmatch(text)) for text in texts])
        self.is_inline = torch.tensor([_is_inline(text) for text in texts])
        self.starts_spaced = is_word & is_spaced
        self.starts_bare = is_word & ~is_spaced
        is_alphabetic = torch.tensor([text.isalpha() for text in texts])
        self.continues = (self.starts_bare & is_alphabetic) | contracts
        self.is_upper = torch.tensor([word[:1].isupper() for word in words])
        self.is_lower = torch.tensor([word[:1].islower() for word in words])
        self.has_vowel_sound = torch.tensor([has_vowel_sound(word) for word in words])
        self._pieces_of: dict[str, list[int]] = defaultdict(list)
        for piece, word in enumerate(words):
            self._pieces_of[word.casefold()].append(piece)

    @staticmethod
    @lru_cache(maxsize=4)
    def of(vocabulary: SharedVocabulary) -> WordPieces:
        """Return the masks of a vocabulary, made on first use."""
        return WordPieces(vocabulary)

    def allowed(
        self, slot: Slot, *, left: str = "", right: str = "", rules: Tensor | None = None
    ) -> Tensor:
        """Return (V,) the pieces that may stand in a slot between two stretches of known text.

        `rules` (V,) are the pieces that the writer's own rules leave; the seams give way to them.
        """
        if slot.kind == "token":
            return self.is_inline if rules is None else self.is_inline & rules
        if slot.kind == "continuation":
            return self.continues if rules is None else self.continues & rules
        allowed = self.starts_spaced if slot.spaced else self.starts_bare
        if rules is not None:
            allowed = allowed & rules
        for seam in self._seams(slot, left, right):
            if bool((allowed & seam).any()):
                allowed = allowed & seam
        return allowed

    def _seams(self, slot: Slot, left: str, right: str) -> list[Tensor]:
        seams = []
        before = last_word(left).casefold() if slot.spaced else ""
        after = next_word(right).casefold()
        if slot.case != "any":
            seams.append(~self.is_lower if slot.case == "upper" else ~self.is_upper)
        if before in ("a", "an"):
            seams.append(self.has_vowel_sound if before == "an" else ~self.has_vowel_sound)
        if slot.parts == 1:
            unwanted = [word for word in (before, after) if word]
            if after:
                unwanted.append("a" if has_vowel_sound(after) else "an")
            seams.append(self._none_of([*unwanted, *nearby_words(left, right)]))
        return seams

    def _none_of(self, words: list[str]) -> Tensor:
        mask = torch.ones_like(self.is_inline)
        mask[[piece for word in words for piece in self._pieces_of.get(word, ())]] = False
        return mask


def nearby_words(left: str, right: str) -> list[str]:
    """Return the content words near the place between two stretches of text, in small letters."""
    near = [*_WORDS.findall(left)[-ECHO_REACH:], *_WORDS.findall(right)[:ECHO_REACH]]
    return [word for word in map(str.casefold, near) if word not in _FUNCTION_WORDS]


def has_vowel_sound(word: str) -> bool:
    """Whether "an" goes before the word, as far as its spelling tells."""
    word = word.casefold()
    if _SPOKEN_CONSONANT.match(word):
        return False
    return bool(_VOWEL_LETTER.match(word) or _SPOKEN_VOWEL.match(word))


def last_word(text: str) -> str:
    """Return the word that ends a text, "" where something else does."""
    found = _LAST_WORD.search(text)
    return found[0] if found else ""


def next_word(text: str) -> str:
    """Return the word after the space that begins a text, "" where there is none."""
    found = _NEXT_WORD.match(text)
    return found[1] if found else ""


def _is_word(text: str) -> bool:
    return any(c.isalnum() for c in text) and all(
        c.isalnum() or unicodedata.category(c).startswith("M") for c in text
    )


def _is_inline(text: str) -> bool:
    return bool(text) and all(c.isprintable() and c != "\ufffd" for c in text)
