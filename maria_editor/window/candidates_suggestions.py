"""What places offer and which words are chosen for them: by the writer, by searches, by rankings.

Places of one name show the same words. Words that were chosen go into the text from here. Knows
nothing of popups and keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient
from maria_editor.settings import Settings
from maria_editor.window.candidates_landing import Landing
from maria_editor.window.candidates_lengths import Length
from maria_editor.window.candidates_more import MoreSuggestions
from maria_editor.window.candidates_places import Place, Places
from maria_editor.window.candidates_ranking import Ranking
from maria_editor.window.candidates_rows import Row, key_of, reshared
from maria_editor.window.candidates_words import is_alone
from maria_model.api import BlankResult, FillResult


class Suggestions(QObject):
    """Owns the places of one page, and asks the engine for what else suits them.

    Signals:
        changed(Place): it offers other words now, or none.
        search_ended: no more words are looked for.
    """

    changed = Signal(object)
    search_ended = Signal()

    def __init__(
        self, page: Page, engine: EngineClient, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self.places = Places(page)
        self.landing = Landing(page, self.places, self)
        self.ranking = Ranking(page, engine, self)
        self._more = MoreSuggestions(page, engine, self)
        # Other suggestions came, which the siblings were not ranked for.
        self._has_news = False
        # What was looked for when a ranking was asked for in its place.
        self._interrupted: Place | None = None
        self._more.interrupted.connect(self._on_interrupted)
        self._more.found.connect(self._on_found)
        self._more.added.connect(self._on_added)
        self._more.failed.connect(self._on_none_found)
        self._more.ended.connect(self.search_ended)
        self.ranking.ranked.connect(self._on_ranked)

    @property
    def searched(self) -> Place | None:
        """The place that more words are looked for."""
        return self._more.place

    def note_seen(self, place: Place) -> None:
        """Know the words that a place shows for seen."""
        place.seen |= {key_of(row.fill) for row in place.rows[: self._settings.candidates]}

    def choose(self, place: Place, row: Row) -> None:
        """Let a place, and all of its name, show a row's words, as the writer wants."""
        for other in self.places.linked_with(place):
            other.chosen = other.row_like(row.fill) or row
            other.is_by_hand = True
            self.places.show(other)

    def rank_others(self, place: Place) -> None:
        """Rank what the others offer again, given the words chosen for a place."""
        self._has_news = False
        if not place.is_plain:
            linked = self.places.linked_with(place)
            self.ranking.ask(linked, self.beside(place), place.start)

    def accept(self, place: Place, row: Row) -> None:
        """Put a row's words into the text, at its place and at all of its name."""
        has_news = self._has_news or self.ranking.is_pending or place.chosen is not row
        self._has_news = False
        self.ranking.stop()
        self.choose(place, row)
        self.landing.land(self.places.linked_with(place))
        rest = self.places.all()
        if has_news and rest:
            # The text holds the word now.
            self.ranking.ask([], rest, place.start)

    def land(self, places: Sequence[Place]) -> None:
        """Put what is chosen for these places into the text, as one undo step."""
        self.ranking.stop()
        self.landing.land(places)

    def drop(self, places: Sequence[Place]) -> None:
        """Take back what these places offer."""
        self.ranking.stop()
        self.places.drop(places)

    def reconsider(
        self, better: Sequence[tuple[Place, BlankResult]], looked_at: Place | None
    ) -> None:
        """Take other words for places that nobody has chosen a word for yet.

        What the writer looks at stays as it is; if the others were found for another word there,
        nothing changes.
        """
        standing = self.places.all()
        if any(place not in standing or place.is_by_hand for place, _ in better):
            return
        for place, blank in better:
            if place is looked_at and place.chosen != place.row_like(blank.fill):
                return
        others = [(place, blank) for place, blank in better if place is not looked_at]
        for place, blank in others:
            place.take_rows(place.rows_from(blank))
            place.lead_with(blank.fill)
        self.places.show(*(place for place, _ in others))

    def beside(self, place: Place) -> list[Place]:
        """Return the other places that are blanks, but for those of its name."""
        linked = self.places.linked_with(place)
        return [other for other in self.places.all() if other not in linked and not other.is_plain]

    def find_company(self, place: Place) -> None:
        """Look for more fills where one has come alone, once; for any where a search was left."""
        if not place.rows and not place.reason:
            self.find_length(place, place.length)
        elif is_alone(place) and not place.is_searched:
            place.is_searched = True
            self._more.find_more(place, self.beside(place))

    def find_length(self, place: Place, length: Length) -> None:
        """Look for words of another length."""
        place.ask_for(length)
        place.is_searched = True
        self._more.find_length(place, self.beside(place))
        self._show(place)

    def find_others(self, place: Place) -> None:
        """Look for words that were not offered yet."""
        self._more.find_others(place, self.beside(place))

    def stop_search(self) -> None:
        """Look no further."""
        self._interrupted = None
        self._more.stop()

    def _show(self, place: Place) -> None:
        self.places.show(place)
        self.changed.emit(place)

    def _align(self, place: Place) -> None:
        """Let all of a place's name show its words."""
        for other in self.places.linked_with(place):
            if other is not place and place.chosen is not None:
                other.rows = other.rows if other.row_like(place.chosen.fill) else place.rows
                other.chosen = other.row_like(place.chosen.fill)
                self.places.show(other)

    @Slot(object, object, object)
    def _on_found(self, place: Place, rows: Sequence[Row], result: FillResult) -> None:
        place.take_rows(rows)
        place.source = result
        place.is_by_hand = False
        self._show(place)
        self.note_seen(place)
        self._align(place)
        # The siblings keep their words until the writer chooses.
        self._has_news = True

    @Slot(object, object)
    def _on_added(self, place: Place, rows: Sequence[Row]) -> None:
        before = place.chosen
        place.rows = list(rows)
        place.put_in_order()
        self.note_seen(place)
        self._show(place)
        self._align(place)
        if before is None or place.row_like(before.fill) is not place.chosen:
            self._has_news = True

    @Slot(object, str)
    def _on_none_found(self, place: Place, message: str) -> None:
        place.take_error(self.tr("no word fits"), message)
        self._show(place)

    @Slot(object)
    def _on_interrupted(self, place: Place) -> None:
        self._interrupted = place

    @Slot(object)
    def _on_ranked(self, rankings: Sequence[tuple[Place, list[Row]]]) -> None:
        standing = self.places.all()
        for place, ranked in rankings:
            if place not in standing:
                continue
            # Rows never change their order under the writer's own choice.
            place.rows = reshared(place.rows, ranked, keep_order=place.is_by_hand)
            place.put_in_order()
            self._show(place)
            self._align(self.places.linked_with(place)[0])
        left, self._interrupted = self._interrupted, None
        if left is not None and left in self.places.all() and self._more.place is None:
            self.find_company(left)
