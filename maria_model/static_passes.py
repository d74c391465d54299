"""The causal LM's passes at a few fixed shapes, so that they can be compiled and replayed.

A pass reads 1, 4, 16, 64 or 256 tokens, padded up to that, on a cache that is as long as its
capacity from the start. What a token sees, where its keys and values are written and which position
it has are numbers that go in with it: one CUDA graph serves every text, and to forget is to give
other numbers. Knows nothing of what was read; `causal_past` keeps that.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers.cache_utils import Cache

from maria_model.cache_kinds import is_padded, kind_of
from maria_model.device import CacheKind, compile_options
from maria_model.errors import first_line
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.side_by_side import positions

logger = logging.getLogger(__name__)

WIDTHS = (1, 4, 16, 64, 256)
# Rows of a cache for a context longer than that; the largest cache is as long as the context.
CAPACITIES = (512, 2048, 8192, 32768)
# Behind a full context there is still room for what is read side by side, and for padding.
_ROOM_BEHIND = WIDTHS[-1]
# A shape is asked for, then recorded, then replayed.
_WARM_UPS = 3
# torch.compile gives up on a function that it compiled for more shapes than its limit.
_MOST_SHAPES = 64

# Of each layer (1, heads, capacity, size) keys and values.
Buffers = tuple[tuple[Tensor, Tensor], ...]
Step = Callable[[MariaForMaskedInfilling, Buffers, Tensor], Tensor]


class StaticPasses:
    """The passes of one model, and the caches that they are recorded for."""

    def __init__(self, model: MariaForMaskedInfilling, compiled: Step | None = None) -> None:
        """Take a model, and `read_tokens` as `compile_step` returns it or None for as it stands."""
        self.widths, self.capacities = WIDTHS, capacities(model.context_length)
        self._model = model
        self._compiled = compiled
        # One piece read on a cache that knows nothing yet tells every family's shapes.
        self._layers = _read_layers(model)
        self._free: dict[int, list[Buffers]] = defaultdict(list)

    @staticmethod
    def of(model: MariaForMaskedInfilling) -> StaticPasses | None:
        """Return the passes of a model; None where it reads on another cache."""
        kind = kind_of(model)
        return _passes(model, kind) if is_padded(kind) else None

    @property
    def most_tokens(self) -> int:
        """Tokens that the largest cache holds."""
        return self.capacities[-1] - 1

    def borrow(self, tokens: int) -> Buffers:
        """Return a cache with room for so many tokens; what is in it means nothing.

        Raises:
            ValueError: no cache holds so many.
        """
        # The last row is for padding.
        capacity = next((size for size in self.capacities if tokens < size), None)
        if capacity is None:
            raise ValueError(f"{tokens} tokens: the longest cache holds {self.most_tokens}.")
        free = self._free[capacity]
        return free.pop() if free else self._allocate(capacity)

    def give_back(self, buffers: Buffers) -> None:
        """Keep a cache for the next reader: a graph is recorded for the addresses in it."""
        self._free[capacity_of(buffers)].append(buffers)

    @torch.inference_mode(False)
    @torch.no_grad()
    def read(
        self, buffers: Buffers, token_ids: Tensor, *, past: int, lengths: Sequence[int]
    ) -> Tensor:
        """Read several continuations of one text, side by side; return h_AR (T, d1).

        Args:
            buffers: a cache with room for `past` + T tokens.
            token_ids: (T,) of all continuations, one after the other, on the CPU.
            past: tokens in the cache that they continue.
            lengths: of each continuation; for plain reading there is one.
        """
        layout, states = _layout(token_ids, past, lengths), []
        for width in pass_widths(len(token_ids)):
            part, layout = layout[:, :width], layout[:, width:]
            padded = _padded(part, width, capacity_of(buffers) - 1)
            states.append(self._step(buffers, padded)[: part.shape[1]])
        return torch.cat(states) if len(states) > 1 else states[0]

    def warm_up(self) -> Iterator[None]:
        """Read once at every shape, so that no writer waits for a compiler; yield after each.

        Raises:
            RuntimeError: it cannot be compiled, recorded or replayed here.
        """
        for capacity in self.capacities:
            buffers = self.borrow(capacity - 1)
            for width in self.widths:
                for _ in range(_WARM_UPS):
                    ids = torch.zeros(width, dtype=torch.long)
                    self.read(buffers, ids, past=0, lengths=[width])
                yield
            self.give_back(buffers)

    def _step(self, buffers: Buffers, layout: Tensor) -> Tensor:
        layout = layout.to(self._model.device, non_blocking=True)
        if self._compiled is None:
            return read_tokens(self._model, buffers, layout)
        if layout.is_cuda:
            torch.compiler.cudagraph_mark_step_begin()
        # The next replay writes over what this one returns.
        return self._compiled(self._model, buffers, layout).clone()

    def _allocate(self, capacity: int) -> Buffers:
        """Return an empty cache: zeros, because what is masked must be a number all the same."""
        return tuple(
            (self._zeros(keys, capacity), self._zeros(values, capacity))
            for keys, values in self._layers
        )

    @torch.inference_mode(False)
    def _zeros(self, one: Tensor, capacity: int) -> Tensor:
        _, heads, _, size = one.shape
        rows = torch.zeros(1, heads, capacity, size, dtype=one.dtype, device=one.device)
        if self._compiled is not None:
            # Else no graph is recorded: it may write only into what lies still.
            torch._dynamo.mark_static_address(rows)
        return rows


def prepare(model: MariaForMaskedInfilling) -> Iterator[tuple[int, int]]:
    """Compile a model's passes, where that is chosen; yield how many shapes are ready, of how many.

    Where they cannot be compiled, recorded or replayed the model reads on the dynamic cache from
    now on.

    Raises:
        torch.OutOfMemoryError: the caches do not fit beside the weights.
    """
    passes = StaticPasses.of(model)
    if passes is None or model.cache_kind != "compiled":
        return
    try:
        for done, _ in enumerate(passes.warm_up(), 1):
            yield done, len(passes.capacities) * len(passes.widths)
    except torch.OutOfMemoryError:
        raise
    # What compilers and drivers refuse with: all of it is one of these.
    except RuntimeError as error:
        logger.warning("Passes are not compiled: %s", first_line(error))
        model.cache_kind = "dynamic"


def capacities(context_length: int) -> tuple[int, ...]:
    """Return the sizes of cache that a model of this context needs."""
    longest = context_length + _ROOM_BEHIND
    return (*(size for size in CAPACITIES if size < context_length), longest)


def capacity_of(buffers: Buffers) -> int:
    """Return the rows of a cache, the one for padding included."""
    return buffers[0][0].shape[2]


def pass_widths(count: int) -> list[int]:
    """Return the widths of the passes that read so many tokens: the widest, then one that fits."""
    whole, rest = divmod(count, WIDTHS[-1])
    last = [next(width for width in WIDTHS if width >= rest)] if rest else []
    return [WIDTHS[-1]] * whole + last


def compile_step(device: torch.device, **options: Any) -> Step:
    """Return `read_tokens` compiled anew for each shape; `options` instead of the device's own."""
    config = torch._dynamo.config
    config.recompile_limit = max(config.recompile_limit, _MOST_SHAPES)
    options = options or compile_options(device)
    return torch.compile(read_tokens, fullgraph=True, dynamic=False, **options)


