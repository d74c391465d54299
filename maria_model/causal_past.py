"""What the causal LM has read, as keys and values: on a cache that grows, or on one that stands.

All can read on, read several continuations side by side without keeping them, and forget from the
end. Knows token ids only, not pieces, and keeps no states.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from transformers import DynamicCache

from maria_model.cache_kinds import kind_of
from maria_model.direct_passes import DirectPasses
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.side_by_side import positions, seen
from maria_model.static_passes import StaticPasses, capacity_of, pass_widths

# Rows of the buffers that a reader begins with.
_FIRST_ROWS = 256

# Of each layer keys and values, (..., capacity, size).
Layers = Sequence[tuple[Tensor, Tensor]]


class CausalPast(Protocol):
    """Tokens that were read and can be read on.

    Attributes:
        passes: forward passes that were made so far.
        widest_pass: most tokens that one of them reads; None is any number.
    """

    passes: int
    widest_pass: int | None

    def read(self, token_ids: Tensor) -> Tensor:
        """Read on, (T,) tokens; return h_AR (T, d1)."""
        ...

    def read_aside(self, token_ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """Read several continuations, each by itself; keep none; return h_AR (T, d1).

        Args:
            token_ids: (T,) of all of them, one after the other.
            lengths: of each.
        """
        ...

    def forget(self, count: int) -> None:
        """Forget the last tokens."""
        ...


def open_past(model: MariaForMaskedInfilling) -> CausalPast:
    """Return an empty past of the kind that suits the model and its device."""
    if kind_of(model) == "direct":
        return DirectPast(DirectPasses.of(model))
    passes = StaticPasses.of(model)
    return DynamicPast(model) if passes is None else StaticPast(passes)


class DynamicPast:
    """A cache that grows by what is read: one pass, as wide as that."""

    widest_pass: int | None = None

    def __init__(self, model: MariaForMaskedInfilling) -> None:
        self.passes = 0
        self._model = model
        self._cache = model.new_cache()
        self._has_windows = any(self._cache.is_sliding)
        if self._has_windows:
            # Layers with a window drop what is before it, and cannot be rolled back there. On plain
            # ones the models make masks of the window all the same.
            self._cache = DynamicCache()
        self._length = 0

    def read(self, token_ids: Tensor) -> Tensor:
        """Read on, (T,) tokens; return h_AR (T, d1)."""
        self.passes += 1
        self._length += len(token_ids)
        return self._model.causal_states(token_ids[None].to(self._model.device), self._cache)[0]

    def read_aside(self, token_ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """Read several continuations in one pass, or one by one where layers have windows."""
        if self._has_windows:
            return torch.cat([self._read_one(part) for part in token_ids.split(list(lengths))])
        device = self._model.device
        self.passes += 1
        states = self._model.causal_states(
            token_ids[None].to(device),
            self._cache,
            attention_mask=seen(self._length, lengths)[None, None].to(device),
            position_ids=positions(self._length, lengths)[None].to(device),
        )[0]
        self._cache.crop(-len(token_ids))
        return states

    def forget(self, count: int) -> None:
        """Forget the last tokens."""
        self._cache.crop(-count)
        self._length -= count

    def _read_one(self, token_ids: Tensor) -> Tensor:
        states = self.read(token_ids)
        self.forget(len(token_ids))
        return states


class DirectPast:
    """Buffers that passes of our own write in place, exchanged for longer ones when they are full.

    To forget is to count less: what lies behind is written over, and seen by nothing till then.
    """

    widest_pass: int | None = None

    def __init__(self, passes: DirectPasses) -> None:
        self.passes = 0
        self._source = passes
        self._length = 0
        self._capacity = _FIRST_ROWS
        self._buffers = passes.new_buffers(_FIRST_ROWS)

    def read(self, token_ids: Tensor) -> Tensor:
        """Read on, (T,) tokens; return h_AR (T, d1)."""
        states = self.read_aside(token_ids, [len(token_ids)])
        self._length += len(token_ids)
        return states

    def read_aside(self, token_ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """Read several continuations in one pass."""
        self.passes += 1
        self._make_room(self._length + len(token_ids))
        return self._source.read(self._buffers, token_ids, past=self._length, lengths=lengths)

    def forget(self, count: int) -> None:
        """Forget the last tokens."""
        self._length -= count

    def _make_room(self, tokens: int) -> None:
        if tokens <= self._capacity:
            return
        while self._capacity < tokens:
            self._capacity *= 2
        longer = self._source.new_buffers(self._capacity)
        _copy_rows(self._buffers, longer, self._length)
        self._buffers = longer


class StaticPast:
    """A borrowed cache of fixed shape, exchanged for a longer one when it is full.

    To forget is to count less: what lies behind is written over, and seen by nothing till then.
    """

    def __init__(self, passes: StaticPasses) -> None:
        self.passes = 0
        self.widest_pass: int | None = passes.widths[-1]
        self._source = passes
        self._length = 0
        self._buffers = passes.borrow(0)
        # Readers come and go without a word; their caches stay.
        self._return = weakref.finalize(self, passes.give_back, self._buffers)

    def read(self, token_ids: Tensor) -> Tensor:
        """Read on, (T,) tokens; return h_AR (T, d1)."""
        states = self._read(token_ids, [len(token_ids)])
        self._length += len(token_ids)
        return states

    def read_aside(self, token_ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """Read several continuations, as many at once as the longest cache has room for."""
        if self._length + len(token_ids) <= self._source.most_tokens:
            return self._read(token_ids, lengths)
        parts = token_ids.split(list(lengths))
        return torch.cat([self._read(part, [len(part)]) for part in parts])

    def forget(self, count: int) -> None:
        """Forget the last tokens."""
        self._length -= count

    def _read(self, token_ids: Tensor, lengths: Sequence[int]) -> Tensor:
        if self._length + len(token_ids) >= capacity_of(self._buffers):
            self._exchange(self._length + len(token_ids))
        self.passes += len(pass_widths(len(token_ids)))
        return self._source.read(self._buffers, token_ids, past=self._length, lengths=lengths)

    def _exchange(self, tokens: int) -> None:
        """Take a cache with room for so many tokens, and what was read along."""
        longer = self._source.borrow(tokens)
        _copy_rows(self._buffers, longer, self._length)
        self._return()
        self._buffers = longer
        self._return = weakref.finalize(self, self._source.give_back, longer)


@torch.inference_mode(False)
@torch.no_grad()
def _copy_rows(source: Layers, target: Layers, rows: int) -> None:
    for old, new in zip(source, target, strict=True):
        for kept, copy in zip(old, new, strict=True):
            copy[..., :rows, :] = kept[..., :rows, :]
