"""The causal LM reading pieces on a key-value cache that can be rolled back.

Every faster way of infilling rests on this: what was read stays readable, a guess that was read
and turned out wrong is forgotten, and several continuations of one text are read side by side.
Knows nothing of masks, slots or sampling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from maria_model.causal_past import open_past
from maria_model.modeling import MariaForMaskedInfilling


@dataclass(slots=True)
class PassCounts:
    """Forward passes of the causal LM and of the masked LM, and what drafts came to.

    Attributes:
        drafted: pieces that a draft proposed and a pass verified.
        accepted: those of them that were the target's own.
    """

    ar: int = 0
    mlm: int = 0
    drafted: int = 0
    accepted: int = 0


class CausalReader:
    """The causal LM reading a list of pieces that grows, and shrinks when it is rewound."""

    def __init__(self, model: MariaForMaskedInfilling, counts: PassCounts) -> None:
        self.counts = counts
        self._model = model
        self._past = open_past(model)
        self._pieces: list[int] = []
        # One more than pieces once something was read: the first has read the start token alone.
        self._states: list[Tensor] = []

    @property
    def length(self) -> int:
        """Pieces read so far."""
        return len(self._pieces)

    @property
    def widest_pass(self) -> int | None:
        """Most pieces that the next pass can read; None is any number."""
        widest = self._past.widest_pass
        return None if widest is None else widest - (not self._states)

    def state(self, position: int) -> Tensor:
        """Return h_AR (d1,) that has read the first `position` pieces."""
        return self._states[position]

    def read_to(self, pieces: Sequence[int], position: int) -> Tensor:
        """Read on up to `pieces[position]`, that piece excluded; return h_AR there, (d1,)."""
        if position >= len(self._states):
            self.read(pieces[len(self._pieces) : position])
        return self._states[position]

    @torch.inference_mode()
    def read(self, pieces: Sequence[int]) -> Tensor:
        """Read pieces in one pass; return their states (T, d1), the start token's first if new."""
        vocabulary = self._model.vocabulary
        ids = vocabulary.causal_ids[torch.tensor(pieces, dtype=torch.long)]
        if not self._states:
            ids = torch.cat([torch.tensor([vocabulary.start_token_id]), ids])
        with self._counting():
            states = self._past.read(ids)
        self._pieces += pieces
        self._states += states.unbind()
        return states

    def rewind_to(self, position: int) -> None:
        """Forget what was read from `position` on."""
        surplus = len(self._pieces) - position
        if surplus <= 0:
            return
        self._past.forget(surplus)
        del self._pieces[position:]
        del self._states[position + 1 :]

    def follow(self, pieces: Sequence[int]) -> None:
        """Keep of what was read only the longest prefix that `pieces` begins with too."""
        shared = 0
        for old, new in zip(self._pieces, pieces, strict=False):
            if old != new:
                break
            shared += 1
        self.rewind_to(shared)

    @torch.inference_mode()
    def branch(self, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """Read several continuations of what was read, each by itself; keep none of them.

        Returns:
            For each row (T_r, d1): state t has read the row's first t + 1 pieces.
        """
        if not rows:
            return []
        if not self._states:
            self.read([])
        lengths = [len(row) for row in rows]
        ids = torch.tensor([piece for row in rows for piece in row], dtype=torch.long)
        with self._counting():
            states = self._past.read_aside(self._model.vocabulary.causal_ids[ids], lengths)
        return list(states.split(lengths))

    def states_before(self, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """Return for each row the states (T_r, d1) that predict its pieces; none may be empty."""
        if not self._states:
            self.read([])
        tails = iter(self.branch([row[:-1] for row in rows if len(row) > 1]))
        first = self._states[-1][None]
        return [torch.cat([first, next(tails)]) if len(row) > 1 else first for row in rows]

    @torch.inference_mode()
    def string_logprobs(self, rows: Sequence[Sequence[int]]) -> list[float]:
        """Return log p_AR(row | what was read) in nats for several rows; none may be empty."""
        return string_logprobs(self._model, self.states_before(rows), rows)

    @torch.inference_mode()
    def read_strings(
        self, rows: Sequence[Sequence[int]], followers: Tensor | None = None
    ) -> tuple[list[Tensor], list[float]]:
        """Return the states that predict each row's pieces, and each row's log p_AR in nats.

        Args:
            rows: pieces; none may be empty.
            followers: (V,) bool; the probability is that of a row with one of them behind it.

        Returns:
            For each row (T_r, d1), and log p_AR(row | what was read).
        """
        if followers is None:
            states = self.states_before(rows)
            return states, string_logprobs(self._model, states, rows)
        tails = self.branch(rows)
        first = self._states[-1][None]
        states = [torch.cat([first, tail[:-1]]) for tail in tails]
        ends = self._model.causal_lm_logits(torch.stack([tail[-1] for tail in tails])).double()
        followed = torch.log_softmax(ends, dim=-1)[:, followers.to(ends.device)].logsumexp(dim=-1)
        strings = string_logprobs(self._model, states, rows)
        return states, [s + f for s, f in zip(strings, followed.tolist(), strict=True)]

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Count the passes made meanwhile."""
        before = self._past.passes
        yield
        self.counts.ar += self._past.passes - before


@torch.inference_mode()
def string_logprobs(
    model: MariaForMaskedInfilling, states: Sequence[Tensor], rows: Sequence[Sequence[int]]
) -> list[float]:
    """Return the causal LM's log-probability of each row in nats.

    Args:
        model: whose causal LM the states are of.
        states: for each row (T_r, d1), the states that predict its pieces.
        rows: pieces.
    """
    logits = model.causal_lm_logits(torch.cat(list(states))).double()
    pieces = torch.tensor([piece for row in rows for piece in row], device=logits.device)
    logprobs = torch.log_softmax(logits, dim=-1).gather(1, pieces[:, None])[:, 0]
    return [float(part.sum()) for part in logprobs.split([len(row) for row in rows])]
