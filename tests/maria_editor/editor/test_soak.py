"""Long editing: a lost reference or a stale layout shows only after many thousands of edits."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from maria_editor.editor.chips import ChipState
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme

EDITS = 20_000
WORDS = ["a", "# ", "[MASK]", " *b* ", "[MASK:2-", "3]", "🙂 ", "e\u0301", "\n"]
KEYS = [
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Home,
]


def test_twenty_thousand_edits(theme: Theme, qtbot: QtBot) -> None:
    page = Page(theme)
    qtbot.addWidget(page)
    page.resize(600, 400)
    page.show()
    chance = random.Random(0)
    for edit in range(EDITS):
        if edit % 500 == 0:
            page.load("# One\n\nShe poured the [MASK] into a cup.")
        kind = chance.random()
        if kind < 0.6:
            page.insertPlainText(chance.choice(WORDS))
        elif kind < 0.9:
            qtbot.keyClick(page, chance.choice(KEYS))
        elif kind < 0.97:
            page.undo() if chance.random() < 0.6 else page.redo()
        else:
            page.clear_chips()
            page.set_chips([(0, min(6, len(page.text())))], ChipState.PENDING)
        if edit % 100 == 0:
            QApplication.processEvents()
    for _ in range(EDITS):
        if not page.document().isUndoAvailable():
            break
        page.undo()
    assert page.text() == "# One\n\nShe poured the [MASK] into a cup."
