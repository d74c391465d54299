"""What the candidates popup says of a place, besides its rows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from maria_editor.editor.chip_tags import rule_in_words
from maria_editor.editor.marks import length_in_words
from maria_editor.window.candidates_lengths import lengths_for
from maria_editor.window.candidates_places import Place, Places
from maria_editor.window.candidates_popup import Shown


def is_alone(place: Place) -> bool:
    """Return whether a fill of several words has come without others to weigh it against.

    For words of the text it may be those that stand there: then nothing is offered yet.
    """
    least = 0 if place.is_plain else 1
    return place.length != (1, 1) and least <= len(place.rows) <= 1


def words_about(place: Place, places: Places, *, is_searching: bool) -> Shown:
    """Return what stands around a place's rows; its number is that of the blank in the page."""
    blanks = [other for other in places.all() if not other.is_plain]
    title = _translate("Alternatives")
    if not place.is_plain:
        number, count = places.number_of(place)
        title = _translate("Blank {i} of {n}").format(i=number, n=count)
    return Shown(
        title=title,
        length=length_in_words(place.blank) or _translate("1 word"),
        rule=", ".join(rule_in_words(rule) for rule in place.blank.constraints),
        note=_note(place, is_searching=is_searching),
        has_shares=not is_alone(place),
        lengths=lengths_for(place.blank, place.own_length),
        chosen_length=place.length,
        count=1 if place.is_plain else sum(other.chosen is not None for other in blanks),
        has_neighbours=not place.is_plain and len(blanks) > 1,
        message="" if is_searching else place.reason,
    )


def _note(place: Place, *, is_searching: bool) -> str:
    if is_searching and is_alone(place):
        return _translate("Looking for others…")
    is_first = place.joint is not None and place.rows[:1] == [place.joint]
    return _translate("The first suits the other blanks best.") if is_first else ""


def _translate(text: str) -> str:
    return QCoreApplication.translate("CandidatesFlow", text)
