"""Step after step of a head training's data, ahead of the trainer where a worker is allowed.

Every step carries the place after it, so that a checkpoint holds what was consumed and not what
was read ahead. Knows the vocabulary; knows nothing of backbones or the head.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch.utils.data import DataLoader, IterableDataset

from maria_model.errors import (
    ConfigurationError,
    MariaError,
    TokenizerMismatchError,
    first_line,
)
from maria_model.vocabulary import SharedVocabulary
from training.head.configuration import FRAME, HeadConfig
from training.head.documents import Document, DocumentSource, TextSource
from training.head.lanes import LaneReader, Place, Segment
from training.head.layouts import Layout, MicroBatch
from training.head.masks import MaskDrawing
from training.whole_writes import whole_file

logger = logging.getLogger(__name__)

_PREFETCHED_STEPS = 4
# Held-out examples have masks of their own, the same in every run.
_HELD_OUT_EPOCH = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one process reads for one step, and where the next one begins.

    Attributes:
        batches: the passes.
        pieces: pieces read, masked or not.
        slots: slots computed, padding included.
        place: of the data after this step.
    """

    batches: list[MicroBatch]
    pieces: int
    slots: int
    place: Place


class StepDataset(IterableDataset["Step | MariaError"]):
    """Steps without end, from a place on; bad data comes as the error that ends them."""

    def __init__(
        self,
        config: HeadConfig,
        vocabulary: SharedVocabulary,
        source: DocumentSource,
        *,
        process: int,
        processes: int,
        place: Place | None,
    ) -> None:
        super().__init__()
        self._config = config
        self._source = source
        self._encode = Encoder(vocabulary)
        self._layout = build_layout(config, vocabulary)
        own = config.rows_per_process
        self._lanes = range(process * own, (process + 1) * own)
        self._total = processes * own
        self._place = place

    def __iter__(self) -> Iterator[Step | MariaError]:
        try:
            yield from self._steps()
        except MariaError as error:
            # Raised in another process, its message would be a traceback.
            yield error

    def _steps(self) -> Iterator[Step]:
        reader = LaneReader(
            self._source,
            self._encode,
            lanes=self._lanes,
            total=self._total,
            slots=self._config.row_slots,
            place=self._place,
        )
        while True:
            rows = reader.next_rows()
            batches = self._layout.lay_out(rows)
            yield Step(
                batches=batches,
                pieces=sum(len(segment.pieces) for row in rows for segment in row),
                slots=sum(batch.causal_ids.numel() for batch in batches),
                place=reader.place(),
            )


def step_loader(dataset: StepDataset, *, workers: int) -> Iterator[Step]:
    """Yield the steps of a data set, read in a process of its own where `workers` is 1.

    Raises:
        MariaError: the data is bad.
    """
    loader = DataLoader(
        dataset,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=_PREFETCHED_STEPS if workers else None,
    )
    for step in loader:
        if isinstance(step, MariaError):
            raise step
        yield step


class Encoder:
    """Documents into pieces; a text that one of the models cannot read becomes empty."""

    def __init__(self, vocabulary: SharedVocabulary) -> None:
        self._vocabulary = vocabulary
        self._piece_of_id = np.full(int(vocabulary.causal_ids.max()) + 1, -1)
        self._piece_of_id[vocabulary.causal_ids.numpy()] = np.arange(len(vocabulary))

    def __call__(self, document: Document) -> np.ndarray:
        """Return (n,) pieces."""
        if isinstance(document.content, np.ndarray):
            ids = document.content.astype(np.int64)
            pieces = self._piece_of_id[ids[ids < len(self._piece_of_id)]]
            return pieces[pieces >= 0]
        try:
            return np.array(self._vocabulary.encode(document.content), dtype=np.int64)
        except TokenizerMismatchError as error:
            logger.info("left a document out: %s", error)
            return np.empty(0, dtype=np.int64)


def build_layout(config: HeadConfig, vocabulary: SharedVocabulary) -> Layout:
    """Return the layout that a configuration asks for."""
    drawing = MaskDrawing(
        is_word_start=vocabulary.is_word_start.numpy(),
        kind=config.mask_kind,
        span_length=config.span_length,
        revealed_prefix_share=config.revealed_prefix_share,
        seed=config.seed,
    )
    return Layout(
        vocabulary,
        drawing,
        packed=config.layout == "packed",
        slots=config.row_slots,
        rows=config.batch_size,
    )


def held_out_batches(
    config: HeadConfig,
    vocabulary: SharedVocabulary,
    documents: list[Document],
    *,
    process: int,
    processes: int,
) -> list[MicroBatch]:
    """Return this process's share of the held-out examples: each document's beginning."""
    encode, rows, room = Encoder(vocabulary), list[list[Segment]](), 0
    for document in documents[process::processes]:
        pieces = encode(document)[: config.sequence_length]
        if not len(pieces):
            continue
        slots = len(pieces) + FRAME
        if slots > room:
            rows.append([])
            room = config.row_slots
        segment = Segment(pieces=pieces, key=document.key, start=0, epoch=_HELD_OUT_EPOCH)
        rows[-1].append(segment)
        room -= slots
    layout, size = build_layout(config, vocabulary), config.batch_size * 8
    parts = (rows[start : start + size] for start in range(0, len(rows), size))
    return [batch for part in parts for batch in layout.lay_out(part)]


def write_held_out(source: DocumentSource, path: Path, *, limit: int) -> None:
    """Keep a text source's held-out documents in a file, so that only the first start looks."""
    if not isinstance(source, TextSource) or path.is_file():
        return
    documents = source.held_out(limit)
    with whole_file(path) as file:
        for document in documents:
            row = {"key": document.key, "text": document.content}
            file.write(f"{json.dumps(row)}\n".encode())


def read_held_out(source: DocumentSource, path: Path, *, limit: int) -> list[Document]:
    """Return the documents of `write_held_out`, or the source's own.

    Raises:
        ConfigurationError: the file was altered, or none is held out.
    """
    if not path.is_file():
        return source.held_out(limit)
    try:
        rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return [Document(content=row["text"], key=row["key"]) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} was altered ({first_line(error)}). Remove it and start again: the same "
            "documents are held out."
        ) from error