def read_tokens(model: MariaForMaskedInfilling, buffers: Buffers, layout: Tensor) -> Tensor:
    """Read W tokens in one pass; return h_AR (W, d1).

    Args:
        model: its causal LM reads.
        buffers: the cache, which is written to.
        layout: (5, W) for each token its id, its position, its row in the cache, and what it sees:
            from which row on up to its own, and before which row.
    """
    token_ids, positions, rows, begins, pasts = layout.unbind()
    columns = torch.arange(capacity_of(buffers), device=layout.device)
    own = (begins[:, None] <= columns) & (columns <= rows[:, None])
    seen = own | (columns < pasts[:, None])  # (W, capacity)
    return model.causal_states(
        token_ids[None],
        _RowCache(buffers, rows),
        attention_mask=seen[None, None],
        position_ids=positions[None],
    )[0]


class _RowCache(Cache):
    """Writes a pass's keys and values into given rows; the mask says which rows are seen."""

    def __init__(self, buffers: Buffers, rows: Tensor) -> None:
        super().__init__(layers=[])
        self._buffers, self._rows = buffers, rows

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write (1, heads, W, size) keys and values; return all of the layer's."""
        keys, values = self._buffers[layer_idx]
        keys.index_copy_(2, self._rows, key_states)
        values.index_copy_(2, self._rows, value_states)
        return keys, values


@lru_cache(maxsize=4)
def _passes(model: MariaForMaskedInfilling, kind: CacheKind) -> StaticPasses:
    return StaticPasses(model, compile_step(model.device) if kind == "compiled" else None)


@torch.no_grad()
def _read_layers(model: MariaForMaskedInfilling) -> Buffers:
    cache = model.new_cache()
    start = torch.tensor([[model.vocabulary.start_token_id]], device=model.device)
    model.causal_states(start, cache)
    return tuple((layer.keys, layer.values) for layer in cache.layers)


def _layout(token_ids: Tensor, past: int, lengths: Sequence[int]) -> Tensor:
    """Return (5, T) as `read_tokens` takes it: each continuation sees the past and itself."""
    begins = torch.tensor([past, *accumulate(lengths, initial=past)][1:-1])
    return torch.stack(
        [
            token_ids,
            positions(past, lengths),
            past + torch.arange(len(token_ids)),
            begins.repeat_interleave(torch.tensor(lengths)),
            torch.full_like(token_ids, past),
        ]
    )


def _padded(layout: Tensor, width: int, padding_row: int) -> Tensor:
    """Return (5, width): padding sees itself alone, in a row that nothing else sees."""
    padded = F.pad(layout, (0, width - layout.shape[1]))
    padded[2:4, layout.shape[1] :] = padding_row
    return padded
