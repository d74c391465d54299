"""The two small backbones: their shapes, and how a masked LM starts from a causal one.

Knows transformers' OLMo and ModernBERT classes. Knows nothing of optimisers or data.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    ModernBertConfig,
    ModernBertForMaskedLM,
    OlmoConfig,
    OlmoForCausalLM,
)

from maria_model.errors import CheckpointError, ConfigurationError, first_line
from training.train_tokenizer import (
    CLS_TOKEN,
    EOS_TOKEN,
    MASK_TOKEN,
    PAD_TOKEN,
    SEP_TOKEN,
    special_token_id,
)

ROPE_THETA = 10_000.0


def build_causal_lm(
    tokenizer: Tokenizer,
    *,
    hidden_size: int,
    intermediate_size: int,
    num_hidden_layers: int,
    num_attention_heads: int,
    max_position_embeddings: int,
) -> OlmoForCausalLM:
    """Return an OLMo with tied embeddings and fresh weights."""
    config = OlmoConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        num_hidden_layers=num_hidden_layers,
        num_attention_heads=num_attention_heads,
        max_position_embeddings=max_position_embeddings,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        tie_word_embeddings=True,
        eos_token_id=special_token_id(tokenizer, EOS_TOKEN),
        pad_token_id=special_token_id(tokenizer, PAD_TOKEN),
    )
    return OlmoForCausalLM(config)


def start_from(
    folder: Path, objective: str, tokenizer: Tokenizer
) -> OlmoForCausalLM | ModernBertForMaskedLM:
    """Return the model in `folder` for further training, or a masked LM made from a causal one.

    Raises:
        ConfigurationError: there is none, a causal LM was to start from a masked one, or it reads
            another vocabulary.
        CheckpointError: its weights are damaged.
    """
    if not (folder / "config.json").is_file():
        raise ConfigurationError(f"init_from: no model at {folder}. Train it first.")
    try:
        model = _read(folder)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"init_from: {folder} is damaged ({first_line(error)}). Train it again."
        ) from error
    if model.config.vocab_size != tokenizer.get_vocab_size():
        raise ConfigurationError(
            f"init_from: {folder} reads {model.config.vocab_size} pieces, the tokenizer has "
            f"{tokenizer.get_vocab_size()}. Give the tokenizer it was trained with."
        )
    if isinstance(model, ModernBertForMaskedLM):
        if objective == "causal":
            raise ConfigurationError(f"init_from: {folder} holds a masked LM, name a causal one.")
        return model
    return model if objective == "causal" else build_masked_lm(tokenizer, model)


def _read(folder: Path) -> OlmoForCausalLM | ModernBertForMaskedLM:
    model_type = AutoConfig.from_pretrained(folder).model_type
    kind = ModernBertForMaskedLM if model_type == ModernBertConfig.model_type else OlmoForCausalLM
    return kind.from_pretrained(folder, dtype=torch.float32)


def build_masked_lm(tokenizer: Tokenizer, causal_lm: OlmoForCausalLM) -> ModernBertForMaskedLM:
    """Return a ModernBERT of the causal LM's shape that computes with the causal LM's weights.

    Its layers attend to both sides; everything else is copied. ModernBERT has an embedding norm
    and no attention norm in its first layer, so the embeddings' standard deviation moves into
    the norm's weight and out of layer 0's projections.
    """
    causal = causal_lm.config
    rope = {"rope_type": "default", "rope_theta": ROPE_THETA}
    config = ModernBertConfig(
        vocab_size=causal.vocab_size,
        hidden_size=causal.hidden_size,
        intermediate_size=causal.intermediate_size,
        num_hidden_layers=causal.num_hidden_layers,
        num_attention_heads=causal.num_attention_heads,
        max_position_embeddings=causal.max_position_embeddings,
        hidden_activation=causal.hidden_act,
        classifier_activation="gelu",
        layer_types=["full_attention"] * causal.num_hidden_layers,
        rope_parameters={"full_attention": dict(rope), "sliding_attention": dict(rope)},
        tie_word_embeddings=True,
        pad_token_id=special_token_id(tokenizer, PAD_TOKEN),
        bos_token_id=special_token_id(tokenizer, CLS_TOKEN),
        eos_token_id=special_token_id(tokenizer, SEP_TOKEN),
        cls_token_id=special_token_id(tokenizer, CLS_TOKEN),
        sep_token_id=special_token_id(tokenizer, SEP_TOKEN),
    )
    masked_lm = ModernBertForMaskedLM(config)
    copy_causal_weights(causal_lm, masked_lm, mask_token_id=special_token_id(tokenizer, MASK_TOKEN))
    return masked_lm


@torch.no_grad()
def copy_causal_weights(
    causal_lm: OlmoForCausalLM, masked_lm: ModernBertForMaskedLM, *, mask_token_id: int
) -> None:
    """Copy every weight of an OLMo into a ModernBERT of the same shape, in place.

    Raises:
        ConfigurationError: the shapes differ.
    """
    if causal_lm.config.hidden_size != masked_lm.config.hidden_size:
        raise ConfigurationError("hidden_size differs between the causal and the masked LM.")
    embeddings = causal_lm.model.embed_tokens.weight
    scale = embeddings.std()
    target = masked_lm.model.embeddings
    target.tok_embeddings.weight.copy_(embeddings)
    target.tok_embeddings.weight[mask_token_id] = embeddings.mean(dim=0)
    target.norm.weight.fill_(scale)
    for index, (source, layer) in enumerate(
        zip(causal_lm.model.layers, masked_lm.model.layers, strict=True)
    ):
        attention, mlp = source.self_attn, source.mlp
        projections = (attention.q_proj, attention.k_proj, attention.v_proj)
        wqkv = torch.cat([projection.weight for projection in projections])
        layer.attn.Wqkv.weight.copy_(wqkv / scale if index == 0 else wqkv)
        layer.attn.Wo.weight.copy_(attention.o_proj.weight)
        layer.mlp.Wi.weight.copy_(torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]))
        layer.mlp.Wo.weight.copy_(mlp.down_proj.weight)
    torch.nn.init.eye_(masked_lm.head.dense.weight)
