"""Trains the byte-level BPE tokenizer that both halves of the embedded model share.

The layout is GPT-NeoX's and OLMo's (NFC, GPT-2 pre-tokeniser, byte-level pieces); typographic
quotes, ellipses and no-break spaces are normalised inside the tokenizer, because the corpus has
none of them and a manuscript has all of them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from maria_model.errors import ConfigurationError, MariaError
from training.corpus import iter_documents
from training.whole_writes import disk_errors, whole_file

EOS_TOKEN = "<|endoftext|>"
PAD_TOKEN = "[PAD]"
CLS_TOKEN = "[CLS]"
SEP_TOKEN = "[SEP]"
MASK_TOKEN = "[MASK]"
SPECIAL_TOKENS = (EOS_TOKEN, PAD_TOKEN, CLS_TOKEN, SEP_TOKEN, MASK_TOKEN)


def pieces_by_id(tokenizer: Tokenizer) -> list[str]:
    """Return all pieces by id; a byte-level one has a character for each byte."""
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)


def special_token_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the id of a special token.

    Raises:
        ConfigurationError: the tokenizer was not made by this script.
    """
    token_id = tokenizer.token_to_id(token)
    if token_id is None:
        raise ConfigurationError(
            f"The tokenizer has no {token}. Make one with training.train_tokenizer."
        )
    return int(token_id)


def make_normalizer() -> normalizers.Normalizer:
    """Return NFC followed by the plain forms of typographic characters."""
    return normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex("[\u2018\u2019\u201b\u02bc]"), "'"),
            normalizers.Replace(Regex("[\u201c\u201d\u201f]"), '"'),
            normalizers.Replace(Regex("\u2026"), "..."),
            normalizers.Replace(Regex("[\u00a0\u2007\u2009\u200a\u202f]"), " "),
        ]
    )


def train_tokenizer(texts: Iterator[str], *, vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE tokenizer of exactly `vocab_size` pieces, specials first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = make_normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=True,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _sample(corpus_dir: Path, *, share: float, seed: int) -> Iterator[str]:
    draw = random.Random(seed)
    for document in iter_documents(corpus_dir):
        if document.split == "train" and draw.random() < share:
            yield document.text


def write_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Write a `tokenizer.json`.

    Raises:
        MariaError: it could not be written; what was there is still there.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(tokenizer.to_str(pretty=True).encode())


def main() -> int:
    """Train the tokenizer and write `tokenizer.json`; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/train"))
    parser.add_argument("--output", type=Path, default=Path(".build/embedded/tokenizer.json"))
    parser.add_argument("--vocab-size", type=int, default=8192)
    parser.add_argument("--share", type=float, default=0.25, help="share of the documents read")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        texts = _sample(arguments.corpus, share=arguments.share, seed=arguments.seed)
        tokenizer = train_tokenizer(texts, vocab_size=arguments.vocab_size)
        write_tokenizer(tokenizer, arguments.output)
    except MariaError as error:
        print(f"train_tokenizer: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.output}: {tokenizer.get_vocab_size()} pieces")
    return 0


if __name__ == "__main__":
    sys.exit(main())
