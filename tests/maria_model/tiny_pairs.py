"""Makes tiny backbone folders in the layout of the real ones, for the tests of `maria_model`."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    ModernBertConfig,
    ModernBertForMaskedLM,
    OlmoConfig,
    OlmoForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

TEXT = (
    "The lamp had been lit every evening for a hundred years, and Ines did not intend to be the "
    "one who forgot. She climbed the last of the iron stairs with the oil can against her hip. "
    'From the gallery the sea looked almost like slate. "You\'ll wear it through," said Tomas '
    "from the stairs. He laughed and sat down on the top step. An apple; a pear.\n\nBelow them "
    "the wind had begun to move in the long grass, and somewhere a gate was knocking.\n"
)
HIDDEN_SIZE = 32
CONTEXT_LENGTH = 128


def train_tiny_tokenizer(special_tokens: list[str], *, vocab_size: int = 400) -> Tokenizer:
    """Train a byte-level BPE on a few sentences; specials come first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


def save_tiny_pair(folder: Path, *, seed: int, masked_bias: bool = True) -> tuple[Path, Path]:
    """Write a random OLMo and a random ModernBERT whose ids differ; return their folders."""
    # Different special tokens shift the ids, as they do between OLMo and ModernBERT.
    causal_specials = ["<|endoftext|>", "<|padding|>"]
    masked_specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    causal_tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=train_tiny_tokenizer(causal_specials, vocab_size=397),
        eos_token="<|endoftext|>",
        pad_token="<|padding|>",
    )
    masked_tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=train_tiny_tokenizer(masked_specials, vocab_size=400),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    torch.manual_seed(seed)
    causal = OlmoForCausalLM(
        OlmoConfig(
            vocab_size=len(causal_tokenizer),
            hidden_size=HIDDEN_SIZE,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=CONTEXT_LENGTH,
            eos_token_id=causal_tokenizer.eos_token_id,
            pad_token_id=causal_tokenizer.pad_token_id,
        )
    )
    masked = ModernBertForMaskedLM(
        ModernBertConfig(
            vocab_size=len(masked_tokenizer),
            hidden_size=HIDDEN_SIZE + 8,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=CONTEXT_LENGTH,
            local_attention=16,
            decoder_bias=masked_bias,
            pad_token_id=masked_tokenizer.pad_token_id,
            bos_token_id=masked_tokenizer.cls_token_id,
            eos_token_id=masked_tokenizer.sep_token_id,
            cls_token_id=masked_tokenizer.cls_token_id,
            sep_token_id=masked_tokenizer.sep_token_id,
        )
    )
    for model in (causal, masked):
        make_opinionated(model)
    for name, model, tokenizer in (
        ("causal", causal, causal_tokenizer),
        ("masked", masked, masked_tokenizer),
    ):
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    return folder / "causal", folder / "masked"


@torch.no_grad()
def make_opinionated(model: PreTrainedModel) -> None:
    """Widen fresh weights, so that logits differ enough for an argmax to mean something."""
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            parameter.mul_(6.0)
        elif name.endswith("bias"):
            parameter.normal_()
