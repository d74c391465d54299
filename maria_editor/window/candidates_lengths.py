"""The lengths that can be chosen for a blank: one to three words, its own, or any.

Plain data. A length is a pair of least and most words; `ANY` is as many as fit.
"""

from __future__ import annotations

from maria_model.blanks import Blank, format_blank

Length = tuple[int | None, int | None]

ANY: Length = (None, None)
_FIXED: tuple[Length, ...] = ((1, 1), (2, 2), (3, 3))
# These say more about the words than how many there are.
_DECIDED = ("allowed", "regex")


def lengths_for(blank: Blank, own: Length) -> list[Length]:
    """Return the lengths in the order of their segments; none where a choice makes no sense.

    `own` is the length of the blank in the text, whichever is asked for now.
    """
    if blank.name is not None or any(rule.key in _DECIDED for rule in blank.constraints):
        return []
    return [*_FIXED, *([own] if own not in (*_FIXED, ANY) else []), ANY]


def length_of(blank: Blank) -> Length:
    """Return the length that a blank asks for."""
    return blank.minimum, blank.maximum


def label_of(length: Length) -> str:
    """Return a length as its segment says it."""
    least, most = length
    if least is None:
        return "Auto"
    return str(least) if least == most else f"{least}–{most}"


def literal_with(blank: Blank, length: Length) -> str:
    """Write a blank with another length; its name and its rules stay."""
    return format_blank(
        minimum=length[0], maximum=length[1], name=blank.name, constraints=blank.constraints
    )
