"""The vocabulary two language models share, aligned by token string (their ids may differ).

A *piece* is an index 0..V-1 into that shared vocabulary. Special tokens are not pieces: they frame
a sequence and are never sampled. Text becomes pieces here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from maria_model.errors import CheckpointError, TokenizerMismatchError, first_line

# GPT-2's byte-level alphabet writes a space as this letter and a line feed as that one.
_SPACE = "\u0120"
_SPECIAL_NAMES = ("cls", "sep", "mask")
# GPT-2's and RoBERTa's files name no special tokens: in their time that was left to their classes.
_UNNAMED_SPECIALS = {
    "eos_token": "<|endoftext|>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "mask_token": "<mask>",
}


class SharedVocabulary:
    """The pieces of a causal and a masked LM's tokenizer, and the special ids that frame text.

    Attributes:
        pieces: V token strings in byte-level letters, in the order of the causal LM's ids.
        causal_ids: (V,) the causal LM's id of each piece.
        masked_ids: (V,) the masked LM's id of each piece.
        is_word_start: (V,) whether a piece begins with a space.
        start_token_id: the causal LM's start; its end-of-text token where it has no other.
        cls_token_id, sep_token_id, mask_token_id: the masked LM's frame and mask.
    """

    def __init__(
        self, causal_tokenizer: PreTrainedTokenizerFast, masked_tokenizer: PreTrainedTokenizerFast
    ) -> None:
        """Align two tokenizers.

        Raises:
            TokenizerMismatchError: their normaliser, pre-tokeniser, merges or ordinary tokens
                differ, or one lacks a special token that MARIA needs.
        """
        causal, masked = causal_tokenizer.backend_tokenizer, masked_tokenizer.backend_tokenizer
        _check_same_segmentation(causal, masked)
        causal_vocabulary, masked_vocabulary = causal.get_vocab(), masked.get_vocab()
        special = _special_strings(causal) | _special_strings(masked)
        shared = (causal_vocabulary.keys() & masked_vocabulary.keys()) - special
        self.pieces = tuple(sorted(shared, key=causal_vocabulary.__getitem__))
        self.causal_ids = torch.tensor([causal_vocabulary[piece] for piece in self.pieces])
        self.masked_ids = torch.tensor([masked_vocabulary[piece] for piece in self.pieces])
        self.is_word_start = torch.tensor([piece.startswith(_SPACE) for piece in self.pieces])
        self.start_token_id = _start_token_id(causal_tokenizer)
        self.cls_token_id, self.sep_token_id, self.mask_token_id = (
            _special_token_id(masked_tokenizer, name) for name in _SPECIAL_NAMES
        )
        self._piece_of_causal_id = {int(id_): i for i, id_ in enumerate(self.causal_ids)}
        self._tokenizer = Tokenizer.from_str(causal.to_str())
        # "[MASK]" or "<|endoftext|>" typed by a writer is text like any other.
        self._tokenizer.encode_special_tokens = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Come out of a pickle, in another process: the tokenizer forgets there what it is told."""
        self.__dict__.update(state)
        self._tokenizer.encode_special_tokens = True

    @classmethod
    def from_pretrained(cls, causal_dir: Path, masked_dir: Path) -> SharedVocabulary:
        """Read both folders' `tokenizer.json`."""
        return cls(load_tokenizer(causal_dir), load_tokenizer(masked_dir))

    def __len__(self) -> int:
        return len(self.pieces)

    def encode(self, text: str) -> list[int]:
        """Return the pieces of a text; special tokens in it count as plain text."""
        return self.encode_with_offsets(text)[0]

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return pieces and each piece's span in `text`, in code points.

        Raises:
            TokenizerMismatchError: a token of the text is known to one model alone.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        try:
            pieces = [self._piece_of_causal_id[id_] for id_ in encoding.ids]
        except KeyError:
            token = next(
                t
                for t, id_ in zip(encoding.tokens, encoding.ids, strict=True)
                if id_ not in self._piece_of_causal_id
            )
            raise TokenizerMismatchError(
                f"Only one of the two models knows the token {token!r}. Take it out of the text."
            ) from None
        return pieces, encoding.offsets

    def decode(self, pieces: Sequence[int]) -> str:
        """Return the text of `pieces`; bytes that are no UTF-8 become U+FFFD."""
        ids = self.causal_ids[torch.as_tensor(pieces, dtype=torch.long)].tolist()
        return str(self._tokenizer.decode(ids, skip_special_tokens=False))

    def causal_input(self, pieces: Tensor) -> Tensor:
        """Return [start] and all but the last piece as causal ids: (B, T) -> (B, T).

        State i of that input has read the pieces before i: it predicts piece i.
        """
        start = torch.full_like(pieces[:, :1], self.start_token_id)
        return torch.cat([start, self.causal_ids.to(pieces.device)[pieces[:, :-1]]], dim=1)

    def masked_input(self, pieces: Tensor, mask: Tensor) -> Tensor:
        """Return [CLS], the pieces with masks where `mask` is True, [SEP]: (B, T) -> (B, T + 2)."""
        ids = self.masked_ids.to(pieces.device)[pieces].masked_fill(mask, self.mask_token_id)
        cls = torch.full_like(ids[:, :1], self.cls_token_id)
        return torch.cat([cls, ids, torch.full_like(cls, self.sep_token_id)], dim=1)

    def check_rows(self, causal_rows: int, masked_rows: int) -> None:
        """Check that both models have a row for every id.

        Raises:
            TokenizerMismatchError: a tokenizer is not its model's.
        """
        for role, ids, rows in (
            ("causal", self.causal_ids, causal_rows),
            ("masked", self.masked_ids, masked_rows),
        ):
            if int(ids.max()) >= rows:
                raise TokenizerMismatchError(
                    f"The {role} LM knows {rows} tokens, its tokenizer counts to {int(ids.max())}. "
                    "Get both from the same place."
                )

    def fingerprint(self) -> str:
        """Return a digest of pieces and ids: a head trained for another vocabulary shows."""
        content = json.dumps([self.pieces, self.causal_ids.tolist(), self.masked_ids.tolist()])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def load_tokenizer(source: str | Path, *, revision: str | None = None) -> PreTrainedTokenizerFast:
    """Read a folder's (or a named model's) `tokenizer.json` as it stands; nothing is fetched.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(
            source, revision=revision or "main", local_files_only=True
        )
    except Exception as error:
        # The tokenizers library raises bare Exceptions; this line is where they stop.
        raise CheckpointError(
            f"{source}: tokenizer.json or tokenizer_config.json is missing or damaged "
            f"({first_line(error)}). Get the model again."
        ) from error
    if not tokenizer.special_tokens_map:
        known = _special_strings(tokenizer.backend_tokenizer)
        for name, token in _UNNAMED_SPECIALS.items():
            if token in known:
                setattr(tokenizer, name, token)
    return tokenizer


def _check_same_segmentation(causal: Tokenizer, masked: Tokenizer) -> None:
    one, other = json.loads(causal.to_str()), json.loads(masked.to_str())
    for part in ("normalizer", "pre_tokenizer"):
        if one[part] != other[part]:
            raise TokenizerMismatchError(
                f"The two tokenizers differ in their {part}: {_short(one[part])} against "
                f"{_short(other[part])}. Choose a masked LM made with the causal LM's tokenizer."
            )
    if one["model"].get("merges") != other["model"].get("merges"):
        raise TokenizerMismatchError(
            "The two tokenizers have different merges, so they cut words differently. "
            "Choose a masked LM made with the causal LM's tokenizer."
        )
    added = {token["content"] for token in one["added_tokens"] + other["added_tokens"]}
    ordinary = set(one["model"]["vocab"]) ^ set(other["model"]["vocab"])
    if unshared := sorted((ordinary - added) & _reachable(one["model"])):
        raise TokenizerMismatchError(
            f"{len(unshared)} tokens are in one vocabulary only, {unshared[0]!r} for one. "
            "Choose a masked LM made with the causal LM's tokenizer."
        )


def _reachable(model: dict[str, Any]) -> set[str]:
    """Return the tokens that a text can be cut into: RoBERTa's vocabulary has made-up words too."""
    pairs = (merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"])
    letters = {piece for piece in model["vocab"] if len(piece) == 1}
    return letters | {"".join(pair) for pair in pairs}


def _short(part: object) -> str:
    text = json.dumps(part)
    return text if len(text) <= 60 else text[:57] + "..."


def _special_strings(tokenizer: Tokenizer) -> set[str]:
    added = tokenizer.get_added_tokens_decoder().values()
    return {token.content for token in added if token.special}


def _start_token_id(tokenizer: PreTrainedTokenizerFast) -> int:
    # Ettin's decoders begin like its encoders.
    for token_id in (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.cls_token_id):
        if token_id is not None:
            return int(token_id)
    raise TokenizerMismatchError(
        "The causal LM's tokenizer names neither a start nor an end token. "
        "Set eos_token in its tokenizer_config.json."
    )


def _special_token_id(tokenizer: PreTrainedTokenizerFast, name: str) -> int:
    token_id = getattr(tokenizer, f"{name}_token_id")
    if token_id is None:
        raise TokenizerMismatchError(
            f"The masked LM's tokenizer names no {name}_token. Set it in its tokenizer_config.json."
        )
    return int(token_id)
