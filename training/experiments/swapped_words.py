"""Paragraphs of held-out text in which words were swapped for others, as a writer's slips.

Half of them for random words of like frequency, half for words that are akin: other forms, and
words that begin alike. Frequencies are counted in a sample of the training text. Knows nothing of
models.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from maria_model.errors import ConfigurationError
from maria_model.kinship import LEAST_SHARED, shared_beginning
from maria_model.word_forms import forms_of

# A paragraph's words, fewest and most.
PARAGRAPH_WORDS = (60, 150)
# Of a paragraph's words this share is swapped.
SHARE = 0.1
# A word is swapped for one that is at most so many times as frequent, or as rare.
LIKE_FREQUENCY = 2.0
# Words seen less often in the sample are neither swapped nor swapped in.
LEAST_COUNT = 5
# Tokens of the training text that are counted, and how many runs of it.
SAMPLE_TOKENS, SAMPLE_RUNS = 3_000_000, 200

# Of the swapped words that have any this share is swapped for one that is akin.
AKIN_SHARE = 0.5
# Akin are other forms of a word, or else words that begin alike for this share of the longer one.
AKIN_BEGINNING = 0.5

_WORD = re.compile(r"(?<![\w'’-])[a-z]+(?![\w'’-])")
_MARKUP = re.compile(r"[\[\]|#`<>{}\\_*=@]|://")


@dataclass(frozen=True, slots=True, kw_only=True)
class SwappedParagraph:
    """A paragraph with words swapped.

    Attributes:
        originals: the word that stood at each swapped place, by its offset in `text`.
        akin: offsets of those swapped for a word that is akin.
        words: offsets in `text` of all words that could have been swapped.
    """

    text: str
    originals: Mapping[int, str]
    words: tuple[int, ...]
    akin: frozenset[int] = frozenset()


def count_words(tokens: Path, tokenizer: Path) -> Counter[str]:
    """Count the lower-case words in runs from all over a token file.

    Raises:
        ConfigurationError: one of the files is missing.
    """
    for path in (tokens, tokenizer):
        if not path.is_file():
            raise ConfigurationError(f"{path} is missing. Run training.build_data first.")
    stream = np.memmap(tokens, dtype=np.uint16, mode="r")
    length = min(len(stream), SAMPLE_TOKENS) // SAMPLE_RUNS
    starts = np.linspace(0, len(stream) - length, SAMPLE_RUNS).astype(int)
    reader = Tokenizer.from_file(str(tokenizer))
    runs = [stream[start : start + length].tolist() for start in starts]
    return Counter(word for run in reader.decode_batch(runs) for word in _WORD.findall(run))


class Swapper:
    """Swaps words for random words of like frequency, or for words that are akin.

    Args:
        counts: how often each word was seen.
        akin: this share of the words that have any is swapped for one that is akin.
    """

    def __init__(self, counts: Mapping[str, int], *, akin: float = AKIN_SHARE) -> None:
        self._akin = akin
        self._counts = {word: count for word, count in counts.items() if count >= LEAST_COUNT}
        self._ordered = sorted(self._counts, key=lambda word: (self._counts[word], word))
        self._by_letters: dict[str, list[str]] = defaultdict(list)
        for word in self._ordered:
            self._by_letters[word[:LEAST_SHARED]].append(word)
        self._order = [self._counts[word] for word in self._ordered]

    def swap(self, text: str, draw: random.Random) -> SwappedParagraph:
        """Return a paragraph with a tenth of its words swapped."""
        words = [match for match in _WORD.finditer(text) if match[0] in self._counts]
        chosen = set(draw.sample(range(len(words)), round(SHARE * len(words))))
        parts, position, length = [], 0, 0
        starts: list[int] = []
        originals: dict[int, str] = {}
        akin: set[int] = set()
        for number, match in enumerate(words):
            parts.append(text[position : match.start()])
            starts.append(length + len(parts[-1]))
            word = match[0]
            if number in chosen:
                originals[starts[-1]] = word
                forms = self._forms(word) if draw.random() < self._akin else []
                if forms:
                    akin.add(starts[-1])
                word = draw.choice(forms) if forms else self._other(word, draw)
            parts.append(word)
            length = starts[-1] + len(word)
            position = match.end()
        return SwappedParagraph(
            text="".join([*parts, text[position:]]),
            originals=originals,
            words=tuple(starts),
            akin=frozenset(akin),
        )

    def _forms(self, word: str) -> list[str]:
        """Return the words that are akin to one."""
        if forms := forms_of(word):
            return [other for other in forms if other in self._counts]
        return [
            other
            for other in self._by_letters[word[:LEAST_SHARED]]
            if other != word and shared_beginning(word, other) >= AKIN_BEGINNING
        ]

    def _other(self, word: str, draw: random.Random) -> str:
        count = self._counts[word]
        first = bisect_left(self._order, count / LIKE_FREQUENCY)
        last = bisect_right(self._order, count * LIKE_FREQUENCY)
        near = [other for other in self._ordered[first:last] if other != word]
        # The commonest words have no peers: the next commonest stands in.
        return draw.choice(near or [w for w in self._ordered[-2:] if w != word])


def draw_paragraphs(path: Path, count: int, draw: random.Random) -> list[str]:
    """Return paragraphs of plain prose from all over a held-out JSONL file.

    Raises:
        ConfigurationError: there is no such file, or too little prose in it.
    """
    if not path.is_file():
        raise ConfigurationError(f"No held-out text at {path}. Run training.build_data first.")
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    least, most = PARAGRAPH_WORDS
    found = [
        [
            paragraph.strip()
            for paragraph in text.split("\n\n")
            if least <= len(paragraph.split()) <= most and not _MARKUP.search(paragraph)
        ]
        for text in texts
    ]
    # Documents take turns, so that no long book outweighs the rest.
    paragraphs = _in_turns([draw.sample(some, len(some)) for some in found])
    if len(paragraphs) < count:
        raise ConfigurationError(f"{path} has {len(paragraphs)} paragraphs, {count} are needed.")
    return paragraphs[:count]


def _in_turns(lists: Sequence[Sequence[str]]) -> list[str]:
    longest = max(map(len, lists), default=0)
    return [some[turn] for turn in range(longest) for some in lists if turn < len(some)]
