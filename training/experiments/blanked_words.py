"""Blanks words of held-out text and records what the model makes of each, for offline fits.

A record holds the likeliest words of one piece with MARIA's log-probabilities, and for a lone blank
also its words of two and three pieces and what the causal LM says of every one, word and following
pieces. `lengths` and `calibration` choose their constants from the records in seconds.

    python -m training.experiments.blanked_words --data .build/embedded/data/test.jsonl \
        --output .build/embedded/blanked_test.json
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from maria_model.blanks import find_blanks
from maria_model.causal_reader import CausalReader, PassCounts
from maria_model.errors import ConfigurationError
from maria_model.infilling import allowed_pieces, joint_logits, masked_halves, slot_densities
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.sampling import constrained_logprobs
from maria_model.tokenization import (
    MAXIMUM_PIECES_PER_WORD,
    BlankedText,
    Excerpt,
    Window,
    is_own_segmentation,
)

MARK = "[MASK]"
# Words of one piece that are recorded; enough for five that differ by more than case.
CANDIDATES = 8
# Known pieces after the word whose log-probabilities are recorded.
SUFFIX_PIECES = 16
# The partition function is recorded at these temperatures, so that each can be tried offline.
TEMPERATURES = tuple(round(0.7 + 0.05 * i, 2) for i in range(31))
# Characters of a passage on either side of its first blank.
REACH = 500
# In a crowded passage one word in so many is blanked.
SPACING = 6

_WORD = re.compile(r"(?<= )[A-Za-z]+(?:['’][a-z]+)?(?=[ \n.,;:!?)])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A word for a blank.

    Attributes:
        parts: its pieces.
        marias: MARIA's log-likelihood of them, at their number.
        string: log p_AR of the word, then of the word and 1, 2, ... known pieces after it.
        is_own: whether the tokenizer would cut the word so.
    """

    text: str
    parts: int
    marias: float
    string: tuple[float, ...]
    is_own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankRecord:
    """A blanked word and what the model makes of it.

    Attributes:
        passage: number of its passage; the blanks of a crowded one share it.
        truth: the word that stood there.
        crowd: blanks in its passage.
        candidates: words of one piece and their log-probabilities, likeliest first.
        partitions: log of the sum of p ** (1 / T) over all such words, for T in `TEMPERATURES`.
        proposals: of every length, for a lone blank only.
    """

    passage: int
    truth: str
    crowd: int
    candidates: tuple[tuple[str, float], ...]
    partitions: tuple[float, ...]
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text with blanks, and the words that stood there."""

    text: str
    truths: tuple[str, ...]


def draw_passages(
    path: Path, count: int, *, spacing: int | None = None, seed: int = 0
) -> list[Passage]:
    """Return passages from all over a held-out JSONL file, one blank each, or one in `spacing`.

    Raises:
        ConfigurationError: there is no such file, or too few words in it.
    """
    if not path.is_file():
        raise ConfigurationError(f"No held-out text at {path}. Run training.build_data first.")
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    places = [(i, word) for i, text in enumerate(texts) for word in _WORD.finditer(text)]
    if len(places) < count:
        raise ConfigurationError(f"{path} has {len(places)} words, too few for {count} blanks.")
    draw = random.Random(seed)
    step = len(places) / count
    passages = []
    for number in range(count):
        document, word = places[int((number + draw.random()) * step)]
        passages.append(_passage(texts[document], word, spacing, draw))
    return passages


def _passage(text: str, word: re.Match[str], spacing: int | None, draw: random.Random) -> Passage:
    start = text.find(" ", max(0, word.start() - REACH)) if word.start() > REACH else 0
    end = min(len(text), word.end() + REACH)
    words = [word]
    if spacing is not None:
        inside = list(_WORD.finditer(text, start + 1, end - 1))
        words = inside[draw.randrange(spacing) :: spacing] or words
    parts, position = [], start
    for blanked in words:
        parts += [text[position : blanked.start()], MARK]
        position = blanked.end()
    return Passage(
        text="".join([*parts, text[position:end]]), truths=tuple(match[0] for match in words)
    )


class BlankRecorder:
    """Reads passages with a model, one after the other."""

    def __init__(self, model: MariaForMaskedInfilling) -> None:
        self._model = model
        self._limit = model.context_length - 2

    def record(self, number: int, passage: Passage) -> list[BlankRecord]:
        """Return a passage's records: of its lone blank in full, of a crowd's candidates only."""
        blanks = find_blanks(passage.text, strict=False)
        if len(blanks) != len(passage.truths):
            # The text spoke of blanks itself.
            return []
        text = BlankedText(
            text=passage.text, blanks=blanks, vocabulary=self._model.vocabulary, limit=self._limit
        )
        excerpt = text.excerpt(range(len(blanks)))
        if len(blanks) == 1:
            return [self._lone_record(number, passage, excerpt)]
        return [
            self._record(number, passage, filled.blank.index, filled.first_logprobs)
            for filled in infill_words(self._model, excerpt, longest=1)
        ]

    def _record(self, number: int, passage: Passage, blank: int, logprobs: Tensor) -> BlankRecord:
        return BlankRecord(
            passage=number,
            truth=passage.truths[blank],
            crowd=len(passage.truths),
            candidates=tuple(
                (self._word([piece]), logprob) for piece, logprob in _likeliest(logprobs)
            ),
            partitions=tuple(
                float(torch.logsumexp(logprobs / temperature, dim=-1))
                for temperature in TEMPERATURES
            ),
        )

    @torch.inference_mode()
    def _lone_record(self, number: int, passage: Passage, excerpt: Excerpt) -> BlankRecord:
        reader = CausalReader(self._model, PassCounts())
        shapes = range(1, MAXIMUM_PIECES_PER_WORD + 1)
        windows = [excerpt.lay_out({0: (parts,)}) for parts in shapes]
        readings = [self._read_greedily(window, reader) for window in windows]
        logprobs = readings[0][0]
        # One piece has several proposals, longer words have MARIA's own alone.
        found = [([piece], logprob) for piece, logprob in _likeliest(logprobs)]
        found += [
            ([int(row.argmax()) for row in rows], float(rows.max(dim=-1).values.sum()))
            for rows in readings[1:]
        ]
        begin = windows[0].slots[0].position
        suffix = windows[0].pieces[begin + 1 : begin + 1 + SUFFIX_PIECES]
        reader.follow(windows[0].pieces[:begin])
        strings = self._strings(reader, [[*pieces, *suffix] for pieces, _ in found])
        proposals = [
            self._proposal(pieces, marias, string)
            for (pieces, marias), string in zip(found, strings, strict=True)
        ]
        return replace(self._record(number, passage, 0, logprobs), proposals=tuple(proposals))

    def _proposal(self, pieces: list[int], marias: float, string: list[float]) -> Proposal:
        return Proposal(
            text=self._word(pieces),
            parts=len(pieces),
            marias=marias,
            string=tuple(string[len(pieces) - 1 :]),
            is_own=is_own_segmentation(self._model.vocabulary, pieces),
        )

    def _read_greedily(self, window: Window, reader: CausalReader) -> Tensor:
        """Return MARIA's log-probabilities (S, V) at each slot, the likeliest pieces before it."""
        vocabulary, filled = self._model.vocabulary, list(window.pieces)
        halves = masked_halves(self._model, window, reader.counts)
        reader.follow(filled[: window.slots[0].position])
        rows = []
        for slot, half, density in zip(window.slots, halves, slot_densities(window), strict=True):
            state = reader.read_to(filled, slot.position)
            logits = joint_logits(self._model, state, half, density)
            allowed = allowed_pieces(vocabulary, window, filled, slot)
            rows.append(constrained_logprobs(logits, allowed))
            filled[slot.position] = int(rows[-1].argmax())
        return torch.stack(rows)

    def _strings(self, reader: CausalReader, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """Return the cumulated log p_AR of each row, piece by piece."""
        first = reader.state(reader.length)[None]
        tails = reader.branch([row[:-1] for row in rows])
        sums = []
        for row, tail in zip(rows, tails, strict=True):
            logits = self._model.causal_lm_logits(torch.cat([first, tail])).double()
            logprobs = torch.log_softmax(logits, dim=-1)
            sums.append(logprobs[torch.arange(len(row)), torch.tensor(row)].cumsum(0).tolist())
        return sums

    def _word(self, pieces: Sequence[int]) -> str:
        return self._model.vocabulary.decode(pieces).strip()


def record_passages(
    model: MariaForMaskedInfilling, path: Path, *, lone: int, crowded: int, seed: int = 0
) -> list[BlankRecord]:
    """Return the records of so many passages with one blank, and with many."""
    recorder = BlankRecorder(model)
    passages = draw_passages(path, lone, seed=seed)
    passages += draw_passages(path, crowded, spacing=SPACING, seed=seed + 1)
    return [
        record
        for number, passage in enumerate(passages)
        for record in recorder.record(number, passage)
    ]


def save_records(records: Sequence[BlankRecord], path: Path) -> None:
    """Write records as JSON, one a line."""
    path.write_text("".join(json.dumps(asdict(record)) + "\n" for record in records))


def load_records(path: Path) -> list[BlankRecord]:
    """Read what `save_records` wrote.

    Raises:
        ConfigurationError: there is no such file, or it holds something else.
    """
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return [_record(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path} holds no records. Run blanked_words first.") from error


def _record(row: dict[str, Any]) -> BlankRecord:
    proposals = [Proposal(**p | {"string": tuple(p["string"])}) for p in row.pop("proposals")]
    candidates = tuple((text, logprob) for text, logprob in row.pop("candidates"))
    partitions = tuple(row.pop("partitions"))
    return BlankRecord(
        **row, candidates=candidates, partitions=partitions, proposals=tuple(proposals)
    )


def _likeliest(logprobs: Tensor) -> list[tuple[int, float]]:
    """Return the likeliest pieces and their log-probabilities."""
    best = logprobs.topk(CANDIDATES)
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [(piece, logprob) for piece, logprob in pairs if logprob > -torch.inf]


def main() -> None:
    """Record one split's blanks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None, help="name or folder; the embedded one by default")
    parser.add_argument("--data", type=Path, required=True, help="held-out JSONL file")
    parser.add_argument("--lone", type=int, default=800, help="passages with one blank")
    parser.add_argument("--crowded", type=int, default=80, help="passages with many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, required=True, help="JSON lines")
    arguments = parser.parse_args()
    records = record_passages(
        load_model(arguments.model),
        arguments.data,
        lone=arguments.lone,
        crowded=arguments.crowded,
        seed=arguments.seed,
    )
    save_records(records, arguments.output)
    print(f"{arguments.output}: {len(records)} blanks")


if __name__ == "__main__":
    main()
