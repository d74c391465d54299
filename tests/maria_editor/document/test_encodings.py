from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from maria_editor.document.encodings import EncodingError, readings
from maria_editor.document.storage import TextFile
from maria_editor.errors import OpenError

PROSE = "She sat in the old café for a while, naïve as ever.\r\nThen she left."


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("latin-1", "Western European, Latin-1"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
    ],
)
def test_prose_in_other_encodings_is_read_as_it_was_meant(encoding: str, name: str) -> None:
    data = PROSE.encode(encoding)
    (reading,) = readings(data)
    assert (reading.name, reading.sample) == (name, "café")
    assert reading.decode(data).lstrip("\ufeff") == PROSE


def test_curly_quotes_of_windows() -> None:
    data = "“Never”, she said – “again” … naïve".encode("cp1252")
    (reading,) = readings(data)
    assert reading.name == "Western European, Windows-1252"
    assert reading.decode(data) == "“Never”, she said – “again” … naïve"


def test_a_broken_character_in_utf8_is_named_first() -> None:
    data = ("naïve café, " * 5).encode() + b"caf\xc3 and the rest"
    first, second = readings(data)
    assert first.name == "UTF-8 with damaged characters"
    assert first.decode(data).endswith("naïve café, caf\ufffd and the rest")
    assert second.sample == "naÃ"


@pytest.mark.parametrize("data", [b"words\0\0\0\0\0\0\0\0", b"a word\0 and some more words here\0"])
def test_stray_nul_characters_are_left_out(data: bytes) -> None:
    (reading,) = readings(data)
    assert "NUL" in reading.name
    assert reading.decode(data) == data.replace(b"\0", b"").decode()


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0\0\0\2",
        b"\x7fELF\2\1\1" + bytes(range(256)) * 4,
        b"\0" * 100,
    ],
)
def test_binary_files_have_no_reading(data: bytes) -> None:
    assert readings(data) == ()


def test_a_latin_1_file_is_opened_as_a_copy_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    data = PROSE.encode("latin-1")
    path.write_bytes(data)
    with pytest.raises(EncodingError, match=r"It reads as Western European, Latin-1, “café”") as no:
        TextFile.load(path)
    assert isinstance(no.value, OpenError)
    file = TextFile.convert(path, no.value.readings[0])
    assert file.path is None
    assert file.text == PROSE.replace("\r\n", "\n")
    file.save(file.text, tmp_path / "new.txt")
    assert (tmp_path / "new.txt").read_bytes() == PROSE.encode()
    assert path.read_bytes() == data


def test_marked_utf16_still_opens_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(codecs.BOM_UTF16_LE + PROSE.encode("utf-16-le"))
    assert TextFile.load(path).text.startswith("She sat in the old café")
