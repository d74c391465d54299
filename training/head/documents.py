"""Documents for a head training: local text, JSONL and parquet, streamed data sets, token files.

A source yields blocks of documents, epoch after epoch, and can start again at any block's cursor
(plain JSON). What is held out depends on a document's text alone. Knows nothing of models.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from maria_model.errors import ConfigurationError, first_line
from training.head.configuration import HeadConfig
from training.head.fingerprints import files_fingerprint
from training.head.rows import DatasetText, FileText, Rows, Text
from training.tokenizer_files import tokenizer_fingerprint

Cursor = dict[str, Any]
# A longer text is read in parts, shuffled like documents: a lane that read a book from end to end
# would see nothing else for hundreds of steps.
MAX_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document: text or the causal LM's ids, and a number that depends on that alone."""

    content: str | np.ndarray
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Consecutive documents in shuffled order.

    Attributes:
        cursor: where a source must start to yield this block first.
        number: of the first document, counted over all epochs.
        epoch: how often the data was read before.
    """

    cursor: Cursor
    number: int
    epoch: int
    documents: list[Document]


class DocumentSource(Protocol):
    """What `LaneReader` reads from.

    Attributes:
        where: what messages call it.
    """

    where: str

    def blocks(self, cursor: Cursor | None) -> Iterator[Block]:
        """Yield blocks without end, from `cursor` or the start."""
        ...

    def held_out(self, limit: int) -> list[Document]:
        """Return up to `limit` documents that no block contains."""
        ...

    def fingerprint(self) -> str:
        """Return what other text would not have."""
        ...


class TextSource:
    """Documents of rows of text; a share of them is held out by their hash."""

    def __init__(
        self, text: Text, *, held_out_share: float, block_documents: int, seed: int
    ) -> None:
        self._text = text
        self.where = text.where
        self._held_out_share = held_out_share
        self._block_documents = block_documents
        self._seed = seed

    def blocks(self, cursor: Cursor | None) -> Iterator[Block]:
        """Yield blocks without end, from `cursor` or the start.

        Raises:
            ConfigurationError: there is not one document to train on.
        """
        cursor = cursor or {"epoch": 0, "number": 0, "place": None}
        epoch, number, place = cursor["epoch"], cursor["number"], cursor["place"]
        while True:
            rows, before = self._text.open(place), number
            while documents := self._take(rows):
                order = np.random.default_rng((self._seed, number)).permutation(len(documents))
                at = {"epoch": epoch, "number": number, "place": place}
                shuffled = [documents[index] for index in order]
                yield Block(cursor=at, number=number, epoch=epoch, documents=shuffled)
                number, place = number + len(documents), rows.place()
            if number == before and place is None:
                raise ConfigurationError(f"{self.where} holds no document to train on.")
            epoch, place = epoch + 1, None

    def held_out(self, limit: int) -> list[Document]:
        """Return the beginnings of the first `limit` held-out documents.

        Raises:
            ConfigurationError: none is held out, or all are empty.
        """
        texts = (text for text in self._text.open(None) if self._is_held_out(text))
        found = [
            Document(content=next(_parts(text)), key=_document(text).key)
            for text in itertools.islice(texts, limit)
        ]
        if not found and next(iter(self._text.open(None)), None) is None:
            raise ConfigurationError(f"{self.where}: all documents are empty. Give other text.")
        if not found:
            raise ConfigurationError(
                f"held_out_share={self._held_out_share}: no document of {self.where} is held out. "
                "Take a larger share or more text."
            )
        return found

    def fingerprint(self) -> str:
        """Return what other text would not have."""
        return self._text.fingerprint()

    def _take(self, rows: Rows) -> list[Document]:
        """Return about a block of documents, long ones in parts; empty at the end of the data."""
        taken: list[Document] = []
        for text in rows:
            if not self._is_held_out(text):
                taken += [_document(part) for part in _parts(text)]
            if len(taken) >= self._block_documents:
                break
        return taken

    def _is_held_out(self, text: str) -> bool:
        return _hash(text.encode("utf-8", "surrogatepass")) < self._held_out_share * 2**64


class TokenFileSource:
    """Documents of a uint16 token file, between end-of-text tokens, shuffled anew every epoch.

    Those longer than `part_tokens` are read in parts.

    Raises:
        ConfigurationError: they are of another tokenizer than `tokenizer`, the causal LM's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        end_token_id: int,
        part_tokens: int,
        block_documents: int,
        seed: int,
        tokenizer: Tokenizer | None = None,
    ) -> None:
        self.where = f"data_dir={folder}"
        self._folder = folder
        self._last_id = np.iinfo(np.uint16).max
        if tokenizer is not None:
            self._last_id = max(tokenizer.get_vocab().values())
            self._check_tokenizer(tokenizer)
        self._part_tokens = part_tokens
        self._end_token_id = end_token_id
        self._block_documents = block_documents
        self._seed = seed

    def blocks(self, cursor: Cursor | None) -> Iterator[Block]:
        """Yield blocks without end, from `cursor` or the start."""
        tokens, bounds = self._open("train.bin")
        cursor = cursor or {"epoch": 0, "number": 0, "place": 0}
        epoch, number, place = cursor["epoch"], cursor["number"], cursor["place"]
        while True:
            order = np.random.default_rng((self._seed, epoch)).permutation(len(bounds))
            for start in range(place, len(bounds), self._block_documents):
                chosen = bounds[order[start : start + self._block_documents]]
                at = {"epoch": epoch, "number": number, "place": start}
                documents = _token_documents(tokens, chosen)
                yield Block(cursor=at, number=number, epoch=epoch, documents=documents)
                number += len(documents)
            epoch, place = epoch + 1, 0

    def held_out(self, limit: int) -> list[Document]:
        """Return `limit` documents of `validation.bin`, evenly spaced."""
        tokens, bounds = self._open("validation.bin")
        chosen = np.unique(np.linspace(0, len(bounds) - 1, limit).round().astype(int))
        return _token_documents(tokens, bounds[chosen])

    def fingerprint(self) -> str:
        """Return a digest of both token files."""
        return files_fingerprint(map(self._path, ("train.bin", "validation.bin")))

    def _check_tokenizer(self, tokenizer: Tokenizer) -> None:
        path = self._folder / "data.json"
        if not path.is_file():
            return
        try:
            summary = json.loads(path.read_text(encoding="utf-8"))
            # Folders written before fingerprints were kept have none.
            found = summary.get("tokenizer")
        except (ValueError, AttributeError) as error:
            raise ConfigurationError(
                f"{path} is damaged ({first_line(error)}). Run training.build_data again."
            ) from error
        if found not in (None, tokenizer_fingerprint(tokenizer)):
            raise ConfigurationError(
                f"{self.where}: its tokens are of another tokenizer than the causal LM's. Run "
                "training.build_data with the causal LM's tokenizer.json."
            )

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise ConfigurationError(f"No token file at {path}. Run training.build_data first.")
        if not path.stat().st_size:
            raise ConfigurationError(f"{path} is empty. Run training.build_data again.")
        if path.stat().st_size % 2:
            raise ConfigurationError(f"{path} is cut short. Run training.build_data again.")
        return path

    def _open(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the tokens, and (parts, 2) where each part of a document begins and ends."""
        path = self._path(name)
        tokens = np.memmap(path, dtype=np.uint16, mode="r")
        if (largest := int(tokens.max())) > self._last_id:
            raise ConfigurationError(
                f"{path} holds token {largest}, and the causal LM's last is {self._last_id}: it is "
                "of another tokenizer. Run training.build_data with the causal LM's."
            )
        ends = np.append(np.flatnonzero(tokens == self._end_token_id), len(tokens))
        starts = np.concatenate([[0], ends[:-1] + 1])
        bounds = np.stack([starts, ends], axis=1)[starts < ends]
        if not len(bounds):
            raise ConfigurationError(f"{path} holds no document. Run training.build_data again.")
        return tokens, _cut(bounds, self._part_tokens)


def open_source(
    config: HeadConfig, *, end_token_id: int, tokenizer: Tokenizer | None = None
) -> DocumentSource:
    """Open the data that a configuration names.

    Args:
        config: of the run.
        end_token_id: what stands between documents of token files.
        tokenizer: the causal LM's, which token files must be of.

    Raises:
        ConfigurationError: none or several are named, or what is named is not there or not of the
            tokenizer.
    """
    named = [name for name in ("data_dir", "text", "dataset") if getattr(config, name)]
    if len(named) != 1:
        raise ConfigurationError(
            f"Name one of data_dir, text and dataset; {', '.join(named) or 'none'} is named."
        )
    common: dict[str, int] = {
        "block_documents": config.shuffle_documents,
        "seed": config.seed + 2,
    }
    if config.data_dir:
        part = config.sequence_length
        return TokenFileSource(
            config.data_dir,
            end_token_id=end_token_id,
            part_tokens=part,
            tokenizer=tokenizer,
            **common,
        )
    text: Text = FileText(config) if config.text else DatasetText(config)
    return TextSource(text, held_out_share=config.held_out_share, **common)


def _parts(text: str) -> Iterator[str]:
    """Yield a text in parts of MAX_CHARACTERS at most, cut at spaces where there are any."""
    start = 0
    while len(text) - start > MAX_CHARACTERS:
        limit = start + MAX_CHARACTERS
        cut = max(text.rfind("\n", start, limit), text.rfind(" ", start, limit))
        cut = limit if cut <= start else cut
        yield text[start:cut]
        start = cut
    yield text[start:]


def _document(text: str) -> Document:
    return Document(content=text, key=_hash(text.encode("utf-8", "surrogatepass")))


def _cut(bounds: np.ndarray, size: int) -> np.ndarray:
    """Return (parts, 2) bounds of at most `size` tokens each, of (documents, 2) bounds."""
    counts = -(-(bounds[:, 1] - bounds[:, 0]) // size)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(bounds[:, 0], counts) + (np.arange(counts.sum()) - firsts) * size
    return np.stack([starts, np.minimum(starts + size, np.repeat(bounds[:, 1], counts))], axis=1)


def _token_documents(tokens: np.ndarray, bounds: np.ndarray) -> list[Document]:
    chosen = (np.asarray(tokens[start:end]) for start, end in bounds)
    return [Document(content=ids, key=_hash(ids.tobytes())) for ids in chosen]


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
