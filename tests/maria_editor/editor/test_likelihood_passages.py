"""What is scored: prose in view, with near context, long paragraphs in parts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maria_editor.editor.likelihood_passages import (
    LONGEST,
    REACH_AFTER,
    REACH_BEFORE,
    Passages,
    parts,
)
from maria_editor.editor.page import Page


def texts(page: Page) -> list[str]:
    return [place.passage.text for place in Passages(page).in_view()]


def test_headings_empty_lines_rules_and_code_are_left_out(page: Page) -> None:
    page.load("# Title\n\nOne.\n\n---\n\n🙂\n```\nlet x\n```\nTwo.\n1843")
    assert texts(page) == ["One.", "Two."]


def test_a_passage_is_read_with_what_stands_near_it(page: Page) -> None:
    page.load("# Title\n\nOne 🙂.\n\nTwo.\n\nThree.")
    passages = Passages(page)
    second = next(place for place in passages.in_view() if place.passage.text == "Two.")
    assert second.passage.before == "Title\n\nOne 🙂.\n\n"
    assert second.passage.after == "\n\nThree."
    assert second.start == 0


def test_half_of_a_block_of_code_is_no_context(page: Page) -> None:
    page.load("Before.\n```\nlet x\n```\nOne.\n```\nlet y")
    passages = {place.passage.text: place.passage for place in Passages(page).in_view()}
    assert passages["One."].before == "\n"
    assert passages["One."].after == "\n"


def where(word: str, text: str) -> int:
    match = re.search(rf"(?<![a-z]){word}(?![a-z])", text)
    assert match is not None
    return match.start()


def test_signs_of_markdown_are_no_prose_and_words_are_found_among_them(page: Page) -> None:
    text = "> 🙂 Some **_wild_ weather** and [a sea](http://s.ea) of `code_x` now."
    page.load(f"*Before.*\n\n{text}\n\n**After** it.")
    [place] = [p for p in Passages(page).in_view() if "Some" in p.passage.text]
    passage = place.passage
    assert passage.text == "🙂 Some wild weather and a sea of `code_x` now."
    assert (passage.before, passage.after) == ("Before.\n\n", "\n\nAfter it.")
    assert (place.start, place.length) == (0, len(text) + 1)
    for word in ("Some", "wild", "weather", "and", "a", "sea", "of", "code_x", "now"):
        # The smiley takes two units.
        at, there = where(word, passage.text) + 1, where(word, text) + 1
        assert place.span(at, at + len(word)) == (there, there + len(word))


def test_signs_in_the_second_part_of_a_long_paragraph_are_left_out(page: Page) -> None:
    text = "lantern " * (LONGEST // 8) + "A *wild* sea."
    page.resize(2000, 2000)
    page.load(text)
    [_, place] = list(Passages(page).in_view())
    assert place.passage.text == "A wild sea."
    at = place.passage.text.index("wild")
    start, end = place.span(at, at + 4)
    assert text[place.start + start : place.start + end] == "wild"


@pytest.mark.parametrize("text", ["[sea](http://s.ea)side", "2 * 3 * 4", "snake_case_name"])
def test_what_is_no_pair_of_signs_stays(page: Page, text: str) -> None:
    page.load(f"See {text}.")
    [place] = list(Passages(page).in_view())
    for match in re.finditer(r"\w+", place.passage.text):
        start, end = place.span(*match.span())
        if end - start == len(match[0]):
            assert page.text()[start:end] == match[0]
        else:
            assert match[0] == "seaside"


def test_context_begins_and_ends_with_whole_words(page: Page) -> None:
    page.load("\n".join(["lantern " * 60, "One.", "harbour " * 60]))
    passage = [place.passage for place in Passages(page).in_view()][1]
    assert passage.text == "One."
    assert len(passage.before) <= REACH_BEFORE
    assert set(passage.before.split()) == {"lantern"}
    assert len(passage.after) <= REACH_AFTER
    assert set(passage.after.split()) == {"harbour"}


def test_only_what_is_in_view_is_scored(page: Page) -> None:
    page.load("\n\n".join(f"Paragraph {number} here." for number in range(500)))
    shown = texts(page)
    assert shown[0] == "Paragraph 0 here."
    assert len(shown) < 20
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    shown = texts(page)
    assert shown[-1] == "Paragraph 499 here."
    assert len(shown) < 20


def test_of_a_paragraph_longer_than_the_page_only_parts_are_scored(page: Page) -> None:
    page.load("🙂 " + "lantern harbour " * 3000)
    places = list(Passages(page).in_view())
    assert 1 <= len(places) < 4
    text = page.text()
    for place in places:
        # The smiley takes two units.
        start = max(0, place.start - 1)
        assert text[start:].startswith(place.passage.text)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    below = list(Passages(page).in_view())
    assert text.endswith(below[-1].passage.text)
    assert not {place.start for place in places} & {place.start for place in below}


@given(st.text("ab ", max_size=3 * LONGEST).filter(bool))
def test_parts_are_the_whole_and_cut_between_words(text: str) -> None:
    spans = list(parts(text))
    assert "".join(text[start:end] for start, end in spans) == text
    for start, end in spans:
        assert end - start <= LONGEST
        assert end == len(text) or text[end - 1] == " " or " " not in text[start:end]
