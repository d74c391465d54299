"""Puts accepted words into the text: one undo step, a version before it, and a line on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.page import Page
from maria_editor.editor.visible import visible_blocks
from maria_editor.window.candidates_places import Place, Places
from maria_editor.window.provenance_flow import Origin
from maria_model.api import BlankResult, FillResult

_Spans = dict[int, tuple[int, int]]


class Landing(QObject):
    """The one way from a preview into the text.

    Signals:
        accepting(list[Replacement], str, Origin): what is about to go into this text.
        version_wanted(str, str): this text is worth keeping, before what is about to happen.
        landed(FillResult): these fills, of one answer, are in the text now.
    """

    accepting = Signal(object, str, object)
    version_wanted = Signal(str, str)
    landed = Signal(object)

    def __init__(self, page: Page, places: Places, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._places = places
        # What the last acceptance left: a run of them is kept as one version.
        self._revision = -1
        self.is_landing = False

    def land(self, places: Sequence[Place]) -> None:
        """Put the words chosen for these places into the text, and forget the places."""
        places = [place for place in places if place.chosen is not None]
        if not places:
            return
        text = self._page.text()
        if self._page.revision != self._revision:
            self.version_wanted.emit(text, self.tr("accepting suggestions"))
        spans = _spans_of(places, text)
        answers = _by_answer(places)
        for source, filled in answers:
            way = "alternatives" if filled[0].is_plain else "fill"
            origin = Origin(way=way, model=source.model, seed=source.seed)
            self.accepting.emit(_replacements(filled, spans), text, origin)
        results = [_result(source, filled, spans) for source, filled in answers]
        self._places.drop(places)
        self.is_landing = True
        self._page.flash(self._in_view(self._page.replace_at(_at_positions(places))))
        self.is_landing = False
        self._revision = self._page.revision
        for result in results:
            self.landed.emit(result)

    def _in_view(self, spans: Sequence[tuple[int, int]]) -> list[QTextCursor]:
        """Return what of the text that has come shows: a place elsewhere would cost a layout."""
        blocks = list(visible_blocks(self._page))
        if not blocks:
            return []
        first, last = blocks[0].position(), blocks[-1].position() + blocks[-1].length()
        places = []
        for start, end in spans:
            if first <= start and end <= last:
                place = QTextCursor(self._page.document())
                place.setPosition(start)
                place.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                places.append(place)
        return places


def _at_positions(places: Sequence[Place]) -> list[tuple[int, int, str]]:
    """Return the same as `_replacements`, as positions in the document."""
    return [(p.start, p.end, p.chosen.fill) for p in places if p.chosen is not None]


def _spans_of(places: Sequence[Place], text: str) -> _Spans:
    offsets = OffsetMap(text)
    return {
        id(place): (offsets.to_code_point(place.start), offsets.to_code_point(place.end))
        for place in places
    }


def _replacements(places: Sequence[Place], spans: _Spans) -> list[tuple[int, int, str]]:
    return [(*spans[id(place)], place.chosen.fill) for place in places if place.chosen is not None]


def _by_answer(places: Sequence[Place]) -> list[tuple[FillResult, list[Place]]]:
    """Return the places by the answer their words came with."""
    found: dict[int, tuple[FillResult, list[Place]]] = {}
    for place in places:
        if place.source is not None:
            found.setdefault(id(place.source), (place.source, []))[1].append(place)
    return list(found.values())


def _result(source: FillResult, places: Sequence[Place], spans: _Spans) -> FillResult:
    """Return an answer as far as it was taken; offsets are those of the text before."""
    blanks = tuple(
        BlankResult(
            index=number,
            start=spans[id(place)][0],
            end=spans[id(place)][1],
            fill=place.chosen.fill,
            logprob=0.0,
        )
        for number, place in enumerate(places)
        if place.chosen is not None
    )
    return replace(source, blanks=blanks, hypotheses=(), unfilled=())
