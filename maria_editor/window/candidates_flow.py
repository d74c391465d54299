"""Suggestions and what becomes of them: previews in the chips, the popup, accepting, rejecting.

Nothing of them is in the text until it is accepted; one acceptance is one undo step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient
from maria_editor.settings import Settings
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.candidates_landing import Landing
from maria_editor.window.candidates_lengths import Length
from maria_editor.window.candidates_more import MoreSuggestions
from maria_editor.window.candidates_places import Place, Places
from maria_editor.window.candidates_popup import CandidatesPopup, Shown
from maria_editor.window.candidates_ranking import Ranking
from maria_editor.window.candidates_rows import Row, key_of, reshared
from maria_editor.window.candidates_stand import CandidatesStand
from maria_editor.window.candidates_words import is_alone, words_about
from maria_editor.window.notice import Notice, Step
from maria_editor.window.waiting import Waiting
from maria_model.api import BlankResult, FillResult

# Nobody answers a popup sooner: a key or a click that comes before was meant for the text.
MOMENT_MS = 300
_LEAST_TO_CYCLE = 2


class CandidatesFlow(QObject):
    """Owns the places with suggestions, and the popup.

    Signals:
        closed: the popup is gone.
        ordered(int, list[str]): words for those at this position of the document, likeliest first.
        noticed(Notice): something to say to the writer.
    """

    closed = Signal()
    ordered = Signal(int, object)
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        engine: EngineClient,
        *,
        actions: Actions,
        settings: Settings,
        theme: Theme,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._settings = settings
        self.places = Places(page)
        self.landing = Landing(page, self.places, self)
        self.popup = CandidatesPopup(theme, page.window())
        self.popup.home = page
        self.popup.way_in.follow(actions["next_suggestion"])
        self._stand = CandidatesStand(page, self.popup)
        self.waiting = Waiting(page, self)
        self._moment = QTimer(self, interval=MOMENT_MS, singleShot=True)
        self._ranking = Ranking(page, engine, self)
        self._more = MoreSuggestions(page, engine, self)
        # Whether words were asked for and have not come; whoever asks says.
        self.is_awaited: Callable[[], bool] = lambda: False
        self._open: Place | None = None
        self._touched: list[Place] = []
        # Other suggestions came, which the siblings were not ranked for.
        self._has_news = False
        self._connect()
        actions["accept_all"].triggered.connect(self.accept_all)
        for name, rows in (("next_suggestion", 1), ("previous_suggestion", -1)):
            actions[name].triggered.connect(lambda _=False, rows=rows: self.cycle(rows))

    @property
    def has_previews(self) -> bool:
        """Whether something stands in chips that is not in the text."""
        return bool(self.places.all())

    def offer(self, places: Sequence[Place]) -> None:
        """Show what is offered for these places, and the popup at the first of them.

        The popup takes the keyboard in a moment, if the writer waits for it. Where she is writing
        it stands aside; where she has a popup open already, that one stays.
        """
        self.places.add(places)
        offered = [place for place in self.places.all() if place in places]
        for place in offered:
            self._tell_order(place)
        if self._open is not None:
            self._show(self._open)
        elif offered and self.waiting.is_on:
            self._open_at(offered[0])
            self._moment.start()
            self._fit()
        elif offered:
            self._offer_aside(offered)

    def _offer_aside(self, offered: Sequence[Place]) -> None:
        """Show the popup in view of a writer who is writing, and leave her the keyboard."""
        seen = [place for place in offered if self._stand.is_in_view(place)]
        if seen:
            self._open_at(seen[0])
            self._moment.start()
            self.popup.leave_keyboard()
            self._fit()
            return
        first = offered[0]
        show = Step(self.tr("Show me"), lambda: self.open_again(first))
        news = self.tr("Suggestions are ready.")
        self.noticed.emit(Notice(news, steps=(show,), stands=lambda: self._is_offered(first)))

    def _is_offered(self, place: Place) -> bool:
        return place in self.places.all()

    @Slot()
    def _on_moment_over(self) -> None:
        self.popup.settle()
        if self.popup.has_keyboard or self.popup.is_aside:
            return
        if self.waiting.is_on:
            self.popup.take_keyboard()
        else:
            self.popup.leave_keyboard()
            self._fit()

    def reconsider(self, better: Sequence[tuple[Place, BlankResult]]) -> None:
        """Show other words for places that nobody has chosen a word for yet.

        What the writer looks at stays as it is; if the others were found for another word there,
        nothing changes.
        """
        standing = self.places.all()
        if any(place not in standing or place.is_by_hand for place, _ in better):
            return
        for place, blank in better:
            if place is self._open and place.chosen != place.row_like(blank.fill):
                return
        others = [(place, blank) for place, blank in better if place is not self._open]
        for place, blank in others:
            place.take_rows(place.rows_from(blank))
            place.lead_with(blank.fill)
        self.places.show(*(place for place, _ in others))
        self._fit()

    def open(self, place: Place) -> None:
        """Show the popup at a place, as the writer asks: it hears the keys."""
        self._open_at(place)
        self.popup.take_keyboard()
        self._fit()

    def _open_at(self, place: Place) -> None:
        self._more.stop()
        self._moment.stop()
        self._open = place
        self._page.set_active(place.cursor)
        self._stand.bring_into_view(place)
        self._note_seen(place)
        if is_alone(place) and not place.is_searched:
            place.is_searched = True
            self._more.find_more(place, self._others(place))
        limit = self._settings.candidates
        self.popup.open_at(self._about(place), place.rows, place.chosen, limit=limit)

    def open_again(self, place: Place) -> None:
        """Show the popup at a place, if that still stands."""
        if place in self.places.all():
            self.open(place)

    def open_here(self) -> bool:
        """Show the popup at the place that the caret or the selection touches, if there is one."""
        cursor = self._page.textCursor()
        here = self.places.at(cursor.selectionStart(), cursor.selectionEnd())
        if here:
            self.open(here[0])
        return bool(here)

    def cycle(self, rows: int) -> None:
        """Show the word so many rows on in the chip at the caret, without the popup.

        A popup that stands aside hears the keys from now on.
        """
        if self._open is not None and not self.popup.has_keyboard:
            self.open(self._open)
            return
        cursor = self._page.textCursor()
        here = self.places.at(cursor.selectionStart(), cursor.selectionEnd())
        if not here:
            self._say_none_here()
        elif len(here[0].rows) < _LEAST_TO_CYCLE:
            # More are looked for there.
            self.open(here[0])
        else:
            self._step(here[0], rows)

    def _say_none_here(self) -> None:
        if self.is_awaited():
            news, rest = (
                self.tr("Words are being looked for."),
                self.tr("They show when they come."),
            )
            self.noticed.emit(Notice(news, rest, stands=self.is_awaited))
        else:
            rest = self.tr("Ask for words first, then put the cursor beside a blank.")
            self.noticed.emit(Notice(self.tr("No suggestions here."), rest))

    def _step(self, place: Place, rows: int) -> None:
        known = place.rows[: self._settings.candidates]
        at = known.index(place.chosen) if place.chosen in known else -1
        row = known[(at + rows) % len(known)]
        self._choose(place, row)
        self._rank_others(place)
        announce(self._page, row.words)

    @Slot()
    def accept_all(self) -> None:
        """Put every preview into the text, as one undo step."""
        self._ranking.stop()
        place = self._open
        is_plain = place is not None and place.is_plain
        self.landing.land([place] if place is not None and is_plain else self.places.previewed())
        self.close()

    @Slot()
    def dismiss(self) -> None:
        """Take the previews away; the blanks stay."""
        self._ranking.stop()
        place = self._open
        is_plain = place is not None and place.is_plain
        self.places.drop([place] if place is not None and is_plain else self.places.all())
        self.close()

    def forget_at(self, spans: Sequence[tuple[int, int]]) -> None:
        """Take back what is offered at these places of the document, and close the popup."""
        starts = {start for start, _ in spans}
        self._ranking.stop()
        self.close()
        self.places.drop([place for place in self.places.all() if place.start in starts])

    def close(self) -> None:
        """Put the popup away; the previews stay, and the caret is where it was."""
        if self._open is not None:
            had_keyboard = self.popup.has_keyboard
            self._leave()
            if had_keyboard:
                self._page.setFocus()

    @Slot()
    def _leave(self) -> None:
        place, self._open = self._open, None
        self._more.stop()
        self._moment.stop()
        self._page.set_active(None)
        self.popup.close_popup()
        # Words without a blank have no chip to come back to.
        if place is not None and place.is_plain:
            self.places.drop([place])
        self.closed.emit()

    def _others(self, place: Place) -> list[Place]:
        linked = self.places.linked_with(place)
        return [other for other in self.places.all() if other not in linked and not other.is_plain]

    def _note_seen(self, place: Place) -> None:
        place.seen |= {key_of(row.fill) for row in place.rows[: self._settings.candidates]}

    def _show(self, place: Place) -> None:
        """Show what a place offers now, in its chip and in the popup."""
        self.places.show(place)
        if place is self._open:
            self.popup.update_rows(self._about(place), place.rows, place.chosen)
        self._fit()

    def _tell_order(self, place: Place) -> None:
        if place.is_plain and place.rows and place.length == place.own_length:
            self.ordered.emit(place.start, [row.words for row in place.rows])

    def _about(self, place: Place) -> Shown:
        return words_about(place, self.places, is_searching=self._more.place is place)

    def _choose(self, place: Place, row: Row) -> None:
        """Let a place, and all of its name, show a row's words."""
        for other in self.places.linked_with(place):
            other.chosen = other.row_like(row.fill) or row
            other.is_by_hand = True
            self.places.show(other)
        self._fit()

    def _align(self, place: Place) -> None:
        """Let all of a place's name show its words."""
        for other in self.places.linked_with(place):
            if other is not place and place.chosen is not None:
                other.rows = other.rows if other.row_like(place.chosen.fill) else place.rows
                other.chosen = other.row_like(place.chosen.fill)
                self.places.show(other)

    def _rank_others(self, place: Place) -> None:
        self._has_news = False
        if not place.is_plain:
            linked = self.places.linked_with(place)
            self._ranking.ask(linked, self._others(place), place.start)

    def _accept(self, place: Place, row: Row) -> None:
        has_news = self._has_news or self._ranking.is_pending or place.chosen is not row
        self._has_news = False
        self._ranking.stop()
        self._choose(place, row)
        self.landing.land(self.places.linked_with(place))
        rest = self.places.all()
        if has_news and rest:
            # The text holds the word now.
            self._ranking.ask([], rest, place.start)

    @Slot(object)
    def _on_chosen(self, row: Row) -> None:
        place = self._open
        if place is not None:
            self._choose(place, row)
            self._rank_others(place)

    @Slot(object, bool)
    def _on_accepted(self, row: Row, is_last: bool) -> None:
        place = self._open
        if place is None:
            return
        self._more.stop()
        others = self._others(place)
        after = [other for other in others if other.start > place.start] or others
        self._accept(place, row)
        if is_last or place.is_plain or not after:
            self.close()
        else:
            self.open(after[0])

    @Slot(int)
    def _on_stepped(self, step: int) -> None:
        places = [place for place in self.places.all() if not place.is_plain]
        if self._open in places:
            self.open(places[(places.index(self._open) + step) % len(places)])

    @Slot(object)
    def _on_length_chosen(self, length: Length) -> None:
        place = self._open
        if place is not None and length != place.length:
            place.ask_for(length)
            place.is_searched = True
            self._more.find_length(place, self._others(place))
            self.popup.set_working(True)

    @Slot()
    def _on_others_requested(self) -> None:
        if self._open is not None:
            self._more.find_others(self._open, self._others(self._open))
            self.popup.set_working(True)

    @Slot(object, object, object)
    def _on_found(self, place: Place, rows: Sequence[Row], result: FillResult) -> None:
        place.take_rows(rows)
        place.source = result
        place.is_by_hand = False
        self._show(place)
        self._note_seen(place)
        self._align(place)
        # The siblings keep their words until the writer chooses.
        self._has_news = True

    @Slot(object, object)
    def _on_added(self, place: Place, rows: Sequence[Row]) -> None:
        before = place.chosen
        place.rows = list(rows)
        place.put_in_order()
        self._note_seen(place)
        self._show(place)
        self._align(place)
        if before is None or place.row_like(before.fill) is not place.chosen:
            self._has_news = True

    @Slot(object, str)
    def _on_none_found(self, place: Place, message: str) -> None:
        place.take_error(self.tr("no word fits"), message)
        self._show(place)

    @Slot()
    def _on_search_ended(self) -> None:
        self.popup.set_working(False)
        if self._open is not None:
            self.popup.describe(self._about(self._open))
        self._fit()

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

    @Slot(int, int, int)
    def _on_page_changed(self, position: int, removed: int, added: int) -> None:
        if not self.landing.is_landing:
            self._touched += self.places.touched(position, added)

    @Slot()
    def _on_page_edited(self) -> None:
        touched, self._touched = self._touched, []
        if touched:
            self._ranking.stop()
            is_open = self._open in touched
            self.places.drop(touched)
            if is_open:
                self.close()
        self._fit()

    @Slot()
    def _on_page_loaded(self) -> None:
        self._ranking.stop()
        self.places.drop(self.places.all())
        self.close()

    @Slot()
    def _fit(self) -> None:
        """Put the popup where it belongs; away while its place is out of the writer's sight."""
        if self._open is None:
            return
        if self.popup.is_aside and not self._stand.is_in_view(self._open):
            self._leave()
        else:
            self._stand.fit(self._open)

    def _connect(self) -> None:
        page, popup, more = self._page, self.popup, self._more
        self._moment.timeout.connect(self._on_moment_over)
        popup.chosen.connect(self._on_chosen)
        popup.accepted.connect(self._on_accepted)
        popup.all_accepted.connect(self.accept_all)
        popup.stepped.connect(self._on_stepped)
        popup.length_chosen.connect(self._on_length_chosen)
        popup.others_requested.connect(self._on_others_requested)
        popup.closed.connect(self.dismiss)
        popup.left.connect(self._leave)
        popup.resized.connect(self._fit)
        more.found.connect(self._on_found)
        more.added.connect(self._on_added)
        more.failed.connect(self._on_none_found)
        more.ended.connect(self._on_search_ended)
        self._ranking.ranked.connect(self._on_ranked)
        page.changed.connect(self._on_page_changed)
        page.edited.connect(self._on_page_edited)
        page.loaded.connect(self._on_page_loaded)
        page.resized.connect(self._fit)
        page.verticalScrollBar().valueChanged.connect(self._fit)
