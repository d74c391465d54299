"""Linked blanks: one word for all of them, up to an initial capital, chosen jointly.

Every occurrence is read by itself first, the others open. The best words of all occurrences
together are then put into each place, as the tokenizer cuts them there, and compete by the sum of
their scores. Knows nothing of requests.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from maria_model.api import Candidate, SamplingOptions
from maria_model.candidates import shares_of
from maria_model.configuration import Calibration
from maria_model.constraints import satisfies
from maria_model.lengths import WordSearch
from maria_model.listed import entries, holds
from maria_model.proposals import FilledBlank, Proposal
from maria_model.sampling import GREEDY, NoiseKey, choose
from maria_model.tokenization import BlankedText
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Excerpt, OpenBlank

# Words that are rescored at every occurrence.
MAXIMUM_WORDS = 32
# Words looked at for each occurrence, and what a word that is not among them is worth there.
_LIKELIEST, _MISSING = 200, -16.0


@dataclass(frozen=True, slots=True)
class _Place:
    """One occurrence: a search that has come to it, and what it would be filled with alone."""

    search: WordSearch
    blank: OpenBlank
    filled: FilledBlank


class LinkedBlanks:
    """The linked blanks of a text.

    Args:
        open_search: begins a word search in an excerpt.
        options: greedy, or how words are drawn.
        candidate: number of this answer in the noise's key.
    """

    def __init__(
        self,
        text: BlankedText,
        open_search: Callable[[Excerpt], WordSearch],
        *,
        calibration: Calibration,
        options: SamplingOptions = GREEDY,
        candidate: int = 0,
    ) -> None:
        self._text = text
        self._open_search = open_search
        self._calibration = calibration
        self._options = options
        self._candidate = candidate

    def choose(self, group: Sequence[int], count: int) -> list[list[Candidate]] | None:
        """Return the word and its rivals for each occurrence, the rivals best first.

        None where no word obeys the rules of all occurrences.
        """
        places = [self._read(index) for index in group]
        words = self._best_words(places)
        if not words:
            return None
        weighed = [self._weigh(place, words) for place in places]
        scores = torch.tensor([[p.score for p in proposals] for proposals in weighed]).sum(dim=0)
        shares = shares_of(scores.tolist(), self._calibration)
        key = NoiseKey(blank=group[0], piece=0, candidate=self._candidate)
        chosen = choose(scores, options=self._options, key=key).piece
        ranked = scores.argsort(descending=True, stable=True).tolist()
        order = sorted(ranked, key=lambda n: n != chosen)[:count]
        return [
            [
                Candidate(
                    text=self._at(place.blank, words[n]),
                    logprob=proposals[n].logprob,
                    probability=shares[n],
                )
                for n in order
            ]
            for place, proposals in zip(places, weighed, strict=True)
        ]

    def _read(self, index: int) -> _Place:
        excerpt = self._text.excerpt([index])
        search = self._open_search(excerpt)
        *before, blank = excerpt.open_blanks
        for other in before:
            search.pass_over(other)
        return _Place(search, blank, search.settle_blank(blank, MAXIMUM_PIECES_PER_WORD))

    def _best_words(self, places: Sequence[_Place]) -> list[str]:
        """Return the words with the best sums of log-likelihoods over all occurrences."""
        sums: dict[str, float] = defaultdict(float)
        spellings: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for place in places:
            for word, logprob in self._words_of(place).items():
                sums[word.casefold()] += logprob - _MISSING
                # A sentence's first word does not tell whether it is a name.
                is_telling = place.blank.case != "upper" or place.blank.is_listed
                spellings[word.casefold()][word] += math.exp(logprob) if is_telling else 0.0
        best = sorted(sums, key=lambda word: -sums[word])
        words = (max(spellings[word], key=spellings[word].__getitem__) for word in best)
        obedient = (word for word in words if self._is_obedient(places, word))
        return [word for word, _ in zip(obedient, range(MAXIMUM_WORDS), strict=False)]

    def _words_of(self, place: _Place) -> dict[str, float]:
        """Return the likeliest words of one occurrence and their log-likelihoods."""
        if place.blank.is_listed:
            return self._listed_words_of(place)
        fill = self._text.fill_text(place.blank, place.filled.pieces)
        words = {fill: place.filled.logprob}
        if place.blank.most_words > 1:
            return words
        logprobs = place.filled.first_logprobs
        best = logprobs.topk(min(_LIKELIEST, len(logprobs)))
        for logprob, piece in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            if logprob > _MISSING:
                words.setdefault(self._text.fill_text(place.blank, [piece]), logprob)
        return words

    def _listed_words_of(self, place: _Place) -> dict[str, float]:
        """Return the entries of an occurrence's list, as they were written."""
        written = {word.casefold(): word for word in entries(place.blank)}
        words = {}
        for proposal in place.filled.proposals:
            word = self._text.fill_text(place.blank, proposal.pieces)
            words[written.get(word.casefold(), word)] = max(proposal.logprob, _MISSING)
        return words

    def _is_obedient(self, places: Sequence[_Place], word: str) -> bool:
        # A list of one blank is a list of all of its name.
        is_listed = any(place.blank.is_listed for place in places)
        return all(
            holds(place.blank, word, is_listed=is_listed)
            and satisfies(
                place.blank.constraints,
                self._at(place.blank, word),
                begins_sentence=place.blank.case == "upper",
            )
            for place in places
        )

    def _weigh(self, place: _Place, words: Sequence[str]) -> list[Proposal]:
        fills = [self._text.pieces_of(place.blank, self._at(place.blank, word)) for word in words]
        return place.search.weigh(place.blank, fills)

    def _at(self, blank: OpenBlank, word: str) -> str:
        return word[:1].upper() + word[1:] if blank.case == "upper" else word
