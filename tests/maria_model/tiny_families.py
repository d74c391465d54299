"""Writes tiny backbones of every family that has an adapter, in the layout of the real files."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import torch
from tiny_pairs import CONTEXT_LENGTH, HIDDEN_SIZE, make_opinionated, train_tiny_tokenizer
from tokenizers import Tokenizer
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    GPT2Config,
    GPTNeoXConfig,
    ModernBertConfig,
    ModernBertDecoderConfig,
    OlmoConfig,
    OlmoeConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

_LAYERS = {"num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
MASKED_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")


def save_tiny_causal_lm(
    folder: Path,
    family: str,
    *,
    seed: int = 0,
    tokenizer: PreTrainedTokenizerFast | None = None,
    max_shard_size: str = "5GB",
    **settings: Any,
) -> Path:
    """Write a random causal LM of a family; `settings` go to its configuration."""
    tokenizer = tokenizer or _causal_tokenizer(family)
    config = _causal_config(family, settings.pop("vocab_size", len(tokenizer)), **settings)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    return _save(folder, model, tokenizer, max_shard_size)


def save_tiny_masked_lm(
    folder: Path,
    family: str,
    *,
    seed: int = 1,
    tokenizer: PreTrainedTokenizerFast | None = None,
    max_shard_size: str = "5GB",
    **settings: Any,
) -> Path:
    """Write a random masked LM of a family; `settings` go to its configuration."""
    tokenizer = tokenizer or _masked_tokenizer(family)
    config = _masked_config(family, tokenizer, **settings)
    torch.manual_seed(seed)
    model = AutoModelForMaskedLM.from_config(config)
    return _save(folder, model, tokenizer, max_shard_size)


def _save(
    folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, shard: str
) -> Path:
    make_opinionated(model)
    model.save_pretrained(folder, max_shard_size=shard)
    tokenizer.save_pretrained(folder)
    if model.config.model_type in ("gpt2", "roberta"):
        # The real folders name no special tokens.
        (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 1024}))
    return folder


def _causal_config(family: str, vocab_size: int, **settings: Any) -> PreTrainedConfig:
    common = {"vocab_size": vocab_size, "hidden_size": HIDDEN_SIZE, **_LAYERS}
    common |= {"max_position_embeddings": CONTEXT_LENGTH, "pad_token_id": None}
    common |= {"bos_token_id": None, "eos_token_id": 0}
    if family == "gpt2":
        shape = {"n_embd": HIDDEN_SIZE, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT_LENGTH}
        return GPT2Config(vocab_size=vocab_size, bos_token_id=0, eos_token_id=0, **shape | settings)
    if family == "olmoe":
        common |= {"num_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 16}
        return OlmoeConfig(**common | settings)
    if family == "ettin":
        common |= {"local_attention": 16, "sep_token_id": 0, "cls_token_id": 0, "bos_token_id": 0}
        common |= {"pad_token_id": 0, "layer_types": ["sliding_attention", "full_attention"]}
        return ModernBertDecoderConfig(**common | settings)
    return {"olmo": OlmoConfig, "neox": GPTNeoXConfig}[family](**common | settings)


def _masked_config(
    family: str, tokenizer: PreTrainedTokenizerFast, **settings: Any
) -> PreTrainedConfig:
    common = {"vocab_size": len(tokenizer), "hidden_size": HIDDEN_SIZE + 8, **_LAYERS}
    if family == "roberta":
        common |= {"max_position_embeddings": CONTEXT_LENGTH + 2, "type_vocab_size": 1}
        return RobertaConfig(bos_token_id=0, pad_token_id=1, eos_token_id=2, **common | settings)
    ids = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("cls", "sep")}
    ids |= {"pad_token_id": tokenizer.pad_token_id, "bos_token_id": ids["cls_token_id"]}
    ids |= {"eos_token_id": ids["sep_token_id"], "max_position_embeddings": CONTEXT_LENGTH}
    return ModernBertConfig(**common | {"local_attention": 16} | ids | settings)


def _causal_tokenizer(family: str) -> PreTrainedTokenizerFast:
    specials = {"gpt2": ["<|endoftext|>"], "ettin": list(MASKED_SPECIALS)}
    own = specials.get(family, ["<|endoftext|>", "<|padding|>"])
    tokenizer = train_tiny_tokenizer(own, vocab_size=395 + len(own))
    if family == "gpt2":
        tokenizer.normalizer = None
        return PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    if family == "ettin":
        return _named_like_modernbert(tokenizer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=own[0], pad_token=own[1])


def _masked_tokenizer(family: str) -> PreTrainedTokenizerFast:
    if family == "roberta":
        return PreTrainedTokenizerFast(tokenizer_object=_permuted_like_roberta())
    return _named_like_modernbert(train_tiny_tokenizer(list(MASKED_SPECIALS), vocab_size=400))


def _named_like_modernbert(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **dict(zip(names, MASKED_SPECIALS, strict=True))
    )


def _permuted_like_roberta() -> Tokenizer:
    """GPT-2's pieces in another order, its end of text among them, and words nobody writes."""
    layout = json.loads(train_tiny_tokenizer(["<|endoftext|>"], vocab_size=396).to_str())
    pieces = sorted(layout["model"]["vocab"])
    random.Random(0).shuffle(pieces)
    order = [*ROBERTA_SPECIALS, *pieces, "madeupword0000", "madeupword0001", "<mask>"]
    layout["model"]["vocab"] = {piece: number for number, piece in enumerate(order)}
    layout["normalizer"] = None
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    layout["added_tokens"] = [
        {"id": order.index(token), "content": token, "special": True, **flags}
        for token in (*ROBERTA_SPECIALS, "<mask>")
    ]
    return Tokenizer.from_str(json.dumps(layout))
