from __future__ import annotations

import lzma
from collections import Counter
from pathlib import Path

import pytest

from maria_model.errors import ConfigurationError
from training.corpus import iter_documents
from training.toy_corpus import write_toy_corpus


def test_the_split_belongs_to_the_document_not_to_its_place(tmp_path: Path) -> None:
    path = write_toy_corpus(tmp_path / "whole", documents=1500)
    splits = {document.text: document.split for document in iter_documents(path.parent)}
    half = tmp_path / "half" / "toy.txt"
    half.parent.mkdir()
    half.write_text("\n<|doc|>\n".join(path.read_text().split("\n<|doc|>\n")[::2]))
    for document in iter_documents(half.parent):
        assert splits[document.text] == document.split
    counts = Counter(splits.values())
    assert counts["train"] > 1400
    assert counts["validation"] > 0
    assert counts["test"] > 0


def test_xz_and_plain_text_read_alike(tmp_path: Path) -> None:
    plain = write_toy_corpus(tmp_path / "plain", documents=20)
    packed = tmp_path / "packed" / "toy.txt.xz"
    packed.parent.mkdir()
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert list(iter_documents(plain.parent)) == list(iter_documents(packed.parent))


def test_a_truncated_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--corpus"):
        list(iter_documents(tmp_path))
    packed = tmp_path / "toy.txt.xz"
    packed.write_bytes(lzma.compress(b"A sentence.\n" * 9000)[:-20])
    with pytest.raises(ConfigurationError, match=r"toy\.txt\.xz is damaged"):
        list(iter_documents(tmp_path))
