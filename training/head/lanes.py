"""Which row of a step reads which document: the same whatever the number of processes.

A step has L rows over all processes and passes. Row l of every step is lane l: it reads documents
l, l + L, l + 2L, ... one after the other, cut where a row is full. A process reads the lanes it
owns and tokenises no other document. The place of a run is each lane's document and offset, and
one cursor of the source from which all of them can be reached. Knows nothing of masks or tensors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from maria_model.errors import ConfigurationError
from training.head.configuration import FRAME, MIN_SEGMENT
from training.head.documents import Block, Cursor, Document, DocumentSource

Encode = Callable[[Document], np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Consecutive pieces of one document, read without regard to what stands beside them.

    Attributes:
        pieces: (n,) int64.
        key: the document's.
        start: where in the document the segment begins.
        epoch: how often the data was read before.
    """

    pieces: np.ndarray
    key: int
    start: int
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands in its data.

    Attributes:
        number: the first document of the block that `cursor` opens.
        cursor: of a block at or before every lane's document.
        lanes: lane -> (document, offset) that it reads next.
    """

    number: int
    cursor: Cursor | None
    lanes: dict[int, tuple[int, int]]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        lanes = [[lane, *at] for lane, at in sorted(self.lanes.items())]
        return {"number": self.number, "cursor": self.cursor, "lanes": lanes}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Place:
        """Read `to_json`'s plain data."""
        lanes = {lane: (number, offset) for lane, number, offset in values["lanes"]}
        return cls(number=values["number"], cursor=values["cursor"], lanes=lanes)

    @classmethod
    def merge(cls, places: Sequence[Place]) -> Place:
        """Join the places of all processes: every lane, and the earliest cursor."""
        first = min(places, key=lambda place: place.number)
        lanes = {lane: at for place in places for lane, at in place.lanes.items()}
        return cls(number=first.number, cursor=first.cursor, lanes=lanes)


class _Lane:
    """One lane's waiting documents and the one that is open."""

    def __init__(self, number: int, offset: int) -> None:
        self.number = number
        self.offset = offset
        self.pieces: np.ndarray | None = None
        self.key = self.epoch = 0
        self.waiting: deque[tuple[Document, int]] = deque()

    def close(self, lanes: int) -> None:
        """Go on to the lane's next document."""
        self.number, self.offset, self.pieces = self.number + lanes, 0, None


class LaneReader:
    """Reads the lanes of one process.

    Args:
        source: of the documents.
        encode: document -> pieces; an empty array leaves the document out.
        lanes: the lanes read here.
        total: lanes of all processes together.
        slots: of a row, frame tokens included.
        place: where to go on; None is the start.
    """

    def __init__(
        self,
        source: DocumentSource,
        encode: Encode,
        *,
        lanes: range,
        total: int,
        slots: int,
        place: Place | None = None,
    ) -> None:
        self._encode = encode
        self._total = total
        self._slots = slots
        starts = place.lanes if place else {}
        self._lanes = {lane: _Lane(*starts.get(lane, (lane, 0))) for lane in lanes}
        self._blocks = source.blocks(place.cursor if place else None)
        self._opened: deque[tuple[int, Cursor]] = deque()
        self._source = source
        self._is_readable = False

    def next_rows(self) -> list[list[Segment]]:
        """Return the next row of every lane read here."""
        return [self._row(lane) for lane in self._lanes.values()]

    def place(self) -> Place:
        """Return where the next row of every lane begins."""
        first = min(lane.number for lane in self._lanes.values())
        while len(self._opened) > 1 and self._opened[1][0] <= first:
            self._opened.popleft()
        number, cursor = self._opened[0]
        lanes = {index: (lane.number, lane.offset) for index, lane in self._lanes.items()}
        return Place(number=number, cursor=cursor, lanes=lanes)

    def _row(self, lane: _Lane) -> list[Segment]:
        room, row = self._slots - FRAME, list[Segment]()
        while room > 0:
            pieces = self._open(lane)
            left = len(pieces) - lane.offset
            if room < min(left, MIN_SEGMENT):
                break
            size = min(left, room)
            part = pieces[lane.offset : lane.offset + size]
            row.append(Segment(pieces=part, key=lane.key, start=lane.offset, epoch=lane.epoch))
            lane.offset += size
            if lane.offset == len(pieces):
                lane.close(self._total)
            room -= size + FRAME
        return row

    def _open(self, lane: _Lane) -> np.ndarray:
        """Return the pieces of the lane's document, reading on until there is one with any.

        Raises:
            ConfigurationError: no document has any, in any lane.
        """
        while lane.pieces is None or not len(lane.pieces):
            if lane.pieces is not None:
                self._check_readable()
                lane.close(self._total)
            while not lane.waiting:
                self._deal(next(self._blocks))
            document, lane.epoch = lane.waiting.popleft()
            lane.pieces, lane.key = self._encode(document), document.key
        return lane.pieces

    def _check_readable(self) -> None:
        """Look, at the first document without pieces, whether there is one with any."""
        if self._is_readable:
            return
        for block in self._source.blocks(None):
            if block.epoch:
                raise ConfigurationError(
                    f"{self._source.where}: no document there has words that both models know. "
                    "Give other text, or other models."
                )
            if any(len(self._encode(document)) for document in block.documents):
                break
        self._is_readable = True

    def _deal(self, block: Block) -> None:
        """Hand a block's documents to the lanes that are read here and still want them."""
        self._opened.append((block.number, block.cursor))
        for number, document in enumerate(block.documents, start=block.number):
            lane = self._lanes.get(number % self._total)
            if lane is not None and number >= lane.number:
                lane.waiting.append((document, block.epoch))
