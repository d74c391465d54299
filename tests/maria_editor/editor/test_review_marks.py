"""Marks of a review stand on its words, and on no others, where directions mix too."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from maria_editor.editor.marking import mark_rects
from maria_editor.editor.review_page import ReviewPage
from maria_editor.editor.review_text import Decision, PassageChanges
from maria_editor.theme.theme import Theme
from maria_model.api import Change


@pytest.fixture
def review_page(qtbot: QtBot, theme: Theme) -> ReviewPage:
    review_page = ReviewPage(theme)
    qtbot.addWidget(review_page)
    review_page.resize(900, 300)
    review_page.show()
    return review_page


def words_of(page: ReviewPage) -> list[tuple[str, int, QRectF]]:
    """Return each word, where it begins, and the place of it."""
    block = page.document().begin()
    font = page.document().defaultFont()
    found = []
    for match in re.finditer(r"[^\s.]+", block.text()):
        [rect] = mark_rects(block, page.origin(block), *match.span(), font)
        found.append((match[0], match.start(), rect))
    return found


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("She walked to the sea.", "walked", "went"),
        ("abc שלום טוב def", "abc שלום", "ghi"),
        ("abc שלום טוב def", "abc", "לילה"),
        ("She said שלום טוב to him.", "said", "אמר"),
        ("שלום זה qwzx and normal.", "זה", "night"),
        ("שלום זה טוב.", "זה", "לא"),
    ],
)
def test_a_ring_is_around_the_words_of_its_change_alone(
    review_page: ReviewPage, text: str, old: str, new: str
) -> None:
    start = text.index(old)
    change = Change(start=start, end=start + len(old), before=old, after=new, gain=1.0)
    shown = PassageChanges(text, 0, [change], [Decision.PROPOSED]).inline()
    review_page.show_passage("", shown, "", current=0)
    rings = review_page.marks.ring_rects(0)
    length = len(old) + 1 + len(new)
    for word, at, rect in words_of(review_page):
        is_ringed = any(ring.contains(rect.center()) for ring in rings)
        assert is_ringed == (start <= at < start + length), word


def test_old_and_new_words_of_one_direction_share_a_ring(review_page: ReviewPage) -> None:
    for text, old, new in (("She walked on.", "walked", "went"), ("שלום זה טוב.", "זה", "לא")):
        start = text.index(old)
        change = Change(start=start, end=start + len(old), before=old, after=new, gain=1.0)
        for zoom in (80, 200):
            review_page.set_zoom(zoom)
            shown = PassageChanges(text, 0, [change], [Decision.PROPOSED]).inline()
            review_page.show_passage("", shown, "", current=0)
            assert len(review_page.marks.ring_rects(0)) == 1
