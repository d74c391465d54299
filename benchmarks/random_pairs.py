"""Pairs of random weights at named shapes: what a pass costs before a model is downloaded.

Random weights run exactly as fast as trained ones, but their guesses are noise: a draft is never
right for a reason. So they show the price of passes, and the engine's worst case.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    ModernBertConfig,
    ModernBertForMaskedLM,
    OlmoConfig,
    OlmoForCausalLM,
    PreTrainedTokenizerFast,
)

from maria_model.configuration import MariaConfig
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.vocabulary import SharedVocabulary

_SPECIALS = ("<|endoftext|>", "<|padding|>", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneShape:
    """The numbers that make a backbone's size."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairShape:
    """An OLMo and a ModernBERT of one vocabulary."""

    vocab_size: int
    context_length: int
    causal_lm: BackboneShape
    masked_lm: BackboneShape


_TINY = BackboneShape(
    hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4
)
_EMBEDDED = BackboneShape(
    hidden_size=256, intermediate_size=704, num_hidden_layers=6, num_attention_heads=4
)
SHAPES = {
    "tiny": PairShape(vocab_size=400, context_length=128, causal_lm=_TINY, masked_lm=_TINY),
    "embedded": PairShape(
        vocab_size=8192, context_length=2048, causal_lm=_EMBEDDED, masked_lm=_EMBEDDED
    ),
    "olmo-1b+modernbert-large": PairShape(
        vocab_size=50_280,
        context_length=2048,
        causal_lm=BackboneShape(
            hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=16
        ),
        masked_lm=BackboneShape(
            hidden_size=1024, intermediate_size=2624, num_hidden_layers=28, num_attention_heads=16
        ),
    ),
}


def random_pair(
    name: str, *, seed: int = 0, dtype: torch.dtype = torch.float32
) -> MariaForMaskedInfilling:
    """Return a model of random weights at a named shape, in eval mode."""
    shape = SHAPES[name]
    tokenizer = _made_up_tokenizer(shape.vocab_size)
    torch.manual_seed(seed)
    causal_lm, masked_lm = _causal_lm(shape, tokenizer), _masked_lm(shape, tokenizer)
    vocabulary = SharedVocabulary(tokenizer, tokenizer)
    config = MariaConfig(name=f"random weights, {name}", vocab_size=len(vocabulary))
    config.causal_config, config.masked_config = causal_lm.config, masked_lm.config
    model = MariaForMaskedInfilling(config, causal_lm, masked_lm, vocabulary)
    model.reset_to_product_of_experts()
    # Parameters only: rounded rotary frequencies would be another model.
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model.eval()


def _made_up_tokenizer(vocab_size: int) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer whose longer pieces are made-up words: nothing is learned."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [f"\u0120{_word(number)}" for number in range(vocab_size)]
    pieces = [*_SPECIALS, *alphabet, *words][:vocab_size]
    tokenizer = Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|endoftext|>",
        pad_token="<|padding|>",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def _word(number: int) -> str:
    """Return a different word of small letters for every number."""
    number, letter = divmod(number, 26)
    return (_word(number - 1) if number else "") + chr(ord("a") + letter)


def _causal_lm(shape: PairShape, tokenizer: PreTrainedTokenizerFast) -> OlmoForCausalLM:
    size = shape.causal_lm
    return OlmoForCausalLM(
        OlmoConfig(
            vocab_size=shape.vocab_size,
            hidden_size=size.hidden_size,
            intermediate_size=size.intermediate_size,
            num_hidden_layers=size.num_hidden_layers,
            num_attention_heads=size.num_attention_heads,
            max_position_embeddings=shape.context_length,
            tie_word_embeddings=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _masked_lm(shape: PairShape, tokenizer: PreTrainedTokenizerFast) -> ModernBertForMaskedLM:
    size = shape.masked_lm
    return ModernBertForMaskedLM(
        ModernBertConfig(
            vocab_size=shape.vocab_size,
            hidden_size=size.hidden_size,
            intermediate_size=size.intermediate_size,
            num_hidden_layers=size.num_hidden_layers,
            num_attention_heads=size.num_attention_heads,
            max_position_embeddings=shape.context_length,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.cls_token_id,
            eos_token_id=tokenizer.sep_token_id,
            cls_token_id=tokenizer.cls_token_id,
            sep_token_id=tokenizer.sep_token_id,
        )
    )
