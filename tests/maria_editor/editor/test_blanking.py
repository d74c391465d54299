"""Making blanks and unmaking them."""

from __future__ import annotations

import pytest

from maria_editor.editor.blank_rules import BlankRules
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.page import Page


@pytest.fixture
def page(page: Page) -> Page:
    page.load("🙂 She didn’t mind the cold wind.\nNext")
    return page


@pytest.fixture
def blanking(page: Page) -> Blanking:
    return Blanking(page)


def select(page: Page, words: str) -> None:
    start = page.text().index(words)
    page.select_span(start, start + len(words))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("cold", "🙂 She didn’t mind the [MASK] wind.\nNext"),
        (" cold wind", "🙂 She didn’t mind the [MASK:2].\nNext"),
    ],
)
def test_selected_words_become_a_blank(
    page: Page, blanking: Blanking, words: str, text: str
) -> None:
    before = page.text()
    select(page, words)
    assert blanking.blank_out()
    assert page.text() == text
    page.undo()
    assert page.text() == before


@pytest.mark.parametrize(
    ("line", "words", "blanked"),
    [
        ("## A cold wind", "## A cold wind", "## [MASK:3]"),
        ("- [x] A **cold wind** blew", "**cold wind**", "- [x] A **[MASK:2]** blew"),
        ("> _cold_ [wind](w.nd)", "> _cold_ ", "> _[MASK]_ [wind](w.nd)"),
        ("A [wind](w.nd)", "[wind](w.nd)", "A [[MASK]](w.nd)"),
        ("A `cold` wind", "`cold`", "A [MASK] wind"),
    ],
)
def test_signs_at_the_ends_of_a_selection_stay(
    page: Page, blanking: Blanking, line: str, words: str, blanked: str
) -> None:
    page.load(f"🙂\n{line}\n")
    select(page, words)
    assert blanking.blank_out()
    assert page.text() == f"🙂\n{blanked}\n"


def test_signs_alone_are_no_blank(page: Page, blanking: Blanking) -> None:
    page.load("**cold** wind")
    page.select_span(0, 2)
    assert not blanking.blank_out()


def test_the_word_at_the_caret_becomes_a_blank(page: Page, blanking: Blanking) -> None:
    start = page.text().index("dn’t")
    page.select_span(start, start)
    assert blanking.blank_out()
    assert page.text().startswith("🙂 She [MASK] mind")


@pytest.mark.parametrize("words", ["wind.\nNext", " "])
def test_what_cannot_be_a_blank_stays(page: Page, blanking: Blanking, words: str) -> None:
    before = page.text()
    select(page, words)
    assert not blanking.blank_out()
    assert page.text() == before


def test_a_blank_is_not_blanked_again(page: Page, blanking: Blanking) -> None:
    page.load("a [MASK] b")
    select(page, "a [MASK]")
    assert not blanking.blank_out()


def test_the_original_words_come_back(page: Page, blanking: Blanking) -> None:
    before = page.text()
    select(page, "cold")
    blanking.blank_out()
    page.replace([(0, 0, "Well, ")])
    [blank] = blanking.all()
    assert blanking.original(blank) == "cold"
    blanking.put_back(blank)
    assert page.text() == f"Well, {before}"


def test_a_length_keeps_the_original(page: Page, blanking: Blanking) -> None:
    select(page, "cold")
    blanking.blank_out()
    blanking.rewrite(blanking.all(), [BlankRules(3, 3)])
    [blank] = blanking.all()
    assert page.text()[blank.start : blank.end] == "[MASK:3]"
    assert blanking.original(blank) == "cold"


def test_going_from_blank_to_blank(page: Page, blanking: Blanking) -> None:
    assert not blanking.go()
    page.load("🙂 [MASK] and [MASK:2] end")
    page.select_span(0, 0)
    seen = []
    for backwards in (False, False, False, True):
        assert blanking.go(backwards=backwards)
        seen.append(page.textCursor().selectedText())
    assert seen == ["[MASK]", "[MASK:2]", "[MASK]", "[MASK:2]"]
    assert blanking.here() == (1,)


def test_a_blank_that_is_being_typed_is_left_alone(page: Page, blanking: Blanking) -> None:
    page.load("a [MASK:2 and more\nb [MASK:0] c")
    page.select_span(6, 6)
    assert blanking.here() == ()
    assert blanking.go()
    assert page.textCursor().selectedText() == "[MASK:0]"


def test_a_removed_blank_leaves_the_rest(page: Page, blanking: Blanking) -> None:
    page.load("a [MASK]b")
    blanking.remove(blanking.all()[0])
    assert page.text() == "a b"
