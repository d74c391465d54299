"""Locks: toggled by words, moved by edits, seen by the layout and by nothing else."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from maria_editor.editor.locks import ROOM, Locks
from maria_editor.editor.locks_painter import LocksPainter
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme

TEXT = "🙂 Ines climbed the stairs.\n\nShe held the lamp."


@pytest.fixture
def locks(page: Page) -> Locks:
    page.load(TEXT)
    return Locks(page)


def words(page: Page, locks: Locks) -> list[str]:
    text = page.text()
    return [text[start:end] for start, end in locks.spans()]


def put_caret(page: Page, before: str) -> None:
    at = page.text().index(before)
    page.select_span(at, at)


def test_the_word_at_the_caret_is_locked_and_let_go(page: Page, locks: Locks) -> None:
    put_caret(page, "nes")
    assert locks.toggle() == "Ines"
    assert words(page, locks) == ["Ines"]
    assert locks.toggle() == ""
    assert locks.spans() == ()


def test_a_selection_is_locked_without_its_outer_spaces(page: Page, locks: Locks) -> None:
    start = page.text().index(" climbed")
    page.select_span(start, start + len(" climbed the "))
    assert locks.toggle() == "climbed the"
    # A selection that touches a lock lets it go.
    page.select_span(start, start + 4)
    assert locks.toggle() == ""
    assert locks.spans() == ()


def test_there_is_nothing_to_lock_between_paragraphs(page: Page, locks: Locks) -> None:
    at = page.text().index("\n\n") + 1
    page.select_span(at, at)
    assert locks.toggle() is None


def test_locks_move_with_edits_and_do_not_grow(page: Page, locks: Locks, qtbot: QtBot) -> None:
    put_caret(page, "Ines")
    locks.toggle()
    page.replace([(0, 0, "Then 🙂 ")])
    assert words(page, locks) == ["Ines"]
    at = page.text().index("Ines") + len("Ines")
    page.select_span(at, at)
    qtbot.keyClicks(page, ", too,")
    assert words(page, locks) == ["Ines"]
    put_caret(page, "Ines")
    qtbot.keyClicks(page, "old ")
    assert words(page, locks) == ["Ines"]


def test_a_deleted_word_is_locked_no_more(page: Page, locks: Locks, qtbot: QtBot) -> None:
    put_caret(page, "Ines")
    locks.toggle()
    start = page.text().index("Ines")
    with qtbot.waitSignal(locks.changed):
        page.replace([(start, start + len("Ines"), "")])
    assert locks.spans() == ()


def test_a_word_that_becomes_a_blank_is_locked_no_more(page: Page, locks: Locks) -> None:
    for word in ("Ines", "lamp"):
        put_caret(page, word)
        locks.toggle()
    start = page.text().index("Ines")
    page.replace([(start, start + len("Ines"), "[MASK]")])
    assert words(page, locks) == ["lamp"]


def test_another_text_has_none(page: Page, locks: Locks) -> None:
    put_caret(page, "Ines")
    locks.toggle()
    page.load("Another text.")
    assert locks.spans() == ()


def test_locks_come_back(page: Page, locks: Locks) -> None:
    put_caret(page, "Ines")
    locks.toggle()
    put_caret(page, "lamp")
    locks.toggle()
    kept = locks.spans()
    locks.clear()
    locks.restore(kept)
    assert words(page, locks) == ["Ines", "lamp"]


def test_a_padlock_has_room_and_nothing_is_edited(page: Page, locks: Locks, theme: Theme) -> None:
    LocksPainter(page, locks, theme)
    line = page.document().begin().layout().lineAt(0)
    before = line.naturalTextWidth()
    put_caret(page, "climbed")
    locks.toggle()
    line = page.document().begin().layout().lineAt(0)
    assert line.naturalTextWidth() == pytest.approx(before + ROOM + 4, abs=2)
    assert not page.document().isModified()
    assert not page.document().isUndoAvailable()
    assert not page.grab().isNull()
