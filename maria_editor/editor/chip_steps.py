"""How the caret meets a chip: arrow keys step over it, a click takes it whole."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextBlock, QTextCursor

from maria_editor.editor.chips import Chip, ChipStates

_KEEP = QTextCursor.MoveMode.KeepAnchor


def chip_around(states: ChipStates, cursor: QTextCursor) -> Chip | None:
    """Return the chip that holds the cursor's position strictly inside."""
    inside = cursor.positionInBlock()
    return _first(states, cursor.block(), lambda chip: chip.start < inside < chip.end)


def chip_selected(states: ChipStates, cursor: QTextCursor) -> Chip | None:
    """Return the chip that is the whole selection."""
    if not cursor.hasSelection():
        return None
    block = cursor.document().findBlock(cursor.selectionStart())
    start = cursor.selectionStart() - block.position()
    end = cursor.selectionEnd() - block.position()
    return _first(states, block, lambda chip: (chip.start, chip.end) == (start, end))


def select_chip(cursor: QTextCursor, block: QTextBlock, chip: Chip) -> None:
    """Make a chip the selection."""
    cursor.setPosition(block.position() + chip.start)
    cursor.setPosition(block.position() + chip.end, _KEEP)


def select_neighbour(states: ChipStates, cursor: QTextCursor, *, backwards: bool) -> bool:
    """Select the chip beside a cursor; return whether there is one and nothing was selected."""
    if cursor.hasSelection():
        return False
    inside = cursor.positionInBlock()
    block = cursor.block()
    chip = _first(states, block, lambda chip: inside == (chip.end if backwards else chip.start))
    if chip is not None:
        select_chip(cursor, block, chip)
    return chip is not None


def settle(states: ChipStates, cursor: QTextCursor, previous: int, *, by_mouse: bool) -> bool:
    """Move a cursor that landed inside a chip; return whether it moved.

    A step goes on to the far side, a jump to the nearer one, a click takes the chip.
    """
    chip = chip_around(states, cursor)
    if chip is None:
        return False
    if by_mouse and not cursor.hasSelection():
        select_chip(cursor, cursor.block(), chip)
        return True
    start, end = (cursor.block().position() + edge for edge in (chip.start, chip.end))
    target = _far_side(start, end, cursor.position(), previous)
    mode = _KEEP if cursor.hasSelection() else QTextCursor.MoveMode.MoveAnchor
    cursor.setPosition(target, mode)
    return True


def _far_side(start: int, end: int, position: int, previous: int) -> int:
    if previous == start:
        return end
    if previous == end:
        return start
    return start if position - start < end - position else end


def _first(states: ChipStates, block: QTextBlock, test: Callable[[Chip], bool]) -> Chip | None:
    return next((chip for chip in states.chips(block) if test(chip)), None)
