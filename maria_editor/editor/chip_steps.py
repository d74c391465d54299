"""How the caret meets a chip: keys step over it, a click takes it whole, nothing cuts it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QTextBlock, QTextCursor

from maria_editor.editor.chips import Chip, ChipStates

_KEEP = QTextCursor.MoveMode.KeepAnchor

Span = tuple[int, int]


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


def chip_touched(states: ChipStates, cursor: QTextCursor) -> tuple[QTextBlock, Chip] | None:
    """Return the first chip that the selection or the cursor touches, and its block."""
    block = cursor.document().findBlock(cursor.selectionStart())
    start = cursor.selectionStart() - block.position()
    end = cursor.selectionEnd() - block.position()
    chip = _first(states, block, lambda chip: chip.start <= end and start <= chip.end)
    return None if chip is None else (block, chip)


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


def settle(
    states: ChipStates,
    cursor: QTextCursor,
    previous: int,
    *,
    by_mouse: bool,
    by_step: bool = False,
    taken: Span | None = None,
) -> bool:
    """Move a cursor's ends out of chips; return whether any moved.

    A step (one letter, one word) goes on to the far side, a jump to the nearer one; a click takes
    the chip, and a drag that began on one keeps it: `taken`.
    """
    if by_mouse and not cursor.hasSelection():
        chip = chip_around(states, cursor)
        if chip is not None:
            select_chip(cursor, cursor.block(), chip)
        return chip is not None
    anchor, position = cursor.anchor(), cursor.position()
    if taken is not None and cursor.hasSelection():
        anchor, position = _around(taken, position)
    target = _outside(states, cursor, position, previous if by_step else None)
    if anchor == position:
        anchor = target
    elif (edges := _edges_around(states, cursor, anchor)) is not None:
        # A word that was chosen inside a chip is the whole chip.
        anchor, target = edges if target in edges else (edges[anchor > target], target)
    if (anchor, target) == (cursor.anchor(), cursor.position()):
        return False
    cursor.setPosition(anchor)
    cursor.setPosition(target, _KEEP)
    return True


def word_to_delete(
    states: ChipStates, cursor: QTextCursor, *, backwards: bool
) -> QTextCursor | None:
    """Return what deleting a word may take where the word ends in a chip: all up to the chip."""
    if cursor.hasSelection():
        return None
    word = QTextCursor(cursor)
    way = (
        QTextCursor.MoveOperation.PreviousWord if backwards else QTextCursor.MoveOperation.NextWord
    )
    word.movePosition(way, _KEEP)
    edges = _edges_around(states, word, word.position())
    if edges is None:
        return None
    word.setPosition(edges[1] if backwards else edges[0], _KEEP)
    return word


def _around(taken: Span, position: int) -> Span:
    """Return anchor and position of a selection that keeps a chip and reaches to a position."""
    start, end = taken
    if position < start:
        return end, position
    return start, max(position, end)


def _outside(states: ChipStates, cursor: QTextCursor, position: int, previous: int | None) -> int:
    """Return where a position goes that may be inside a chip; `previous` is where a step began."""
    edges = _edges_around(states, cursor, position)
    if edges is None:
        return position
    start, end = edges
    if previous is not None:
        return start if position < previous else end
    return start if position - start < end - position else end


def _edges_around(states: ChipStates, cursor: QTextCursor, position: int) -> Span | None:
    """Return the positions of the chip that holds a position strictly inside."""
    block = cursor.document().findBlock(position)
    inside = position - block.position()
    chip = _first(states, block, lambda chip: chip.start < inside < chip.end)
    return None if chip is None else (block.position() + chip.start, block.position() + chip.end)


def _first(states: ChipStates, block: QTextBlock, test: Callable[[Chip], bool]) -> Chip | None:
    return next((chip for chip in states.chips(block) if test(chip)), None)
