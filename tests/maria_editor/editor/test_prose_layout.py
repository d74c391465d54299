"""The layout of a long text: laid out where it is looked at, and nothing jumps."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.page import Page
from maria_editor.editor.prose_layout import ProseLayout
from maria_editor.editor.visible import visible_blocks
from maria_editor.theme.theme import Theme

PARAGRAPH = "He ran along the quay until the lamps went out, one after the other. " * 5
LONG = "\n\n".join(f"# Part {n}\n\n{PARAGRAPH}*{n}*" for n in range(400))
FUZZY = Qt.HitTestAccuracy.FuzzyHit
EXACT = Qt.HitTestAccuracy.ExactHit


def layout_of(page: Page) -> ProseLayout:
    layout = page.document().documentLayout()
    assert isinstance(layout, ProseLayout)
    return layout


def blocks_of(page: Page) -> list[QTextBlock]:
    document = page.document()
    return [document.findBlockByNumber(number) for number in range(document.blockCount())]


def laid_out(page: Page) -> int:
    return sum(block.layout().lineCount() > 0 for block in blocks_of(page))


def lay_out_all(page: Page, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: laid_out(page) == page.document().blockCount())


def caret_is_in_view(page: Page) -> bool:
    return page.viewport().rect().contains(page.cursorRect())


def test_opening_lays_out_what_is_in_view(page: Page) -> None:
    page.load(LONG)
    assert 0 < laid_out(page) < 60
    assert all(block.layout().lineCount() for block in visible_blocks(page))


def test_a_key_lays_out_its_own_paragraph(page: Page, qtbot: QtBot) -> None:
    page.load(LONG)
    lay_out_all(page, qtbot)
    for block in blocks_of(page):
        if block.blockNumber() > 500:
            block.clearLayout()
    page.select_at(0, 0)
    before = laid_out(page)
    qtbot.keyClicks(page, "word")
    assert laid_out(page) == before


def test_blocks_stand_below_each_other(page: Page, qtbot: QtBot) -> None:
    page.load(LONG)
    lay_out_all(page, qtbot)
    layout, blocks = layout_of(page), blocks_of(page)
    places = [layout.blockBoundingRect(block) for block in blocks]
    assert all(above.bottom() == below.top() for above, below in itertools.pairwise(places))
    assert places[0].top() == 56
    assert layout.documentSize().height() == places[-1].bottom() + 40


def test_the_end_of_a_text_that_was_just_opened_can_be_gone_to(page: Page) -> None:
    page.load(LONG)
    page.moveCursor(QTextCursor.MoveOperation.End)
    assert caret_is_in_view(page)
    QApplication.processEvents()
    assert caret_is_in_view(page)


def test_what_is_in_view_stays_while_the_rest_is_laid_out(page: Page, qtbot: QtBot) -> None:
    page.load(LONG)
    page.moveCursor(QTextCursor.MoveOperation.End)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() - 700)
    first = next(visible_blocks(page))
    before = page.origin(first).y()
    lay_out_all(page, qtbot)
    assert page.origin(first).y() == before


def test_another_size_leaves_in_view_what_was_read(page: Page, qtbot: QtBot) -> None:
    page.load(LONG)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() // 2)
    first = next(visible_blocks(page)).blockNumber()
    page.set_zoom(130)
    assert next(visible_blocks(page)).blockNumber() == first
    page.resize(700, 600)
    QApplication.processEvents()
    lay_out_all(page, qtbot)
    assert next(visible_blocks(page)).blockNumber() == first


def test_zooming_lays_out_what_is_in_view(page: Page) -> None:
    page.load(LONG)
    page.set_zoom(200)
    assert 0 < laid_out(page) < 60
    block = blocks_of(page)[2]
    assert layout_of(page).blockBoundingRect(block).height() % 64 == 0


@given(
    st.one_of(
        st.text("ab 🙂", min_size=1, max_size=60),
        st.text("\u05d0\u05d1 ", min_size=1, max_size=60),
    )
)
def test_a_point_at_the_caret_is_the_position_of_the_caret(text: str) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    page = Page(Theme(app, "light"))
    page.resize(260, 300)
    page.show()
    page.load(text)
    layout, cursor = layout_of(page), QTextCursor(page.document())
    while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
        place = page.cursorRect(cursor)
        other = QTextCursor(cursor)
        other.setPosition(layout.hitTest(QPointF(place.center()), FUZZY))
        # Around a space where lines break, positions share a place.
        assert page.cursorRect(other) == place
    page.deleteLater()


def test_points_outside_the_text_are_its_ends(page: Page) -> None:
    page.load("one\n\ntwo")
    layout = layout_of(page)
    assert layout.hitTest(QPointF(100, 2), FUZZY) == 0
    assert layout.hitTest(QPointF(100, 5000), FUZZY) == 8
    assert layout.hitTest(QPointF(100, 5000), EXACT) == -1
    first = layout.blockBoundingRect(page.document().begin())
    assert layout.hitTest(first.center(), EXACT) == -1
    assert layout.hitTest(first.topLeft() + QPointF(2, 9), EXACT) == 0


def test_a_paragraph_from_right_to_left_begins_at_the_right(page: Page) -> None:
    page.load("שלום עולם\nhello")
    hebrew, english = (block.layout().lineAt(0).naturalTextRect() for block in blocks_of(page))
    assert hebrew.left() > english.right()


def test_formats_are_no_part_of_the_next_edit(page: Page, qtbot: QtBot) -> None:
    page.load("# one\n\n*two*\n\nthree [MASK]")
    page.refresh_formats([0, 7])
    changes: list[tuple[int, int, int]] = []
    page.changed.connect(lambda *change: changes.append(change))
    page.select_at(16, 16)
    qtbot.keyClicks(page, "x")
    assert changes == [(16, 0, 1)]


def test_formats_that_are_set_in_the_middle_of_an_edit_hide_nothing_of_it(page: Page) -> None:
    page.load("one\ntwo\nthree")
    changes: list[tuple[int, int, int]] = []
    page.changed.connect(lambda *change: changes.append(change))
    edit = QTextCursor(page.document())
    edit.beginEditBlock()
    edit.setPosition(8)
    edit.insertText("# new\n")
    page.document().findBlock(8).clearLayout()
    layout_of(page).blockBoundingRect(page.document().findBlock(8))
    edit.endEditBlock()
    [(position, removed, added)] = changes
    assert position <= 8
    assert position + added >= 14
    assert added - removed == 6


def test_words_that_are_being_composed_keep_their_formats(page: Page) -> None:
    page.load("# one")
    page.moveCursor(QTextCursor.MoveOperation.End)
    underlined = QTextCharFormat()
    underlined.setFontUnderline(True)
    attribute = QInputMethodEvent.Attribute(
        QInputMethodEvent.AttributeType.TextFormat, 0, 2, underlined
    )
    QApplication.sendEvent(page, QInputMethodEvent("ko", [attribute]))
    formats = page.document().begin().layout().formats()
    assert any(found.format.fontUnderline() for found in formats)
    done = QInputMethodEvent()
    done.setCommitString("ko")
    QApplication.sendEvent(page, done)
    assert page.text() == "# oneko"
    formats = page.document().begin().layout().formats()
    assert formats
    assert not any(found.format.fontUnderline() for found in formats)


def test_what_is_typed_looks_as_what_is_opened(page: Page, qtbot: QtBot) -> None:
    page.load("one\n\ntwo")
    for position, words in ((3, " *fig* office"), (21, " [MASK] ffi"), (0, "# ")):
        page.select_at(position, position)
        qtbot.keyClicks(page, words)
    text = page.text()
    page.select_at(0, 0)
    typed = page.viewport().grab().toImage()
    assert text == "# one *fig* office\n\ntwo [MASK] ffi"
    page.load(text)
    assert page.viewport().grab().toImage() == typed


def kept_shaped(page: Page) -> list[int]:
    return [block.blockNumber() for block in blocks_of(page) if block.layout().cacheEnabled()]


def test_one_paragraph_is_kept_shaped(page: Page, qtbot: QtBot) -> None:
    page.load("one\ntwo\nthree")
    for position in (0, 5, 10, 5):
        page.select_at(position, position)
        qtbot.keyClicks(page, "x")
        assert kept_shaped(page) == [page.textCursor().blockNumber()]
    page.replace([(0, 0, "zero\nhalf\n")])
    page.undo()
    page.replace([(0, 1, "o\n"), (4, 5, "w\n")])
    assert len(kept_shaped(page)) <= 1
    page.load("one\ntwo")
    assert len(kept_shaped(page)) <= 1


def test_a_selection_is_drawn(page: Page) -> None:
    page.load("one two three\nfour")
    QApplication.processEvents()
    plain = page.viewport().grab().toImage()
    page.selectAll()
    QApplication.processEvents()
    assert page.viewport().grab().toImage() != plain


def test_a_block_has_lines_though_its_height_gave_the_page_another_width(page: Page) -> None:
    """As when the scroll bar comes: the page takes what room is left, and lays all out anew."""
    page.setPlainText("\n".join(f"Paragraph {number}. " + "word " * 90 for number in range(200)))
    layout = layout_of(page)
    block = page.document().lastBlock()
    assert block.layout().lineCount() == 0
    layout.documentSizeChanged.connect(layout.outdate_all)
    assert layout.blockBoundingRect(block).height() > 0
    assert block.layout().lineCount() > 0
