"""Marks on the page: they follow edits, lose the edited word, and are painted where words stand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtGui import QTextCursor

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.likelihood_marks import LikelihoodMarks
from maria_editor.editor.likelihood_words import OddWord
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme
from maria_model.oddness import Level

TEXT = "🙂 The lamp hung four feet over the hem of it."


@pytest.fixture
def page(page: Page) -> Page:
    page.load(TEXT)
    return page


@pytest.fixture
def marks(page: Page, theme: Theme) -> LikelihoodMarks:
    marks = LikelihoodMarks(page, theme)
    mark(page, marks, "four", "hem")
    return marks


def mark(page: Page, marks: LikelihoodMarks, *words: str) -> None:
    block = page.document().begin()
    offsets = OffsetMap(block.text())
    found = [
        (
            offsets.to_utf16(block.text().index(word)),
            OddWord(text=word, level=Level.VERY_UNLIKELY, oddness=9.0 + number),
        )
        for number, word in enumerate(words)
    ]
    marks.show(block, 0, block.length() - 1, found)


def marked(page: Page, marks: LikelihoodMarks) -> list[str]:
    """Return what really stands at the marked places."""
    return [page.text_at(at, at + word.length) for at, word in marks.in_view()]


def edit(page: Page, old: str, new: str) -> None:
    start = page.text().index(old)
    page.replace([(start, start + len(old), new)])


def test_words_are_marked_where_they_stand(page: Page, marks: LikelihoodMarks) -> None:
    assert marked(page, marks) == ["four", "hem"]


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("lamp", "lantern 🙂", ["four", "hem"]),
        ("four", "fours", ["hem"]),
        ("four", "foor", ["hem"]),
        ("four", "for", ["hem"]),
        ("four feet", "fourfeet", ["hem"]),
        ("hung four", "hungfour", ["hem"]),
        ("four ", "four, ", ["four", "hem"]),
        ("four ", "four's ", ["hem"]),
        ("four feet", "feet", ["hem"]),
        ("feet over the ", "", ["four", "hem"]),
        ("hem of it.", "hem", ["four", "hem"]),
        ("The", "The four", ["four", "hem"]),
    ],
)
def test_an_edited_word_loses_its_mark_at_once(
    page: Page, marks: LikelihoodMarks, old: str, new: str, left: list[str]
) -> None:
    edit(page, old, new)
    assert marked(page, marks) == left


def test_marks_go_with_their_paragraph(page: Page, marks: LikelihoodMarks) -> None:
    page.replace([(0, 0, "Another one.\n")])
    assert marked(page, marks) == ["four", "hem"]
    page.undo()
    assert marked(page, marks) == ["four", "hem"]
    page.replace([(len(TEXT), len(TEXT), "\nBelow.")])
    assert marked(page, marks) == ["four", "hem"]


def test_a_paragraph_put_together_again_has_its_marks(page: Page, marks: LikelihoodMarks) -> None:
    edit(page, "feet", "\n")
    assert marked(page, marks)[0] == "four"
    page.undo()
    assert marked(page, marks) == ["four", "hem"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_whatever_is_edited_a_mark_stands_on_its_own_word(
    page: Page, marks: LikelihoodMarks, data: st.DataObject
) -> None:
    page.load(TEXT)
    mark(page, marks, "four", "hem")
    for _ in range(3):
        text = page.text()
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 8)))
        new = data.draw(st.text("four hem🙂\n", max_size=5))
        page.replace([(start, end, new)])
        for at, word in marks.in_view():
            assert page.text_at(at, at + word.length) == word.text


def test_another_text_has_no_marks(page: Page, marks: LikelihoodMarks) -> None:
    page.load(TEXT)
    assert marked(page, marks) == []


def test_a_word_that_is_scored_again_stays_chosen(page: Page, marks: LikelihoodMarks) -> None:
    marks.chosen = next(word for _, word in marks.in_view() if word.text == "hem")
    mark(page, marks, "four", "hem")
    assert marks.chosen in [word for _, word in marks.in_view()]
    mark(page, marks, "four")
    assert marks.chosen not in [word for _, word in marks.in_view()]


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_the_fill_is_painted_under_the_word_at_any_size(
    page: Page, marks: LikelihoodMarks, theme: Theme, zoom: int
) -> None:
    page.set_zoom(zoom)
    at = next(at for at, word in marks.in_view() if word.text == "hem")
    cursor = QTextCursor(page.document())
    cursor.setPosition(at)
    rect = page.cursorRect(cursor)
    point = QPointF(rect.left() + 2, rect.center().y())
    word = marks.word_at(point)
    assert word is not None
    assert word.text == "hem"
    h4 = theme.color("h4").rgb()
    picture = page.viewport().grab().toImage()
    column = range(rect.top(), rect.bottom())
    assert any(picture.pixel(rect.left() - 1, y) == h4 for y in column)
    marks.clear()
    picture = page.viewport().grab().toImage()
    assert not any(picture.pixel(rect.left() - 1, y) == h4 for y in column)


def test_each_level_has_a_line_of_its_own(page: Page, theme: Theme) -> None:
    """Without colour the levels are told apart by their underline alone."""
    patterns = set()
    for level in list(Level)[1:]:
        marks = LikelihoodMarks(page, theme)
        block = page.document().begin()
        word = OddWord(text="four feet over", level=level, oddness=9.0)
        marks.show(block, 0, block.length() - 1, [(block.text().index("four") + 1, word)])
        picture = page.viewport().grab().toImage()
        line = theme.color(f"u{level.value}").rgb()
        cells = frozenset(
            (x, y)
            for x in range(picture.width())
            for y in range(picture.height() // 4)
            if picture.pixel(x, y) == line
        )
        assert cells
        patterns.add(cells)
        marks.clear()
    assert len(patterns) == len(Level) - 1


def test_marked_words_of_a_quote_are_in_ink_while_they_are_marked(
    page: Page, marks: LikelihoodMarks, theme: Theme
) -> None:
    page.load("> The lamp hung four feet over it.")

    def in_ink() -> list[str]:
        block = page.document().begin()
        ink = theme.color("ink")
        ranges = [r for r in block.layout().formats() if r.format.foreground().color() == ink]
        return [block.text()[r.start : r.start + r.length] for r in ranges]

    assert in_ink() == []
    mark(page, marks, "four")
    assert in_ink() == ["four"]
    marks.clear()
    assert in_ink() == []
