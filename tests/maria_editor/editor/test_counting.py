"""Counts stay true through any edits, undo and redo."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor

from maria_editor.editor.counting import Counts, TextCounts, count
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme

_WORDS = st.sampled_from(["", "a", "two words", "\n", "x\ny\n", "🙂 é", "[MASK]", " ", "\n\n\n"])
_EDITS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), _WORDS), max_size=12)


def recounted(text: str) -> Counts:
    return sum((count(line) for line in text.split("\n")), Counts())


@pytest.mark.usefixtures("qapp")
@given(_EDITS, st.integers(0, 6))
@settings(max_examples=80)
def test_counts_follow_every_edit(edits: list[tuple[float, float, str]], undos: int) -> None:
    page = Page(_THEMES[0])
    page.load("one two\n\nthree [MASK] four\n")
    counts = TextCounts(page)
    for start, end, words in edits:
        length = page.document().characterCount() - 1
        first, last = sorted((round(start * length), round(end * length)))
        page.replace_at([(first, last, words)])
        assert counts.total == recounted(page.text())
    for step in (page.undo, page.redo):
        for _ in range(undos):
            step()
            assert counts.total == recounted(page.text())
    page.load("new")
    assert counts.total == count("new")


_THEMES: list[Theme] = []


@pytest.fixture(autouse=True)
def _share(theme: Theme) -> None:
    _THEMES[:] = [theme]


@given(st.integers(0, 36), st.integers(0, 36))
@settings(max_examples=60)
def test_a_selection_counts_what_it_holds(start: int, end: int) -> None:
    page = Page(_THEMES[0])
    text = "one two\n\nthree [MASK] four\nfive sixty"
    page.load(text)
    cursor = page.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    first, last = sorted((start, end))
    assert TextCounts(page).of(cursor) == recounted(text[first:last])


def test_what_counts() -> None:
    assert count("  It’s a [MASK:2] 🙂 ") == Counts(
        words=4, characters=20, letters=14, paragraphs=1, blanks=1
    )
    assert count("   ") == Counts(characters=3)
