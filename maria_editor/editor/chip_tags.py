"""The tags in a chip: its rules, the name that links it and its length, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from maria_editor.editor.marks import length_in_words
from maria_editor.theme.fonts import interface_font
from maria_model.blanks import LIST_KEYS, Blank, Constraint

PADDING = 8
ICON = 14
_ICON_GAP = 4
_TAG_GAP = 12
_ROOM_BEFORE_LENGTH = 60
_ROOM_AFTER_TAGS = 27
_LEAST_ROOM = 12
# What rounding may cost each tag.
_SLACK = 2
_MOST_LETTERS = 40
_RULES = {
    "contains": "contains {}",
    "starts": "starts with {}",
    "ends": "ends with {}",
    "regex": "matches {}",
    "allowed": "one of {}",
    "forbidden": "not {}",
    "max_chars": "at most {} letters",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """Words in a chip, behind an icon; a length has none and stands at the right."""

    words: str
    icon: str = ""


def tags_of(blank: Blank) -> tuple[Tag, ...]:
    """Return what a blank asks for: a rule, its name, its length unless that is one word."""
    tags = []
    if blank.constraints:
        first, *others = blank.constraints
        more = f", +{len(others)}" if others else ""
        tags.append(Tag(shortened(rule_in_words(first)) + more, "tune"))
    if blank.name:
        tags.append(Tag(blank.name, "link"))
    length = length_in_words(blank)
    return (*tags, Tag(length)) if length else tuple(tags)


def rule_in_words(rule: Constraint) -> str:
    """Return a rule as a writer reads it, such as `starts with s`."""
    value = ", ".join(rule.words) if rule.key in LIST_KEYS else rule.value
    return _RULES[rule.key].format(value)


def shortened(words: str) -> str:
    """Return words that fit a tag: a long rule ends in an ellipsis."""
    is_short = len(words) <= _MOST_LETTERS
    return words if is_short else f"{words[: _MOST_LETTERS - 1].rstrip()}…"


def tag_font(font: QFont) -> QFont:
    """Return the font of tags beside text in `font`."""
    return interface_font(round(11 * font.pixelSize() / 20), weight=QFont.Weight.Medium)


def tags_width(tags: Sequence[Tag], font: QFont) -> float:
    """Return how wide a chip has to be for these tags beside text in `font`."""
    if not tags:
        return 0.0
    metrics = QFontMetricsF(tag_font(font))
    words = sum(metrics.horizontalAdvance(tag.words) for tag in tags)
    icons = sum(ICON + _ICON_GAP for tag in tags if tag.icon)
    if not tags[0].icon:
        free = _ROOM_BEFORE_LENGTH
    else:
        free = _TAG_GAP * (len(tags) - 1) + (_ROOM_AFTER_TAGS if tags[-1].icon else 0)
    return words + (2 * PADDING + icons + free) * font.pixelSize() / 20


def placed_tags(
    tags: Sequence[Tag], rect: QRectF, font: QFont
) -> Iterator[tuple[Tag, QRectF, QRectF]]:
    """Yield each tag with the places of its icon and its words in a chip at `rect`.

    What has no room is left out, or has less than it needs: a piece on a line of its own is short.
    """
    scale = font.pixelSize() / 20
    metrics = QFontMetricsF(tag_font(font))
    inside = rect.adjusted(PADDING * scale, 0, -(PADDING + 1) * scale, 0)
    for tag in tags:
        if inside.width() < _LEAST_ROOM * scale:
            return
        icon, words = QRectF(), QRectF(inside)
        if tag.icon:
            size = ICON * scale
            icon = QRectF(inside.left(), inside.center().y() - size / 2, size, size)
            words.setLeft(icon.right() + _ICON_GAP * scale)
            words.setWidth(min(words.width(), metrics.horizontalAdvance(tag.words) + 1))
        yield tag, icon, words
        inside.setLeft(words.right() + (_TAG_GAP - _SLACK) * scale)
