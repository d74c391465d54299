"""Long editing: a lost reference or a stale layout shows only after many thousands of edits.

Here as many as a test may take; `python -m benchmarks.editor --only soak` makes 20,000.
"""

from __future__ import annotations

import pytest

from benchmarks.editor_soak import EDITS_A_CHAPTER, FIRST_TEXT, ScriptedWriter
from maria_editor.editor.page import Page

EDITS = 8 * EDITS_A_CHAPTER


@pytest.fixture
def page(page: Page) -> Page:
    page.resize(600, 400)
    return page


def test_thousands_of_edits_leave_the_text_that_a_plain_string_says(page: Page) -> None:
    writer = ScriptedWriter(page)
    writer.write(EDITS)
    # Each chapter ends where its history begins.
    assert page.text() == FIRST_TEXT
    assert writer.edits == EDITS


def test_the_check_finds_a_text_that_went_astray(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Page.insertPlainText
    monkeypatch.setattr(Page, "insertPlainText", lambda self, words: insert(self, words * 2))
    with pytest.raises(AssertionError, match="instead of"):
        ScriptedWriter(page).write(EDITS_A_CHAPTER)
