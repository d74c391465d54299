"""What is scored: prose in view, with near context, long paragraphs in parts."""

from __future__ import annotations

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
    assert second.passage.before == "# Title\n\nOne 🙂.\n\n"
    assert second.passage.after == "\n\nThree."
    assert second.start == 0


def test_half_of_a_block_of_code_is_no_context(page: Page) -> None:
    page.load("Before.\n```\nlet x\n```\nOne.\n```\nlet y")
    passages = {place.passage.text: place.passage for place in Passages(page).in_view()}
    assert passages["One."].before == "\n"
    assert passages["One."].after == "\n"


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
