"""A vocabulary so small that every fill of three pieces can be written down."""

from __future__ import annotations

from functools import cache

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from maria_model.vocabulary import SharedVocabulary

# "\u0120" is a space and "Ã", "©" the two bytes of "é" in the byte-level alphabet.
_LETTERS = ["\u0120", "a", "b", "s", "A", "'", "Ã", "©", "1"]
_MERGES = [
    ("\u0120", "a"),
    ("\u0120", "b"),
    ("\u0120", "A"),
    ("\u0120a", "b"),
    ("a", "b"),
    ("Ã", "©"),
    ("'", "s"),
    ("é", "s"),
]


@cache
def letter_vocabulary() -> SharedVocabulary:
    """Return a shared vocabulary of 17 pieces, two of which are half a character."""
    merges = [(left.replace("é", "Ã©"), right) for left, right in _MERGES]
    tokens = [*_LETTERS, *("".join(merge) for merge in merges)]
    return SharedVocabulary(
        _tokenizer(["<|endoftext|>", *tokens], merges, eos_token="<|endoftext|>"),
        _tokenizer(
            ["[CLS]", "[SEP]", "[MASK]", *tokens],
            merges,
            cls_token="[CLS]",
            sep_token="[SEP]",
            mask_token="[MASK]",
        ),
    )


def _tokenizer(
    tokens: list[str], merges: list[tuple[str, str]], **specials: str
) -> PreTrainedTokenizerFast:
    vocab = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **specials)
