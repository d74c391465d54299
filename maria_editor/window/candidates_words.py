"""What the candidates popup says of a place, besides its rows."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from maria_editor.editor.chip_tags import rule_in_words
from maria_editor.editor.marks import length_in_words
from maria_editor.window.candidates_lengths import ANY, Length, lengths_for
from maria_editor.window.candidates_places import Place, Places
from maria_editor.window.candidates_popup import Shown
from maria_model.blanks import find_blanks, format_blank


def is_alone(place: Place) -> bool:
    """Return whether a fill of several words has come without others to weigh it against.

    For words of the text it may be those that stand there: then nothing is offered yet.
    """
    least = 0 if place.is_plain else 1
    return place.length != (1, 1) and least <= len(place.rows) <= 1


def words_about(place: Place, places: Places, *, limit: int, is_searching: bool) -> Shown:
    """Return what stands around the first `limit` rows of a place.

    Its number is that of the blank in the page.
    """
    blanks = [other for other in places.all() if not other.is_plain]
    title = _translate("Alternatives")
    if not place.is_plain:
        number, count = places.number_of(place)
        title = _translate("Blank {i} of {n}").format(i=number, n=count)
    return Shown(
        title=title,
        length=_length(place, limit),
        rule=", ".join(rule_in_words(rule) for rule in place.blank.constraints),
        note=_note(place),
        others=_others(place, is_searching=is_searching),
        is_growing=is_searching and is_alone(place),
        has_shares=not is_alone(place),
        lengths=lengths_for(place.blank, place.own_length),
        chosen_length=length_offered(place, limit),
        count=1 if place.is_plain else sum(other.chosen is not None for other in blanks),
        has_neighbours=not place.is_plain and len(blanks) > 1,
        message="" if is_searching else place.reason,
    )


def _length(place: Place, limit: int) -> str:
    """Return the length of a blank; for words of the text, of what is offered for them."""
    blank = place.blank
    if place.is_plain and place.rows:
        counts = [max(1, len(row.words.split())) for row in place.rows[:limit]]
        blank = find_blanks(format_blank(minimum=min(counts), maximum=max(counts)))[0]
    return length_in_words(blank) or _translate("1 word")


def length_offered(place: Place, limit: int) -> Length:
    """Return the length that the first `limit` rows of a place have.

    Words of the text may have shorter and longer alternatives than were asked for.
    """
    least, most = place.length
    if not place.is_plain or least is None or most is None:
        return place.length
    counts = [len(row.words.split()) for row in place.rows[:limit]]
    return place.length if all(least <= count <= most for count in counts) else ANY


def _others(place: Place, *, is_searching: bool) -> str:
    if not is_alone(place):
        return ""
    if is_searching:
        return _translate("Looking for others…")
    return _translate("No others were found.") if place.is_searched and place.rows else ""


def _note(place: Place) -> str:
    is_first = place.joint is not None and place.rows[:1] == [place.joint]
    return _translate("The first suits the other blanks best.") if is_first else ""


def _translate(text: str) -> str:
    return QCoreApplication.translate("CandidatesFlow", text)
