"""A chip in words, for those who hear it."""

from __future__ import annotations

from maria_editor.editor.blank_rules import BlankRules
from maria_editor.editor.chip_tags import rule_in_words
from maria_editor.editor.chips import Chip, ChipState


def spoken(chip: Chip) -> str:
    """Return what a screen reader says of a chip, such as `blank, 2 to 3 words, starts with s`."""
    if chip.state is ChipState.PREVIEW:
        return f"blank, suggestion: {chip.words}"
    if chip.state is ChipState.ERROR:
        return f"blank, {chip.reason}"
    parts = [BlankRules.of(chip.blank).length_in_words.replace("–", " to ")]
    parts += map(rule_in_words, chip.blank.constraints)
    if chip.blank.name:
        parts.append(f"linked as {chip.blank.name}")
    return ", ".join(["blank", *parts])
