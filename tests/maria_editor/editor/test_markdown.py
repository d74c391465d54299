"""What Markdown means inside a line, and that showing it leaves the text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QTextLayout
from pytestqt.qtbot import QtBot

from maria_editor.editor.markdown import Kind, styles
from maria_editor.editor.page import Page


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a **bold** and *true* word", [(Kind.STRONG, "bold"), (Kind.EMPHASIS, "true")]),
        ("__bold__ and _true_", [(Kind.STRONG, "bold"), (Kind.EMPHASIS, "true")]),
        ("***both***", [(Kind.STRONG_EMPHASIS, "both")]),
        ("**a *b* c**", [(Kind.STRONG, "a *b* c"), (Kind.EMPHASIS, "b")]),
        ("2 * 3 * 4, snake*case*name, snake_case_name", []),
        (r"\*not\* this", []),
        ("run `*p = a_b_c`", [(Kind.CODE, "*p = a_b_c")]),
        ("``a ` b``", [(Kind.CODE, "a ` b")]),
        (
            "see [the *map*](http://a_b_c/(x))",
            [(Kind.LINK, "the *map*"), (Kind.EMPHASIS, "map")],
        ),
        ("![picture](a.png)", []),
        ("[MASK](no) link", []),
        ('*a [MASK:starts="*"] b*', [(Kind.EMPHASIS, 'a [MASK:starts="*"] b')]),
        # In quotes a rule holds whatever it wants.
        ('[MASK:contains="a](b)"] *c*', [(Kind.EMPHASIS, "c")]),
        ('*a [MASK:contains="]*["] b*', [(Kind.EMPHASIS, 'a [MASK:contains="]*["] b')]),
        ('[MASK:starts="`"] and `code`', [(Kind.CODE, "code")]),
        ('[see [MASK:ends="]"]](x)', [(Kind.LINK, 'see [MASK:ends="]"]')]),
        ("> said", [(Kind.QUOTE, "said")]),
        ("a > b", []),
    ],
)
def test_styles(line: str, expected: list[tuple[Kind, str]]) -> None:
    found = [
        (style.kind, line[style.start + style.before : style.end - style.after])
        for style in styles(line)
    ]
    assert found == expected


@given(st.text(st.sampled_from("*_`[]()> ax\\🙂"), max_size=40))
def test_styles_stay_inside_the_line(line: str) -> None:
    for style in styles(line):
        assert 0 <= style.start < style.end <= len(line)
        assert style.before + style.after <= style.end - style.start


def formats(page: Page, block: int) -> list[QTextLayout.FormatRange]:
    return page.document().findBlockByNumber(block).layout().formats()


def test_only_what_is_in_view_is_formatted_and_the_rest_when_it_comes(page: Page) -> None:
    text = "\n".join(["🙂 **bold** `code` [link](x)"] * 400)
    page.load(text)
    words = [found for found in formats(page, 0) if found.format.fontWeight() == QFont.Weight.Bold]
    assert [(found.start, found.length) for found in words] == [(5, 4)]
    assert formats(page, 200) == []
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum() // 2)
    assert len(formats(page, 200)) == 9
    assert page.text() == text
    assert not page.document().isModified()
    assert not page.document().isUndoAvailable()


def test_formats_follow_what_is_typed(page: Page, qtbot: QtBot) -> None:
    page.load("a *b c")
    assert formats(page, 0) == []
    page.select_at(6, 6)
    qtbot.keyClicks(page, "*")
    assert len(formats(page, 0)) == 3
    page.undo()
    assert formats(page, 0) == []
