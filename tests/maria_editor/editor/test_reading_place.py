"""The line that is written or read stays where it is when the page gets another size."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtWidgets import QApplication

from maria_editor.editor.page import Page
from maria_editor.editor.visible import prose_layout

# Long paragraphs: the line is far from where its paragraph begins.
PARAGRAPH = "He ran along the quay until the lamps went out, one after the other. " * 40
LONG = "\n\n".join(f"# Part {n}\n\n{PARAGRAPH}*{n}*" for n in range(40))


@pytest.fixture
def no_idle_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out what is in view alone: idle moments move the scroll bar whenever they come."""
    monkeypatch.setattr("maria_editor.editor.prose_layout._PAUSE_MS", 3_600_000)


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


@pytest.mark.usefixtures("no_idle_moments")
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


def lay_out_all(page: Page) -> None:
    """Leave nothing to idle moments, which move the scroll bar."""
    block = page.document().begin()
    while block.isValid():
        prose_layout(page).blockBoundingRect(block)
        block = block.next()
    QApplication.processEvents()


def to_the_bottom(page: Page) -> None:
    """Bring the line of the caret to the bottom of the view, as writing does."""
    lay_out_all(page)
    bar = page.verticalScrollBar()
    bar.setValue(bar.value() + page.cursorRect().top() - 800)
    page.ensureCursorVisible()
    QApplication.processEvents()
    assert page.cursorRect().bottom() >= page.viewport().height() - 2


def in_view(page: Page) -> bool:
    return page.viewport().rect().contains(page.cursorRect())


@pytest.mark.parametrize("percent", [70, 100, 130, 200])
def test_a_page_that_becomes_lower_still_shows_the_caret(read: Page, percent: int) -> None:
    read.set_zoom(percent)
    to_the_bottom(read)
    before = read.verticalScrollBar().value()
    become(read, 900, 551)
    assert in_view(read)
    assert before + 45 <= read.verticalScrollBar().value() <= before + 51
    become(read, 900, 600)
    assert read.verticalScrollBar().value() == before


def test_it_scrolls_no_more_than_it_must(read: Page) -> None:
    lay_out_all(read)
    before = read.verticalScrollBar().value()
    become(read, 900, 450)
    assert in_view(read)
    assert read.verticalScrollBar().value() == before


def test_a_lower_page_does_not_look_for_a_caret_that_was_not_in_view(read: Page) -> None:
    lay_out_all(read)
    bar = read.verticalScrollBar()
    bar.setValue(bar.value() - 400)
    before = bar.value()
    become(read, 900, 551)
    assert bar.value() == before


def test_the_beginning_of_a_text_stays_at_the_beginning(read: Page) -> None:
    read.verticalScrollBar().setValue(0)
    become(read, 520)
    assert read.verticalScrollBar().value() == 0
