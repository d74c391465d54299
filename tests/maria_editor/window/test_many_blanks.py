"""Many blanks at once: what is out of view costs no layout, and the order is that of the text."""

from __future__ import annotations

from candidates_script import BUN, found
from PySide6.QtGui import QTextBlock, QTextLayout
from scripted_client import ScriptedEngine

from maria_editor.editor.visible import visible_blocks
from maria_editor.window.main_window import MainWindow

COUNT = 40
TEXT = "\n\n".join(f"In chapter {n} she bought a [MASK] and went home." for n in range(COUNT))
TAKEN = TEXT.replace("[MASK]", "bun")


class LaidOut:
    """Notes which blocks are laid out."""

    def __init__(self, window: MainWindow) -> None:
        self._page = window.page
        self._numbers: list[int] = []
        window.page.add_formats(self._formats)

    def _formats(self, block: QTextBlock) -> list[QTextLayout.FormatRange]:
        self._numbers.append(block.blockNumber())
        return []

    def out_of_view(self) -> list[int]:
        """Return what was laid out since the last time though nobody sees it."""
        seen = {block.blockNumber() for block in visible_blocks(self._page)}
        numbers, self._numbers = self._numbers, []
        return [number for number in numbers if number not in seen]


def test_nothing_out_of_view_is_laid_out_for_many_fills(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.filling.fill_all()
    laid_out = LaidOut(window)
    answers = [found(n, TEXT, BUN) for n in range(COUNT)]
    for number, answer in enumerate(answers, start=1):
        scripted.settle(answer, number, COUNT)
    assert laid_out.out_of_view() == []
    assert len(window.candidates.places.previewed()) == COUNT
    scripted.answer(tuple(answers))
    window.candidates.dismiss()
    assert laid_out.out_of_view() == []
    assert window.page.text() == TEXT


def test_taking_many_is_one_step_and_tints_what_shows(
    window: MainWindow, scripted: ScriptedEngine
) -> None:
    window.page.load(TEXT)
    window.filling.fill_all()
    scripted.answer(tuple(found(n, TEXT, BUN) for n in range(COUNT)))
    tinted: list[int] = []
    window.page.flash = lambda places: tinted.extend(p.position() for p in places)  # type: ignore[method-assign]
    window.candidates.accept_all()
    assert window.page.text() == TAKEN
    seen = [block.position() for block in visible_blocks(window.page) if block.length() > 1]
    assert 0 < len(tinted) <= len(seen) < COUNT
    window.page.undo()
    assert window.page.text() == TEXT
    assert not window.page.document().isUndoAvailable()
    window.page.redo()
    assert window.page.text() == TAKEN
