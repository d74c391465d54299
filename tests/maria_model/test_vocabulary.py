from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_pairs import train_tiny_tokenizer
from tokenizers import normalizers
from transformers import PreTrainedTokenizerFast

from maria_model.errors import TokenizerMismatchError
from maria_model.modeling import MariaForMaskedInfilling
from maria_model.vocabulary import SharedVocabulary

MASKED_SPECIALS = ["[PAD]", "[CLS]", "[SEP]", "[MASK]"]
MASKED_NAMES = {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}


def causal_tokenizer(*, vocab_size: int = 400) -> PreTrainedTokenizerFast:
    tokenizer = train_tiny_tokenizer(["<|endoftext|>"], vocab_size=vocab_size)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>")


def test_ids_are_aligned_by_string(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    pieces = vocabulary.encode("She climbed the last of the iron stairs.")
    assert vocabulary.decode(pieces) == "She climbed the last of the iron stairs."
    shift = vocabulary.masked_ids - vocabulary.causal_ids
    # Two special tokens on one side, five on the other.
    assert set(shift.tolist()) == {3}


def test_special_tokens_are_no_pieces_and_plain_text_when_typed(
    tiny_model: MariaForMaskedInfilling,
) -> None:
    vocabulary = tiny_model.vocabulary
    assert "[MASK]" not in vocabulary.pieces
    assert "<|endoftext|>" not in vocabulary.pieces
    text = "A [MASK] and <|endoftext|> as a writer types them"
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_offsets_are_code_points_in_order(tiny_model: MariaForMaskedInfilling, text: str) -> None:
    pieces, offsets = tiny_model.vocabulary.encode_with_offsets(text)
    assert len(pieces) == len(offsets)
    assert all(0 <= start <= end <= len(text) for start, end in offsets)
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(offsets))


def test_word_starts_begin_with_a_space(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    for piece in (0, 100, 300, len(vocabulary) - 1):
        assert bool(vocabulary.is_word_start[piece]) == vocabulary.decode([piece]).startswith(" ")


def test_different_merges_are_refused() -> None:
    other = PreTrainedTokenizerFast(
        tokenizer_object=train_tiny_tokenizer(MASKED_SPECIALS, vocab_size=330), **MASKED_NAMES
    )
    with pytest.raises(TokenizerMismatchError, match="different merges"):
        SharedVocabulary(causal_tokenizer(), other)


def test_a_different_normaliser_is_refused() -> None:
    tokenizer = train_tiny_tokenizer(MASKED_SPECIALS, vocab_size=403)
    tokenizer.normalizer = normalizers.NFKC()
    other = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **MASKED_NAMES)
    with pytest.raises(TokenizerMismatchError, match="normalizer"):
        SharedVocabulary(causal_tokenizer(), other)


def test_a_missing_mask_token_is_refused() -> None:
    tokenizer = train_tiny_tokenizer(MASKED_SPECIALS, vocab_size=403)
    other = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]"
    )
    with pytest.raises(TokenizerMismatchError, match="mask_token"):
        SharedVocabulary(causal_tokenizer(), other)


def test_inputs_are_framed_and_shifted(tiny_model: MariaForMaskedInfilling) -> None:
    vocabulary = tiny_model.vocabulary
    pieces = torch.tensor([vocabulary.encode("the last of the iron stairs")])
    mask = torch.zeros_like(pieces, dtype=torch.bool)
    mask[0, 1] = True
    causal, masked = vocabulary.causal_input(pieces)[0], vocabulary.masked_input(pieces, mask)[0]
    assert causal[0] == vocabulary.start_token_id
    assert torch.equal(causal[1:], vocabulary.causal_ids[pieces[0, :-1]])
    assert masked[0] == vocabulary.cls_token_id
    assert masked[-1] == vocabulary.sep_token_id
    assert masked[2] == vocabulary.mask_token_id
    assert torch.equal(masked[3:-1], vocabulary.masked_ids[pieces[0, 2:]])
