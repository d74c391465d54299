"""Random edits and commands for blanks: chips stay whole, and undo takes all of it back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.blank_rules import BlankRules
from maria_editor.editor.blank_words import every_nth, prose_words
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme

_KEY, _MODIFIER = Qt.Key, Qt.KeyboardModifier
_STANDARD = QKeySequence.StandardKey
TEXTS = (
    "One two [MASK] three.\n\n# A head [MASK:2-3]\n\nlast [MASK:name=a] words [MASK:name=a]",
    '🙂 e\u0301t [MASK:starts="é"] 👩‍🚀 שלום [MASK:2] (עולם)\nשורה [MASK] שנייה',
    '[MASK][MASK:2]x[MASK]\n\\[MASK] stays [MASK:allowed="red|pale blue"]',
)
_BEGINNING = re.compile(r"(?<!\\)\[MASK")
Step = Callable[[Page, Blanking, int], None]
_SHARED: list[tuple[Page, Blanking]] = []


@pytest.fixture(autouse=True)
def _share(theme: Theme, qtbot: QtBot) -> None:
    page = Page(theme)
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.show()
    page.setFocus()
    _SHARED[:] = [(page, Blanking(page))]


def _key(key: Qt.Key, modifiers: Qt.KeyboardModifier = _MODIFIER.NoModifier) -> Step:
    return lambda page, blanking, number: QTest.keyClick(page, key, modifiers)


def _standard(key: QKeySequence.StandardKey) -> Step:
    def press(page: Page, blanking: Blanking, number: int) -> None:
        # Before there is an application Qt knows no keys.
        keys = QKeySequence(key)[0]
        QTest.keyClick(page, keys.key(), keys.keyboardModifiers())

    return press


def _put_caret(page: Page, blanking: Blanking, number: int) -> None:
    cursor = page.textCursor()
    cursor.setPosition(number % page.document().characterCount())
    page.setTextCursor(cursor)


def _go_beside(page: Page, blanking: Blanking, number: int) -> None:
    """Put the caret at a blank's end, or a little after it."""
    blanks = blanking.all()
    if blanks:
        end = blanks[number % len(blanks)].end + number % 3
        page.select_span(*2 * (min(end, len(page.text())),))


def _select_to(page: Page, blanking: Blanking, number: int) -> None:
    cursor = page.textCursor()
    cursor.setPosition(number % page.document().characterCount(), QTextCursor.MoveMode.KeepAnchor)
    page.setTextCursor(cursor)


def _rule(page: Page, blanking: Blanking, number: int) -> None:
    blanks = blanking.all()
    if blanks:
        rules = BlankRules(1, number % 3 + 1, "b" if number % 2 else "", (("ends", "é🙂"),))
        blanking.rewrite([blanks[number % len(blanks)]], [rules])


def _link(page: Page, blanking: Blanking, number: int) -> None:
    blanks = blanking.all()
    if len(blanks) > 1:
        blanking.link([blanks[number % len(blanks)], blanks[0]])


def _nth(page: Page, blanking: Blanking, number: int) -> None:
    blanking.blank_words(every_nth(prose_words(page.text()), number % 3 + 2))


STEPS: dict[str, Step] = {
    "left": _key(_KEY.Key_Left),
    "select right": _key(_KEY.Key_Right, _MODIFIER.ShiftModifier),
    "word right": _key(_KEY.Key_Right, _MODIFIER.ControlModifier),
    "select word left": _standard(_STANDARD.SelectPreviousWord),
    "down": _key(_KEY.Key_Down),
    "caret": _put_caret,
    "select to": _select_to,
    "beside": _go_beside,
    "backspace": _key(_KEY.Key_Backspace),
    "delete": _key(_KEY.Key_Delete),
    "delete word": _standard(_STANDARD.DeleteStartOfWord),
    "delete word after": _standard(_STANDARD.DeleteEndOfWord),
    "type": lambda page, blanking, number: QTest.keyClicks(page, "x "),
    "enter": _key(_KEY.Key_Return),
    "cut": lambda page, blanking, number: page.cut(),
    "paste": lambda page, blanking, number: page.paste(),
    "undo": lambda page, blanking, number: page.undo(),
    "redo": lambda page, blanking, number: page.redo(),
    "blank out": lambda page, blanking, number: blanking.blank_out() and None,
    "blank each": lambda page, blanking, number: blanking.blank_each() and None,
    "every n-th": _nth,
    "rule": _rule,
    "link": _link,
    "unlink": lambda page, blanking, number: blanking.unlink(blanking.all()) and None,
    "put back": lambda page, blanking, number: blanking.put_back(*blanking.all()) and None,
    "remove": lambda page, blanking, number: blanking.remove(*blanking.all()[:1]),
}


def cuts_a_chip(page: Page) -> bool:
    cursor, text = page.textCursor(), page.text()
    offsets = OffsetMap(text)
    ends = [offsets.to_code_point(p) for p in (cursor.anchor(), cursor.position())]
    chips = re.finditer(r"(?<!\\)\[MASK(?::[^\[\]\n]*)?\]", text)
    return any(chip.start() < end < chip.end() for chip in chips for end in ends)


@given(
    text=st.sampled_from(TEXTS),
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 200)), min_size=1, max_size=14
    ),
)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_chips_stay_whole_and_all_goes_back(text: str, steps: list[tuple[str, int]]) -> None:
    page, blanking = _SHARED[0]
    page.load(text)
    for name, number in steps:
        STEPS[name](page, blanking, number)
        assert not cuts_a_chip(page), name
        blanks = blanking.all()
        assert all(blank.error is None for blank in blanks), (name, page.text())
        assert len(_BEGINNING.findall(page.text())) == len(blanks), (name, page.text())
    final = page.text()
    while page.document().isRedoAvailable():
        page.redo()
    newest = page.text()
    while page.document().isUndoAvailable():
        page.undo()
        assert not cuts_a_chip(page)
    assert page.text() == text
    seen = {text}
    while page.document().isRedoAvailable():
        page.redo()
        seen.add(page.text())
    assert page.text() == newest
    assert final in seen


@given(
    text=st.text(st.sampled_from("ab 🙂e\u0301👩‍🚀שלום\u202b(\n"), max_size=40),
    words=st.sampled_from(["🙂", "e\u0301", "שלום", "tea"]),
)
@settings(max_examples=60)
def test_blanking_touches_nothing_else(text: str, words: str) -> None:
    page, blanking = _SHARED[0]
    page.load(f"{text} {words}x {text}")
    page.select_span(len(text) + 1, len(text) + 1 + len(words))
    assert blanking.blank_out()
    assert page.text() == f"{text} [MASK]x {text}"
    [blank] = blanking.all()
    assert blanking.original(blank) == words
    page.undo()
    assert page.text() == f"{text} {words}x {text}"
