"""What chips say of themselves: rule, name and length together, with room for all of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication

from maria_editor.editor.chip_tags import Tag, placed_tags, tag_font, tags_of, tags_width
from maria_model.blanks import find_blanks

FULL = '[MASK:2-3,name=hero,starts="s"]'


def tags(literal: str) -> tuple[Tag, ...]:
    [blank] = find_blanks(literal)
    return tags_of(blank)


def font(size: int) -> QFont:
    font = QFont()
    font.setPixelSize(size)
    return font


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("[MASK]", ()),
        ("[MASK:2-3]", (("2–3 words", ""),)),
        ("[MASK:name=hero]", (("hero", "link"),)),
        ('[MASK:starts="s"]', (("starts with s", "tune"),)),
        ('[MASK:starts="s",name=hero]', (("starts with s", "tune"), ("hero", "link"))),
        (FULL, (("starts with s", "tune"), ("hero", "link"), ("2–3 words", ""))),
        ('[MASK:starts="s",ends="t",max_chars=9]', (("starts with s, +2", "tune"),)),
    ],
)
def test_a_chip_says_its_rule_its_name_and_its_length(
    literal: str, shown: tuple[tuple[str, str], ...]
) -> None:
    assert tags(literal) == tuple(Tag(*tag) for tag in shown)


@pytest.mark.parametrize("size", [16, 20, 40])
@pytest.mark.parametrize("literal", ["[MASK:2-3]", "[MASK:name=hero]", FULL])
def test_all_tags_have_room_in_a_chip_of_their_width(
    qapp: QApplication, literal: str, size: int
) -> None:
    shown = tags(literal)
    rect = QRectF(10, 0, tags_width(shown, font(size)), 1.36 * size)
    placed = list(placed_tags(shown, rect, font(size)))
    assert [tag for tag, _, _ in placed] == list(shown)
    right = rect.left()
    for tag, icon, words in placed:
        if tag.icon:
            assert right <= icon.left() < icon.right() <= words.left()
        assert words.right() <= rect.right()
        assert words.width() >= QFontMetricsF(tag_font(font(size))).horizontalAdvance(tag.words)
        right = words.right()


def test_a_short_piece_shows_what_fits(qapp: QApplication) -> None:
    placed = list(placed_tags(tags(FULL), QRectF(0, 0, 60, 27), font(20)))
    assert [tag.words for tag, _, _ in placed] == ["starts with s"]
    assert placed[0][2].right() <= 60
