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


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("'Tis so.", "’Tis so."),
        ("Get 'em, he said", "Get ’em, he said"),
        ("rock 'n' roll", "rock ’n’ roll"),
        ("rock 'n roll", "rock ’n roll"),
        ("the '90s were", "the ’90s were"),
        ("\"'Twas", "“‘Twas"),
        ("\"'Twas ", "“’Twas "),
        ("'tisn't so", "’tisn’t so"),
        ("🙂 'tis ", "🙂 ’tis "),
        ("He said 'no' to 'embers'", "He said ‘no’ to ‘embers’"),
        ("the letters 'em' and", "the letters ‘em’ and"),
        ("'90 men", "‘90 men"),
    ],
)
def test_words_that_are_cut_short_begin_with_an_apostrophe(
    page: Page, qtbot: QtBot, typed: str, expected: str
) -> None:
    # A key has no such letter.
    before, picture, rest = typed.rpartition("🙂")
    page.insertPlainText(before + picture)
    qtbot.keyClicks(page, rest)
    assert page.text() == expected
    assert page.textCursor().position() == page.document().characterCount() - 1


def test_pasted_quotes_stay(page: Page) -> None:
    page.insertPlainText('"as it was"')
    assert page.text() == '"as it was"'
