"""A selection over chips: nothing of the literal shows beside them."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme


@pytest.mark.parametrize("literal", ["[MASK]", "[MASK:name=animal]", '[MASK:1,forbidden="a|b"]'])
def test_no_letter_of_a_literal_reaches_out_of_its_chip(
    page: Page, theme: Theme, literal: str
) -> None:
    page.load(f"A {literal}   came.")
    page.selectAll()
    shown = page.viewport().grab().toImage()
    [(_, _, [piece])] = page.visible_chips()
    scale = shown.devicePixelRatio()
    # The first two of the spaces behind the chip.
    left, right = piece.rect.right() + 1, piece.literal.right() + 8
    third = piece.rect.height() / 3
    middle = range(
        round((piece.rect.top() + third / 2) * scale),
        round((piece.rect.bottom() - third / 2) * scale),
    )
    colors = {
        shown.pixelColor(x, y).name()
        for x in range(round(left * scale), round(right * scale))
        for y in middle
    }
    assert colors == {QColor(theme.tokens.selection).name()}
