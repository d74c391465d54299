"""Reads the prose corpus: documents out of `*.txt.xz`, and which of them are held out.

Knows the file format and the split. Knows nothing of tokens or models.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from maria_model.errors import ConfigurationError

DOCUMENT_SEPARATOR = "<|doc|>"
SPLITS = ("train", "validation", "test")
# Held-out documents per thousand, for each of validation and test.
HELD_OUT_PER_MILLE = 4
# Share of the documents kept, where it is not all of them: the driest prose teaches a novelist's
# model least.
SOURCE_SHARE = {"technical_docs": 0.5, "us_gov_nist": 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of the corpus: its source (the file's name), its split and its text."""

    source: str
    split: str
    text: str


def source_paths(corpus_dir: Path) -> list[Path]:
    """Return the corpus files in a fixed order.

    Raises:
        ConfigurationError: the folder has no `*.txt.xz` or `*.txt` file.
    """
    paths = sorted([*corpus_dir.glob("*.txt.xz"), *corpus_dir.glob("*.txt")])
    if not paths:
        raise ConfigurationError(
            f"No *.txt.xz file in {corpus_dir}. Give the corpus folder with --corpus."
        )
    return paths


def iter_documents(corpus_dir: Path) -> Iterator[Document]:
    """Yield every kept document of the corpus, source by source."""
    for path in source_paths(corpus_dir):
        source = path.name.split(".")[0]
        share = SOURCE_SHARE.get(source, 1.0)
        for text in _iter_texts(path):
            draw = _draw(source, text)
            if (draw // 1000) % 1000 < share * 1000:
                yield Document(source=source, split=_split(draw % 1000), text=text)


def _iter_texts(path: Path) -> Iterator[str]:
    opener = lzma.open if path.suffix == ".xz" else open
    lines: list[str] = []
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for line in file:
                if line.rstrip("\n") == DOCUMENT_SEPARATOR:
                    yield from _joined(lines)
                    lines = []
                else:
                    lines.append(line)
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is damaged ({error}). Copy it again.") from error
    yield from _joined(lines)


def _joined(lines: list[str]) -> Iterator[str]:
    text = "".join(lines).strip()
    if text:
        yield text


def _draw(source: str, text: str) -> int:
    """Return a number that depends on the document alone, so that the split never moves."""
    digest = hashlib.blake2b(f"{source}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _split(per_mille: int) -> str:
    if per_mille < HELD_OUT_PER_MILLE:
        return "validation"
    return "test" if per_mille < 2 * HELD_OUT_PER_MILLE else "train"
