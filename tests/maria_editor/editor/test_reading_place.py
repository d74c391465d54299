"""The line that is written or read stays where it is when the column gets another width."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtWidgets import QApplication

from maria_editor.editor.page import Page

# Long paragraphs: the line is far from where its paragraph begins.
PARAGRAPH = "He ran along the quay until the lamps went out, one after the other. " * 40
LONG = "\n\n".join(f"# Part {n}\n\n{PARAGRAPH}*{n}*" for n in range(40))


@pytest.fixture
def read(page: Page) -> Page:
    """Return a page at 200 percent, with the caret in the middle of a long paragraph."""
    page.load(LONG)
    page.set_zoom(200)
    place = len(LONG) // 2
    page.select_at(place, place)
    bar = page.verticalScrollBar()
    bar.setValue(bar.value() + page.cursorRect().top() - 300)
    QApplication.processEvents()
    return page


def become(page: Page, width: int, height: int = 600) -> None:
    page.resize(width, height)
    QApplication.processEvents()


def test_the_line_of_the_caret_stays(read: Page) -> None:
    before = read.cursorRect().top()
    for width in (520, 900, 430, 1400, 900):
        become(read, width)
        assert read.cursorRect().top() == pytest.approx(before, abs=2)


def test_so_it_does_in_a_narrow_or_wide_column(read: Page) -> None:
    before = read.cursorRect().top()
    become(read, 2400)
    for measure in (60, 80, 70):
        read.set_column(leading=1.6, measure=measure)
        assert read.cursorRect().top() == pytest.approx(before, abs=2)


def test_the_topmost_line_stays_when_the_caret_is_elsewhere(read: Page) -> None:
    caret = read.textCursor()
    bar = read.verticalScrollBar()
    bar.setValue(bar.value() // 2)
    top = read.cursorForPosition(read.viewport().rect().topLeft())
    top.setPosition(top.position() + 60)
    before = read.cursorRect(top).top()
    become(read, 520)
    # The words that were on top are in the line that is, or in one beside it.
    assert abs(read.cursorRect(top).top() - before) <= 2 * 64
    assert read.textCursor() == caret
    assert not read.viewport().rect().intersects(read.cursorRect())


@pytest.mark.parametrize("is_caret_in_view", [True, False])
def test_dragging_the_window_there_and_back_moves_nothing(
    read: Page, is_caret_in_view: bool
) -> None:
    bar = read.verticalScrollBar()
    if not is_caret_in_view:
        bar.setValue(bar.value() // 2)
        QApplication.processEvents()
    place = read.cursorForPosition(read.viewport().rect().center())
    before = read.cursorRect(place).top()
    widths = range(900, 480, -20)
    for width in itertools.chain(widths, reversed(widths)):
        become(read, width)
    assert read.cursorRect(place).top() == before


def test_a_window_that_is_lower_as_well_shows_the_caret(read: Page) -> None:
    bar = read.verticalScrollBar()
    bar.setValue(bar.value() - 200)
    assert read.cursorRect().top() > 450
    become(read, 520, 350)
    assert read.viewport().rect().contains(read.cursorRect().center())


def test_the_beginning_of_a_text_stays_at_the_beginning(read: Page) -> None:
    read.verticalScrollBar().setValue(0)
    become(read, 520)
    assert read.verticalScrollBar().value() == 0
