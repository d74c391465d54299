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

# What `sha256sum` writes: in the corpus folder or beside it.
SUMS_FILE = "SHA256SUMS"
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
        ConfigurationError: the folder has no `*.txt.xz` or `*.txt` file, or a SHA256SUMS in it or
            beside it names one that is missing or other than it was.
    """
    paths = sorted([*corpus_dir.glob("*.txt.xz"), *corpus_dir.glob("*.txt")])
    if not paths:
        raise ConfigurationError(
            f"No *.txt.xz file in {corpus_dir}. Give the corpus folder with --corpus."
        )
    for sums in (corpus_dir / SUMS_FILE, corpus_dir.resolve().parent / SUMS_FILE):
        if sums.is_file():
            _check_sources(corpus_dir, sums)
    return paths


def _check_sources(corpus_dir: Path, sums: Path) -> None:
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition(" ")
        path = sums.parent / name.strip().removeprefix("*")
        if path.parent.resolve() != corpus_dir.resolve():
            continue
        if not path.is_file():
            raise ConfigurationError(
                f"{path} is missing, and {sums} names it. Copy it again, or take out its line."
            )
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise ConfigurationError(f"{path} is not the file of {sums}. Copy it again.")


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
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}).") from error
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
