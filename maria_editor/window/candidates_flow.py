"""The popup of suggestions: where and when it opens, who has the keyboard, what its keys do.

Nothing of them is in the text until it is accepted; one acceptance is one undo step. What places
offer is the business of `candidates_suggestions`.
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
from maria_editor.window.candidates_lengths import Length
from maria_editor.window.candidates_places import Place
from maria_editor.window.candidates_popup import CandidatesPopup, Shown
from maria_editor.window.candidates_rows import Row
from maria_editor.window.candidates_stand import CandidatesStand
from maria_editor.window.candidates_suggestions import Suggestions
from maria_editor.window.candidates_words import length_offered, words_about
from maria_editor.window.notice import Notice, Step
from maria_editor.window.waiting import MOMENT_MS, Waiting
from maria_model.api import BlankResult

_LEAST_TO_CYCLE = 2


class CandidatesFlow(QObject):
    """Joins the page, the popup and what its places offer.

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
        self._actions = actions
        self.suggestions = Suggestions(page, engine, settings, self)
        self.places = self.suggestions.places
        self.landing = self.suggestions.landing
        self.popup = CandidatesPopup(theme, page.window())
        self.popup.home = page
        self.popup.way_in.follow(actions["next_suggestion"])
        self._stand = CandidatesStand(page, self.popup)
        self.waiting = Waiting(page, self)
        self._moment = QTimer(self, interval=MOMENT_MS, singleShot=True)
        # Whether words were asked for and have not come; whoever asks says.
        self.is_awaited: Callable[[], bool] = lambda: False
        self._open: Place | None = None
        self._touched: list[Place] = []
        self._connect()
        actions["accept_all"].triggered.connect(self.accept_all)
        for name, rows in (("next_suggestion", 1), ("previous_suggestion", -1)):
            actions[name].triggered.connect(lambda _=False, rows=rows: self.cycle(rows))

    @property
    def has_previews(self) -> bool:
        """Whether something stands in chips that is not in the text."""
        return bool(self.places.all())

    @property
    def is_open(self) -> bool:
        """Whether the popup is open."""
        return self._open is not None

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
            self._on_place_changed(self._open)
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
        """Show other words for places that nobody has chosen a word for yet."""
        self.suggestions.reconsider(better, self._open)
        self._fit()

    def open(self, place: Place) -> None:
        """Show the popup at a place, as the writer asks: it hears the keys."""
        self._open_at(place)
        self.popup.take_keyboard()
        self._fit()

    def _open_at(self, place: Place) -> None:
        self.suggestions.stop_search()
        self._moment.stop()
        self._open = place
        self._page.set_active(place.cursor)
        self._stand.bring_into_view(place)
        self.suggestions.note_seen(place)
        self.suggestions.find_company(place)
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
        announce(self._page, row.words)

    @Slot()
    def accept_all(self) -> None:
        """Put every preview into the text, as one undo step."""
        place = self._open
        is_plain = place is not None and place.is_plain
        self.suggestions.land(
            [place] if place is not None and is_plain else self.places.previewed()
        )
        self.close()

    @Slot()
    def dismiss(self) -> None:
        """Take the previews away; the blanks stay."""
        place = self._open
        is_plain = place is not None and place.is_plain
        self.suggestions.drop([place] if place is not None and is_plain else self.places.all())
        self.close()

    def forget_at(self, spans: Sequence[tuple[int, int]]) -> None:
        """Take back what is offered at these places of the document, and close the popup."""
        starts = {start for start, _ in spans}
        self.close()
        self.suggestions.drop([place for place in self.places.all() if place.start in starts])

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
        self.suggestions.stop_search()
        self._moment.stop()
        self._page.set_active(None)
        self.popup.close_popup()
        # Words without a blank have no chip to come back to.
        if place is not None and place.is_plain:
            self.places.drop([place])
        self.closed.emit()

    def _choose(self, place: Place, row: Row) -> None:
        self.suggestions.choose(place, row)
        self.suggestions.rank_others(place)
        self._fit()

    @Slot(object)
    def _on_place_changed(self, place: Place) -> None:
        """Show what a place offers now in the popup; its chip shows it."""
        if place is self._open:
            self.popup.update_rows(self._about(place), place.rows, place.chosen)
        self._fit()

    def _tell_order(self, place: Place) -> None:
        if place.is_plain and place.rows and place.length == place.own_length:
            self.ordered.emit(place.start, [row.words for row in place.rows])

    def _about(self, place: Place) -> Shown:
        is_searching = self.suggestions.searched is place
        limit = self._settings.candidates
        return words_about(place, self.places, limit=limit, is_searching=is_searching)

    @Slot(object)
    def _on_chosen(self, row: Row) -> None:
        place = self._open
        if place is not None:
            self._choose(place, row)

    @Slot(object, bool)
    def _on_accepted(self, row: Row, is_last: bool) -> None:
        place = self._open
        if place is None:
            return
        self.suggestions.stop_search()
        others = self.suggestions.beside(place)
        after = [other for other in others if other.start > place.start] or others
        self.suggestions.accept(place, row)
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
        if place is not None and length != length_offered(place, self._settings.candidates):
            self.suggestions.find_length(place, length)
            self.popup.set_working(True)

    @Slot()
    def _on_others_requested(self) -> None:
        if self._open is not None:
            self.suggestions.find_others(self._open)
            self.popup.set_working(True)

    @Slot()
    def _on_search_ended(self) -> None:
        self.popup.set_working(False)
        if self._open is not None:
            self.popup.describe(self._about(self._open))
        self._fit()

    @Slot(int, int, int)
    def _on_page_changed(self, position: int, removed: int, added: int) -> None:
        if not self.landing.is_landing:
            self._touched += self.places.touched(position, added)

    @Slot()
    def _on_page_edited(self) -> None:
        touched, self._touched = self._touched, []
        if touched:
            place = self._open if self._open in touched else None
            self.suggestions.drop(touched)
            if place is not None:
                self.close()
                self._say_set_aside(place)
        self._fit()

    def _say_set_aside(self, place: Place) -> None:
        def again() -> None:
            self._page.select_at(place.start, place.end)
            self._actions["alternatives" if place.is_plain else "fill"].trigger()

        def stands() -> bool:
            return not self.is_open and self.places.stands(place)

        news = self.tr("You edited this sentence, so these suggestions were set aside.")
        step = Step(self.tr("Fill again"), again)
        self.noticed.emit(Notice(news, steps=(step,), stands=stands))

    @Slot()
    def _on_page_loaded(self) -> None:
        self.suggestions.drop(self.places.all())
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
        page, popup = self._page, self.popup
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
        self.suggestions.changed.connect(self._on_place_changed)
        self.suggestions.search_ended.connect(self._on_search_ended)
        page.changed.connect(self._on_page_changed)
        page.edited.connect(self._on_page_edited)
        page.loaded.connect(self._on_page_loaded)
        page.resized.connect(self._fit)
        page.verticalScrollBar().valueChanged.connect(self._fit)
