"""The two backbones' forward passes, written out for torch.compile.

Computes what `OlmoForCausalLM` and `ModernBertForMaskedLM` (full attention in every layer)
compute, from those modules' own parameters, with the residual stream in float32 and every matrix
product in `dtype`. On two CPU cores this trains 1.5 times as fast as the modules themselves
(`../shared/RECIPE.md`). A test holds both to the transformers classes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import ModernBertForMaskedLM, OlmoForCausalLM

# Rows of logits that exist at a time: what a CPU's cache likes, what a GPU's memory allows.
LOSS_CHUNK_ROWS = {"cpu": 2048, "cuda": 32768}


Rotary = tuple[Tensor, Tensor]


def rotary_tables(
    model: OlmoForCausalLM | ModernBertForMaskedLM, length: int, device: torch.device
) -> Rotary:
    """Return cosines and signed sines, each (T, D/H), for `causal_` and `masked_hidden_states`.

    They are made outside the compiled region: inside it the compiler would compute a cosine for
    every element of every head.
    """
    config = model.config
    head_dim = config.hidden_size // config.num_attention_heads
    parameters = config.rope_parameters
    theta = parameters.get("full_attention", parameters)["rope_theta"]
    steps = torch.arange(0, head_dim, 2, device=device, dtype=torch.float32)
    positions = torch.arange(length, device=device, dtype=torch.float32)
    angles = torch.outer(positions, 1.0 / theta ** (steps / head_dim))
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)


def causal_hidden_states(
    model: OlmoForCausalLM, input_ids: Tensor, rotary: Rotary, dtype: torch.dtype
) -> Tensor:
    """Return the states that OLMo's `lm_head` multiplies: (B, T) -> (B, T, D)."""
    config = model.config
    hidden = F.embedding(input_ids, model.model.embed_tokens.weight)
    size = (config.hidden_size,)
    for layer in model.model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        qkv = torch.cat([attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight])
        normed = F.layer_norm(hidden, size)
        mixed = _attention(normed, qkv, config.num_attention_heads, rotary, True, dtype)
        hidden = hidden + _linear(mixed, attention.o_proj.weight, dtype)
        normed = F.layer_norm(hidden, size).to(dtype)
        gated = F.silu(_linear(normed, mlp.gate_proj.weight, dtype)) * _linear(
            normed, mlp.up_proj.weight, dtype
        )
        hidden = hidden + _linear(gated, mlp.down_proj.weight, dtype)
    return F.layer_norm(hidden, size)


def masked_hidden_states(
    model: ModernBertForMaskedLM, input_ids: Tensor, rotary: Rotary, dtype: torch.dtype
) -> Tensor:
    """Return ModernBERT's last hidden states, before its `head`: (B, T) -> (B, T, D)."""
    config = model.config
    size, eps = (config.hidden_size,), config.norm_eps
    embeddings = model.model.embeddings
    hidden = F.embedding(input_ids, embeddings.tok_embeddings.weight)
    hidden = F.layer_norm(hidden, size, embeddings.norm.weight, None, eps)
    for index, layer in enumerate(model.model.layers):
        normed = hidden
        if index > 0:
            normed = F.layer_norm(hidden, size, layer.attn_norm.weight, None, eps)
        qkv = layer.attn.Wqkv.weight
        mixed = _attention(normed, qkv, config.num_attention_heads, rotary, False, dtype)
        hidden = hidden + _linear(mixed, layer.attn.Wo.weight, dtype)
        normed = F.layer_norm(hidden, size, layer.mlp_norm.weight, None, eps)
        gate, up = _linear(normed, layer.mlp.Wi.weight, dtype).chunk(2, dim=-1)
        activation = F.silu if config.hidden_activation == "silu" else F.gelu
        hidden = hidden + _linear(activation(gate) * up, layer.mlp.Wo.weight, dtype)
    return F.layer_norm(hidden, size, model.model.final_norm.weight, None, eps)


def masked_head(model: ModernBertForMaskedLM, hidden: Tensor, dtype: torch.dtype) -> Tensor:
    """Apply ModernBERT's prediction head (dense, GELU, norm): (..., D) -> (..., D)."""
    states = F.gelu(_linear(hidden, model.head.dense.weight, dtype).float())
    return F.layer_norm(
        states, states.shape[-1:], model.head.norm.weight, None, model.config.norm_eps
    )


def chunked_cross_entropy(
    states: Tensor, weight: Tensor, bias: Tensor | None, labels: Tensor, dtype: torch.dtype
) -> Tensor:
    """Return the mean cross-entropy in nats of (N, D) states over a (V, D) decoder.

    Labels of -100 do not count. The logits exist `LOSS_CHUNK_ROWS` rows at a time.
    """
    total = states.new_zeros((), dtype=torch.float32)
    size = LOSS_CHUNK_ROWS[states.device.type]
    for rows, targets in zip(states.split(size), labels.split(size), strict=True):
        logits = _linear(rows, weight, dtype).float()
        if bias is not None:
            logits = logits + bias
        total = total + F.cross_entropy(logits, targets, reduction="sum", ignore_index=-100)
    return total / (labels != -100).sum().clamp(min=1)


def _linear(x: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    return F.linear(x.to(dtype), weight.to(dtype))


def _rotate(x: Tensor, rotary: Rotary) -> Tensor:
    # The halves swap by a flip, not a concatenation: the compiler vectorises it.
    cos, signed_sin = rotary
    swapped = x.unflatten(-1, (2, -1)).flip(-2).flatten(-2)
    return x * cos + swapped * signed_sin


def _attention(
    normed: Tensor,
    qkv_weight: Tensor,
    num_heads: int,
    rotary: Rotary,
    causal: bool,
    dtype: torch.dtype,
) -> Tensor:
    """Self-attention over one block: (B, T, D) -> (B, T, D)."""
    batch, length, width = normed.shape
    qkv = _linear(normed, qkv_weight, dtype).view(batch, length, 3, num_heads, -1)
    query, key, value = (part.transpose(1, 2) for part in qkv.unbind(dim=2))  # (B, H, T, D/H)
    scale = query.shape[-1] ** -0.5
    query = (_rotate(query.float(), rotary) * scale).to(dtype)
    key = _rotate(key.float(), rotary).to(dtype)
    if normed.is_cuda:
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=causal, scale=1.0)
    else:
        # Written out, so that the compiler fuses mask and softmax: faster than SDPA on a CPU.
        scores = (query @ key.transpose(-1, -2)).float()
        if causal:
            future = torch.ones(length, length, dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(future, float("-inf"))
        mixed = scores.softmax(dim=-1).to(dtype) @ value
    return mixed.transpose(1, 2).reshape(batch, length, width)
