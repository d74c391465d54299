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
from maria_model.infilling import (
    MaskedReading,
    allowed_pieces,
    masked_logprobs,
    read_masked,
)
from maria_model.lengths import infill_words
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.models import load_model
from maria_model.sampling import constrained_logprobs
from maria_model.tokenization import BlankedText, is_own_segmentation
from maria_model.windows import MAXIMUM_PIECES_PER_WORD, Excerpt
from training.experiments.fitted_constants import read_fitted

MARK = "[MASK]"
# Words of one piece that are recorded; enough for five that differ by more than case.
CANDIDATES = 8
# Beginnings of a longer word that are followed up, and such words that are recorded.
BEAM_WIDTH = 16
BEAM_PROPOSALS = 4
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
        masked: the masked LM's own, each piece read by itself.
        string: log p_AR of the word, then of the word and 1, 2, ... known pieces after it.
        is_own: whether the tokenizer would cut the word so.
        is_greedy: whether its pieces were chosen one after the other, each the likeliest.
    """

    text: str
    parts: int
    marias: float
    masked: float
    string: tuple[float, ...]
    is_own: bool = True
    is_greedy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankRecord:
    """A blanked word and what the model makes of it.

    Attributes:
        passage: number of its passage; the blanks of a crowded one share it.
        truth: the word that stood there.
        parts: its pieces.
        crowd: blanks in its passage.
        candidates: words of one piece and their log-probabilities, likeliest first.
        partitions: log of the sum of p ** (1 / T) over all such words, for T in `TEMPERATURES`.
        proposals: of every length, for a lone blank only.
    """

    passage: int
    truth: str
    parts: int
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


@dataclass(frozen=True, slots=True)
class _Found:
    pieces: list[int]
    marias: float
    is_greedy: bool = False


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
        truth = passage.truths[blank]
        return BlankRecord(
            passage=number,
            truth=truth,
            parts=len(self._model.vocabulary.encode(f" {truth}")),
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
        begin = windows[0].slots[0].position
        reader.read_to(windows[0].pieces, begin)
        layouts = [read_masked(self._model, window, reader.counts) for window in windows]
        logprobs = self._logprobs(layouts[0], reader, [[]])[0]
        found = [_Found([piece], logprob) for piece, logprob in _likeliest(logprobs)]
        for layout in layouts[1:]:
            found += [self._greedy(layout, reader), *self._beam(layout, reader)]
        suffix = windows[0].pieces[begin + 1 : begin + 1 + SUFFIX_PIECES]
        strings = self._strings(reader, [[*word.pieces, *suffix] for word in found])
        masked = [
            masked_logprobs(self._model, layout, 0, parts)
            for parts, layout in zip(shapes, layouts, strict=True)
        ]
        proposals = tuple(
            self._proposal(word, masked[len(word.pieces) - 1], string)
            for word, string in zip(found, strings, strict=True)
        )
        return replace(self._record(number, passage, 0, logprobs), proposals=proposals)

    def _proposal(self, found: _Found, masked: Tensor, string: list[float]) -> Proposal:
        rows, pieces = torch.arange(len(found.pieces)), torch.tensor(found.pieces)
        return Proposal(
            text=self._word(found.pieces),
            parts=len(found.pieces),
            marias=found.marias,
            masked=float(masked[rows, pieces].sum()),
            string=tuple(string[len(found.pieces) - 1 :]),
            is_own=is_own_segmentation(self._model.vocabulary, found.pieces),
            is_greedy=found.is_greedy,
        )

    def _greedy(self, layout: MaskedReading, reader: CausalReader) -> _Found:
        """Return MARIA's likeliest piece, the likeliest that goes on with it, and so on."""
        pieces: list[int] = []
        marias = 0.0
        for _ in layout.window.slots:
            logprobs = self._logprobs(layout, reader, [pieces])[0]
            pieces.append(int(logprobs.argmax()))
            marias += float(logprobs.max())
        return _Found(pieces, marias, is_greedy=True)

    def _beam(self, layout: MaskedReading, reader: CausalReader) -> list[_Found]:
        """Return the likeliest words; a piece counts with its chance to be gone on with at all."""
        beam = [_Found([], 0.0)]
        for _ in layout.window.slots:
            rows = self._logprobs(layout, reader, [word.pieces for word in beam], is_joint=True)
            sums = rows + torch.tensor([word.marias for word in beam])[:, None]
            best = sums.flatten().topk(BEAM_WIDTH)
            beam = [
                _Found([*beam[index // rows.shape[1]].pieces, index % rows.shape[1]], marias)
                for index, marias in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ]
        return [word for word in beam[:BEAM_PROPOSALS] if word.marias > -torch.inf]

    def _logprobs(
        self,
        layout: MaskedReading,
        reader: CausalReader,
        words: list[list[int]],
        *,
        is_joint: bool = False,
    ) -> Tensor:
        """Return log-probabilities (B, V) of the piece after each beginning of the word.

        They are normalised over the allowed pieces, as the engine's are; `is_joint` normalises
        those that go on with a word over all pieces.
        """
        slot = layout.window.slots[len(words[0])]
        states = reader.state(reader.length)[None]
        if words[0]:
            states = torch.stack([states[-1] for states in reader.branch(words)])
        halves, densities = layout.halves[slot.piece], layout.densities[slot.piece]
        causal_halves = self._model.causal_half_logits(states)
        logits = self._model.join_halves(causal_halves, halves, densities)
        allowed = allowed_pieces(self._model.vocabulary, layout.window, layout.window.pieces, slot)
        if is_joint and words[0]:
            return torch.log_softmax(logits.double(), dim=-1).masked_fill(~allowed, -torch.inf)
        return constrained_logprobs(logits, allowed)

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
    parser.add_argument("--gate", type=Path, help="JSON of fit_gate; the model's own by default")
    parser.add_argument("--output", type=Path, required=True, help="JSON lines")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    if arguments.gate:
        model.config.inference = read_fitted([arguments.gate])
    records = record_passages(
        model,
        arguments.data,
        lone=arguments.lone,
        crowded=arguments.crowded,
        seed=arguments.seed,
    )
    save_records(records, arguments.output)
    print(f"{arguments.output}: {len(records)} blanks")


if __name__ == "__main__":
    main()
