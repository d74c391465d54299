"""Marks stand on their words where directions mix: where Qt paints the words as selected."""

from __future__ import annotations

import sys
import unicodedata
from itertools import groupby

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLayout,
)

from maria_editor.editor.chip_painter import chip_pieces
from maria_editor.editor.lines import LEFT_TO_RIGHT, Part, parts_in, reads_left_to_right, x_in
from maria_editor.editor.marking import mark_rects
from maria_editor.editor.page import Page

_WIDTH = 360
MIXED = "שלום זה qwzx and normal wrd bla 55."
WORDS = ["שלום", "טוב", "مرحبا", "كتاب", "teh", "qwzx", "12", "٣٤", "3.5", "(", ")", ",", "a"]

pytestmark = pytest.mark.usefixtures("qapp")


def painted(block: QTextBlock, start: int, end: int) -> list[list[Part]]:
    """Return where Qt paints `[start, end)` as selected: from left to right, line by line."""
    layout = block.layout()
    bounds = layout.boundingRect().toAlignedRect()
    image = QImage(bounds.right() + 8, bounds.bottom() + 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    selected = QTextLayout.FormatRange()
    selected.start, selected.length, selected.format = start, end - start, QTextCharFormat()
    selected.format.setBackground(QColor("red"))
    selected.format.setForeground(QColor("red"))
    painter = QPainter(image)
    painter.setPen(Qt.GlobalColor.transparent)
    layout.draw(painter, QPointF(), [selected])
    painter.end()
    lines = []
    for index in range(layout.lineCount()):
        y = round(layout.lineAt(index).rect().center().y())
        reds = [image.pixelColor(x, y).green() < 128 for x in range(image.width())]
        runs, x = [], 0
        for is_red, pixels in groupby(reds):
            length = len(list(pixels))
            if is_red:
                runs.append((float(x), float(x + length)))
            x += length
        lines.append(runs)
    return lines


def marked(block: QTextBlock, start: int, end: int) -> list[list[Part]]:
    layout, lines = block.layout(), []
    for index in range(layout.lineCount()):
        line = layout.lineAt(index)
        first, last = line.textStart(), line.textStart() + line.textLength()
        here = max(start, first), min(end, last)
        lines.append(sorted(parts_in(block, line, *here)) if here[0] < here[1] else [])
    return lines


def laid_out(text: str) -> QTextDocument:
    document = QTextDocument(text)
    document.setDocumentMargin(0)
    document.setTextWidth(_WIDTH)
    document.documentLayout().blockBoundingRect(document.begin())
    return document


def assert_alike(block: QTextBlock, start: int, end: int) -> None:
    for ours, qts in zip(marked(block, start, end), painted(block, start, end), strict=True):
        assert len(ours) == len(qts)
        for one, other in zip(ours, qts, strict=True):
            assert one == pytest.approx(other, abs=1.1)


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=14),
    st.sampled_from([" ", " ", "-", ""]),
    st.data(),
)
@example(MIXED.split(), " ", None)
def test_every_word_is_marked_where_qt_selects_it(
    words: list[str], between: str, data: st.DataObject | None
) -> None:
    document = laid_out(between.join(words))
    at = range(len(words)) if data is None else [data.draw(st.integers(0, len(words) - 1))]
    for number in at:
        start = len(between.join(words[:number])) + (len(between) if number else 0)
        assert_alike(document.begin(), start, start + len(words[number]))


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=14), st.data())
def test_so_are_several_words(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assume(not text[end - 1].isspace())
    assert_alike(laid_out(text).begin(), start, end)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (MIXED, "qwzx"),
        (MIXED, "שלום"),
        (MIXED, "55"),
        ("مرحبا 12 teh كتاب", "teh"),
        ("مرحبا 12 teh كتاب", "12"),
        ("She said שלום טוב to him.", "שלום"),
        ("She said שלום טוב to him.", "טוב"),
    ],
)
def test_a_word_at_the_edge_of_its_direction_has_one_rectangle(
    page: Page, text: str, word: str
) -> None:
    page.load(text)
    block, start = page.document().begin(), text.index(word)
    origin = page.origin(block)
    font = page.document().defaultFont()
    [rect] = mark_rects(block, origin, start, start + len(word), font)
    # What stands in its middle is the word.
    at = page.cursorForPosition(rect.center().toPoint()).position()
    assert start < at < start + len(word)
    [qts] = painted(block, start, start + len(word))[0]
    assert (rect.left() - origin.x(), rect.right() - origin.x()) == pytest.approx(qts, abs=1.1)


def test_a_stretch_over_a_change_of_direction_has_a_rectangle_each(page: Page) -> None:
    page.load("abc שלום טוב def")
    block = page.document().begin()
    font = page.document().defaultFont()
    # The Hebrew word that is read first stands behind the other.
    rects = mark_rects(block, page.origin(block), 0, 8, font)
    assert len(rects) == 2
    assert rects[0].right() < rects[1].left()
    [whole] = mark_rects(block, page.origin(block), 0, 16, font)
    assert whole.contains(rects[0].united(rects[1]).center())


def test_text_of_one_direction_has_the_rectangles_it_had(page: Page) -> None:
    page.load("One “fi” lamp, and then so many more words that the line ends. " * 3)
    block = page.document().begin()
    assert block.userState() == LEFT_TO_RIGHT
    for number in range(block.layout().lineCount()):
        line = block.layout().lineAt(number)
        start = line.textStart() + 4
        assert parts_in(block, line, start, start + 9) == [
            (x_in(line, start), x_in(line, start + 9))
        ]


def test_writing_in_the_other_direction_is_noticed(page: Page) -> None:
    page.load("plain")
    assert page.document().begin().userState() == LEFT_TO_RIGHT
    page.moveCursor(QTextCursor.MoveOperation.End)
    page.insertPlainText(" שלום")
    assert page.document().begin().userState() != LEFT_TO_RIGHT
    page.undo()
    assert page.document().begin().userState() == LEFT_TO_RIGHT


@pytest.mark.parametrize("text", ["שלום [MASK:2-3] טוב", "abc שלום [MASK] טוב", "שלום abc [MASK]"])
def test_a_chip_stands_on_its_blank(page: Page, text: str) -> None:
    page.load(text)
    block = page.document().begin()
    [chip] = page.states.chips(block)
    origin = page.origin(block)
    [piece] = chip_pieces(block, chip, origin, page.document().defaultFont())
    [qts] = painted(block, chip.start, chip.end)[0]
    left, right = piece.literal.left() - origin.x(), piece.literal.right() - origin.x()
    assert (left, right) == pytest.approx(qts, abs=1.1)


def test_every_letter_of_the_other_direction_is_known() -> None:
    others = {"R", "AL", "AN", "RLE", "RLO", "RLI"}
    for code in range(sys.maxunicode + 1):
        if unicodedata.bidirectional(chr(code)) in others:
            assert not reads_left_to_right(chr(code)), hex(code)
    assert reads_left_to_right("“Don’t,” he said — naïvely… 🙂 日本語")
