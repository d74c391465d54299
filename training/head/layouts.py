"""Segments into tensors: packed rows whose segments do not see each other, or padded ones.

Both layouts hold the same segments with the same masks and give the same states; which is faster
depends on the machine. A segment takes its pieces and two slots: [CLS] and [SEP] for the masked
LM, start and a spare one for the causal LM. State i - 1 of the causal row meets state i of the
masked row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from maria_model.gate import mask_density
from maria_model.vocabulary import SharedVocabulary
from training.head.configuration import FRAME
from training.head.lanes import Segment
from training.head.masks import MaskDrawing

# Padded rows are as long as a multiple of this: few shapes, and aligned ones.
_ROUND = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroBatch:
    """Tensors of one pass. B rows of S slots, N masked pieces.

    Attributes:
        causal_ids, masked_ids: (B, S).
        position_ids: (B, S) from 0 in every segment; None where each row is one segment.
        segment_ids: (B, S) which segment a slot belongs to; None likewise.
        attention_mask: (B, S) 0 at padding; None where there is none.
        rows: (N,) flat slots of the masked pieces in `masked_ids`.
        labels: (N,) the pieces there.
        rates: (N,) the rate each was masked at.
        densities: (N, 2) of the masks around each, for the gate.
    """

    causal_ids: Tensor
    masked_ids: Tensor
    position_ids: Tensor | None
    segment_ids: Tensor | None
    attention_mask: Tensor | None
    rows: Tensor
    labels: Tensor
    rates: Tensor
    densities: Tensor

    def to(self, device: torch.device) -> MicroBatch:
        """Return the batch on a device."""
        tensors = {field.name: getattr(self, field.name) for field in fields(self)}
        moved = {
            name: tensor.to(device, non_blocking=True)
            for name, tensor in tensors.items()
            if tensor is not None
        }
        return replace(self, **moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MaskedSegment:
    pieces: np.ndarray
    mask: np.ndarray
    rate: float

    @property
    def slots(self) -> int:
        return len(self.pieces) + FRAME


class Layout:
    """Lays rows of segments out for the two backbones.

    Args:
        vocabulary: of the pair.
        drawing: of the masks.
        packed: whether a row holds several segments.
        slots: of a full row.
        rows: full rows that fit into one pass.
    """

    def __init__(
        self,
        vocabulary: SharedVocabulary,
        drawing: MaskDrawing,
        *,
        packed: bool,
        slots: int,
        rows: int,
    ) -> None:
        self._drawing = drawing
        self._packed = packed
        self._slots = slots
        self._rows = rows
        self._causal_ids = vocabulary.causal_ids.numpy()
        self._masked_ids = vocabulary.masked_ids.numpy()
        self._start_token_id = vocabulary.start_token_id
        self._cls_token_id = vocabulary.cls_token_id
        self._sep_token_id = vocabulary.sep_token_id
        self._mask_token_id = vocabulary.mask_token_id

    def lay_out(self, rows: Sequence[Sequence[Segment]]) -> list[MicroBatch]:
        """Return the passes over some rows, masks drawn."""
        masked = [[self._mask(segment) for segment in row] for row in rows]
        if self._packed:
            starts = range(0, len(masked), self._rows)
            return [self._fill(masked[at : at + self._rows], self._slots) for at in starts]
        return [self._fill(part, _padded_slots(part)) for part in self._buckets(masked)]

    def _mask(self, segment: Segment) -> _MaskedSegment:
        mask, rate = self._drawing.draw(segment)
        return _MaskedSegment(pieces=segment.pieces, mask=mask, rate=rate)

    def _buckets(
        self, rows: Sequence[Sequence[_MaskedSegment]]
    ) -> Iterator[list[list[_MaskedSegment]]]:
        """Yield rows of one segment each, alike in length, as many as fit into one pass."""
        segments = sorted(itertools.chain(*rows), key=lambda segment: -segment.slots)
        while segments:
            size = max(1, self._rows * self._slots // _padded_slots([segments[:1]]))
            yield [[segment] for segment in segments[:size]]
            segments = segments[size:]

    def _fill(self, rows: Sequence[Sequence[_MaskedSegment]], slots: int) -> MicroBatch:
        shape = (len(rows), slots)
        causal = np.full(shape, self._start_token_id)
        masked = np.full(shape, self._sep_token_id)
        positions, owners = np.tile(np.arange(slots), (len(rows), 1)), np.full(shape, -1)
        scored, rates, densities = np.zeros(shape, dtype=bool), [], []
        labels = []
        for index, row in enumerate(rows):
            start = 0
            for owner, segment in enumerate(row):
                end = start + segment.slots
                content = slice(start + 1, end - 1)
                causal[index, content] = self._causal_ids[segment.pieces]
                masked[index, start] = self._cls_token_id
                ids = self._masked_ids[segment.pieces]
                masked[index, content] = np.where(segment.mask, self._mask_token_id, ids)
                scored[index, content] = segment.mask
                labels.append(segment.pieces[segment.mask])
                rates.append(np.full(len(labels[-1]), segment.rate, dtype=np.float32))
                densities.append(mask_density(torch.from_numpy(segment.mask))[segment.mask])
                positions[index, start:end] = np.arange(segment.slots)
                owners[index, start:end] = owner
                start = end
            positions[index, start:] = np.arange(slots - start)
        padding = torch.from_numpy(owners >= 0)
        keeps_padding = not self._packed and not bool(padding.all())
        return MicroBatch(
            causal_ids=torch.from_numpy(causal),
            masked_ids=torch.from_numpy(masked),
            position_ids=torch.from_numpy(positions) if self._packed else None,
            segment_ids=torch.from_numpy(owners) if self._packed else None,
            attention_mask=padding.long() if keeps_padding else None,
            rows=torch.from_numpy(np.flatnonzero(scored)),
            labels=torch.from_numpy(np.concatenate(labels)),
            rates=torch.from_numpy(np.concatenate(rates)),
            densities=torch.cat(densities),
        )


def _padded_slots(rows: Sequence[Sequence[_MaskedSegment]]) -> int:
    longest = max(segment.slots for row in rows for segment in row)
    return -(-longest // _ROUND) * _ROUND
