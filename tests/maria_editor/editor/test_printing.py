"""The text on paper."""

from __future__ import annotations

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QFont, QPdfWriter, QTextCursor, QTextDocument, QTextLayout

from maria_editor.editor.printing import document_for, plain_letters, print_text

_ALL = QTextLayout.GlyphRunRetrievalFlag.RetrieveAll

pytestmark = pytest.mark.usefixtures("theme")


def printed(line: str) -> str:
    return "".join(letter for letter, _, _ in plain_letters(line)).replace("\u00a0", "_")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("## A *fine* day", "A fine day"),
        ("**a *b* c** [link](http://x) `co\\*de`", "a b c link co\\*de"),
        ("> said", "said"),
        (r"\*not\* this, \[MASK] and C:\dir", r"*not* this, [MASK] and C:\dir"),
        ("an [MASK] end", f"an {'_' * 14} end"),
        ("[MASK:2-3]🙂", f"{'_' * 42}🙂"),
        ("", ""),
    ],
)
def test_what_of_a_line_is_printed(line: str, expected: str) -> None:
    assert printed(line) == expected


@given(st.text(st.sampled_from("*_`[]()># ax\\🙂"), max_size=30))
def test_no_word_is_lost_or_moved(line: str) -> None:
    words = [letter for letter in line if letter in "🙂"]
    assert [letter for letter in printed(line) if letter in "🙂"] == words or "](" in line


def weight_at(document: QTextDocument, text: str) -> int:
    cursor = document.find(text)
    return cursor.charFormat().fontWeight()


def test_the_document_is_rendered() -> None:
    document = document_for("# Title\n\nplain **bold** `code` [MASK]")
    assert document.toPlainText().startswith("Title\n\nplain bold code ")
    assert weight_at(document, "Title") == QFont.Weight.DemiBold
    assert weight_at(document, "bold") == QFont.Weight.Bold
    end = QTextCursor(document)
    end.movePosition(QTextCursor.MoveOperation.End)
    assert end.charFormat().fontUnderline()


def glyphs(document: QTextDocument) -> list[int]:
    """Return how many shapes each block of a document is drawn with."""
    assert document.documentLayout().documentSize().isValid()
    counts = []
    block = document.begin()
    while block.isValid():
        layout = block.layout()
        lines = [layout.lineAt(i) for i in range(layout.lineCount())]
        runs = [run for line in lines for run in line.glyphRuns(-1, -1, _ALL)]
        counts.append(sum(len(run.glyphIndexes()) for run in runs))
        block = block.next()
    return counts


def test_every_letter_has_a_shape_of_its_own() -> None:
    lines = ["Fifth office", "This page, after the affair, offers", "difficult offal"]
    document = document_for(f"# {lines[0]}\n{lines[1]}\n*difficult* **offal**")
    assert glyphs(document) == [len(line) for line in lines]


def shapes_of_pages(text: str) -> list[int]:
    """Return how many shapes are drawn on each page of a text's PDF, the unseen ones too."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert print_text(text, QPdfWriter(buffer))
    data = bytes(buffer.data().data())
    assert data.startswith(b"%PDF")
    streams = map(unpacked, re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL))
    # Four digits a shape.
    pages = [re.findall(rb"<(\w+)> Tj", stream) for stream in streams if b" Tj" in stream]
    assert len(pages) == data.count(b"/Type /Page\n")
    return [len(b"".join(shapes)) // 4 for shapes in pages]


def unpacked(stream: bytes) -> bytes:
    """Return what a stream of a PDF holds; nothing where it is not packed."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_long_text_takes_its_pages() -> None:
    assert len(shapes_of_pages("one line")) == 1
    assert len(shapes_of_pages("line\n" * 200)) >= 5


PARAGRAPHS = [
    "w" * 9000,
    "w\n" * 200,
    *("word\n\n" * n + "# Chapter\n\nmore" for n in range(12, 20)),
]


@pytest.mark.parametrize("text", PARAGRAPHS, ids=len)
def test_a_line_is_on_one_page_alone(text: str) -> None:
    pages = shapes_of_pages(text)
    numbers = "".join(str(number + 1) for number in range(len(pages)))
    assert sum(pages) == len("".join(text.split()).replace("#", "") + numbers)
