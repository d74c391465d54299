"""A small OLMo's passes written out: what the library's modules compute, without their calls.

A pass over one piece of a small model takes longer to be asked for, module by module, than to be
computed. Here queries, keys and values come of one product, gate and input of another, and what was
read lies in buffers that are written in place: the same numbers, of one piece nearly twice as fast.
Knows nothing of what was read; `causal_past` keeps that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import OlmoForCausalLM

from maria_model.modeling import MariaForMaskedInfilling
from maria_model.side_by_side import positions, seen

# Weights are copied side by side. In a larger model a pass is computed for longer than it is asked
# for: the copy would only take memory.
_MOST_COPIED_BYTES = 128 * 2**20
_NORM_EPS = 1e-5

# Of each layer (heads, capacity, size) keys and values.
Buffers = list[tuple[Tensor, Tensor]]


def suits(model: MariaForMaskedInfilling) -> bool:
    """Whether the causal LM is written out here: a small OLMo, each head with its own keys."""
    causal_lm = model.model.causal_lm
    if not isinstance(causal_lm, OlmoForCausalLM):
        return False
    config = causal_lm.config
    return (
        config.num_key_value_heads == config.num_attention_heads
        and config.rope_parameters["rope_type"] == "default"
        and config.hidden_act == "silu"
        and not config.attention_bias
        and _is_small(causal_lm.model.layers)
    )


def _is_small(layers: nn.ModuleList) -> bool:
    """Whether the layers are plain numbers, none of them quantized, and few."""
    weights = list(layers.parameters())
    plain = all(type(weight) is nn.Parameter for weight in weights)
    return plain and sum(weight.nbytes for weight in weights) <= _MOST_COPIED_BYTES


class DirectPasses:
    """The passes of one model, of the weights that it had when they were first asked for."""

    def __init__(self, model: MariaForMaskedInfilling) -> None:
        """Take a model that `suits`."""
        olmo = model.model.causal_lm.model
        config = olmo.config
        self._heads: int = config.num_attention_heads
        self._clip: float | None = config.clip_qkv
        self._embeddings: Tensor = olmo.embed_tokens.weight.detach()
        self._layers = [_Layer.of(layer) for layer in olmo.layers]
        self._frequencies = olmo.rotary_emb.get_buffer("inv_freq")
        self._cos, self._sin = _rotary_tables(self._frequencies, model.context_length)

    @staticmethod
    def of(model: MariaForMaskedInfilling) -> DirectPasses:
        """Return the passes of a model."""
        return _passes(model)

    @torch.inference_mode(False)
    def new_buffers(self, capacity: int) -> Buffers:
        """Return room for the keys and values of so many tokens; what is in it means nothing."""
        shape = (self._heads, capacity, self._cos.shape[1])
        return [
            (self._embeddings.new_empty(shape), self._embeddings.new_empty(shape))
            for _ in self._layers
        ]

    @torch.inference_mode()
    def read(
        self, buffers: Buffers, token_ids: Tensor, *, past: int, lengths: Sequence[int]
    ) -> Tensor:
        """Read several continuations of one text, side by side; return h_AR (T, d1).

        Args:
            buffers: with room for `past` + T tokens; rows from `past` on are written.
            token_ids: (T,) of all continuations, one after the other.
            past: tokens in the buffers that they continue.
            lengths: of each continuation; for plain reading there is one.
        """
        mask = None if len(token_ids) == 1 else seen(past, lengths).to(self._cos.device)
        rotary = self._rotary(past, lengths)
        hidden = F.embedding(token_ids, self._embeddings)
        for layer, (keys, values) in zip(self._layers, buffers, strict=True):
            query, key, value = self._project(layer, hidden, rotary)
            end = past + len(hidden)
            keys[:, past:end], values[:, past:end] = key, value
            mixed = F.scaled_dot_product_attention(
                query[None], keys[None, :, :end], values[None, :, :end], mask
            )
            hidden = hidden + F.linear(mixed[0].transpose(0, 1).flatten(1), layer.out)
            gate, up = F.linear(_normed(hidden), layer.gate_up).chunk(2, dim=-1)
            hidden = hidden + F.linear(F.silu(gate) * up, layer.down)
        return _normed(hidden)

    def _project(
        self, layer: _Layer, hidden: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, (heads, T, size) each."""
        qkv = F.linear(_normed(hidden), layer.qkv)
        if self._clip is not None:
            qkv.clamp_(-self._clip, self._clip)
        parts = qkv.view(len(hidden), 3 * self._heads, -1).transpose(0, 1)
        turned, value = parts.split([2 * self._heads, self._heads])
        query, key = _rotated(turned, rotary).chunk(2)
        return query, key, value

    def _rotary(self, past: int, lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return cosines and signed sines of the tokens, (T, size) each."""
        if (most := past + max(lengths)) > len(self._cos):
            # What is read side by side may reach behind a full context.
            self._cos, self._sin = _rotary_tables(self._frequencies, most)
        if len(lengths) == 1:
            rows = slice(past, past + lengths[0])
            return self._cos[rows], self._sin[rows]
        places = positions(past, lengths).to(self._cos.device)
        return self._cos[places], self._sin[places]


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of a layer, those side by side that multiply the same states.

    Attributes:
        qkv: (3 d1, d1).
        out: (d1, d1).
        gate_up: (2 m, d1).
        down: (d1, m).
    """

    qkv: Tensor
    out: Tensor
    gate_up: Tensor
    down: Tensor

    @classmethod
    @torch.inference_mode()
    def of(cls, layer: nn.Module) -> _Layer:
        names = ("q_proj", "k_proj", "v_proj")
        return cls(
            qkv=torch.cat([layer.get_parameter(f"self_attn.{name}.weight") for name in names]),
            out=layer.get_parameter("self_attn.o_proj.weight").detach(),
            gate_up=torch.cat(
                [layer.get_parameter(f"mlp.{name}.weight") for name in ("gate_proj", "up_proj")]
            ),
            down=layer.get_parameter("mlp.down_proj.weight").detach(),
        )


@lru_cache(maxsize=4)
def _passes(model: MariaForMaskedInfilling) -> DirectPasses:
    return DirectPasses(model)


def _rotary_tables(frequencies: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Return cosines and signed sines of all positions, (length, size) each, in float32."""
    positions = torch.arange(length, dtype=torch.float32, device=frequencies.device)
    angles = torch.outer(positions, frequencies.float())
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)


def _rotated(heads: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Return (heads, T, size) queries and keys, turned by their positions."""
    cos, signed_sin = rotary
    swapped = heads.roll(heads.shape[-1] // 2, dims=-1)
    return (heads * cos + swapped * signed_sin).to(heads.dtype)


def _normed(hidden: Tensor) -> Tensor:
    """Return OLMo's layer norm, which has no weights, in float32."""
    normed = F.layer_norm(hidden.float(), hidden.shape[-1:], eps=_NORM_EPS)
    return normed.to(hidden.dtype)
