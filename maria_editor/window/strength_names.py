"""What the strengths of refining are called, and what is said where one finds nothing."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from maria_editor.settings import STRENGTHS, StrengthChoice


def strength_names() -> dict[str, str]:
    """Return the name of each strength, the weakest first."""
    return {
        "light": _translate("Light"),
        "gentle": _translate("Gentle"),
        "medium": _translate("Medium"),
        "strong": _translate("Strong"),
        "bold": _translate("Bold"),
    }


def strength_named(strength: float) -> StrengthChoice:
    """Return which of the strengths this is."""
    return next(name for name, value in STRENGTHS.items() if value == strength)


def nothing_at(strength: StrengthChoice) -> str:
    """Say that nothing is found at a strength, and whether there is a bolder one."""
    is_last = strength == list(STRENGTHS)[-1]
    news = (
        _translate("Nothing to improve at {strength}, the last step.")
        if is_last
        else _translate("Nothing to improve at {strength}.")
    )
    return news.format(strength=strength_names()[strength])


def _translate(text: str) -> str:
    return QCoreApplication.translate("StrengthNames", text)
