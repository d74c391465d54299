"""Straight quotes become curly ones, and back with undo."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.editor.page import Page
from maria_editor.editor.smart_quotes import SmartQuotes, curly


@pytest.mark.parametrize(
    ("quote", "before", "expected"),
    [
        ('"', "", "“"),
        ('"', "He said ", "“"),
        ('"', "“Yes,", "”"),
        ("'", "don", "’"),
        ("'", "“", "‘"),
        ("'", "(", "‘"),
        ('"', "[MASK:starts=", None),
        ('"', '[MASK:contains="a]b', None),
        ('"', '[MASK:contains="a]b"', None),
        ('"', '[MASK:contains="a]b"] and ', "“"),
        ('"', "[MASK:2] and ", "“"),
        ('"', "run `print(", None),
        ("x", "", None),
    ],
)
def test_which_quote_is_meant(quote: str, before: str, expected: str | None) -> None:
    assert curly(quote, before) == expected


@pytest.fixture
def page(page: Page) -> Page:
    SmartQuotes(page).is_on = True
    return page


def test_typing_and_undo(page: Page, qtbot: QtBot) -> None:
    page.insertPlainText("🙂 ")
    qtbot.keyClicks(page, '"It\'s"')
    assert page.text() == "🙂 “It’s”"
    page.undo()
    assert page.text() == '🙂 “It’s"'
    qtbot.keyClicks(page, " on")
    assert page.text() == '🙂 “It’s" on'


def test_pasted_quotes_stay(page: Page) -> None:
    page.insertPlainText('"as it was"')
    assert page.text() == '"as it was"'
