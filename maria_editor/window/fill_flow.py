"""Filling: asks the engine for words, one request at a time, and hands the answer on as previews.

An answer counts for the blanks whose paragraphs are as they were. Nothing here changes the text.
Several blanks are answered twice: by the words that settled first, and by the joint answer that
suits all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QElapsedTimer, QObject, Signal, Slot

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.engine.messages import LOADING
from maria_editor.window.candidates_flow import CandidatesFlow
from maria_editor.window.candidates_more import MOST_CANDIDATES
from maria_editor.window.candidates_places import Place, question
from maria_editor.window.candidates_rows import Row
from maria_editor.window.notice import Notice, Step
from maria_model.api import BlankResult, FillRequest, FillResult, ModelInfo, Progress, Stats
from maria_model.blanks import Blank, find_blanks
from maria_model.scripts import is_script_of

# So that the first previews of several blanks hang together.
_HYPOTHESES = 3
# What is farther off in a paragraph says nothing of the script of a blank.
_NEAR = 1000


class FillFlow(QObject):
    """Joins the page's blanks and the engine; what becomes of the words is `candidates`' business.

    Signals:
        started: a request is on its way.
        advanced(Progress): it is getting on.
        answered(FillResult): its words stand in the chips, as suggestions.
        landed(FillResult): the writer took these fills; they are in the text.
        no_blanks: there is nothing to fill.
        ended: no request is on its way any more, however it ended.
        noticed(Notice): something to say to the writer.
    """

    started = Signal()
    advanced = Signal(object)
    answered = Signal(object)
    landed = Signal(object)
    no_blanks = Signal()
    ended = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        page: Page,
        blanking: Blanking,
        engine: EngineClient,
        candidates: CandidatesFlow,
        parent: QObject,
        *,
        is_free: Callable[[], bool],
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._blanking = blanking
        self._engine = engine
        self._candidates = candidates
        # One request at a time, whoever made it.
        self._is_free = is_free
        self._job: int | None = None
        # The request whose first words are offered, while it looks for a better joint answer.
        self._afterthought: int | None = None
        self._settled: dict[int, BlankResult] = {}
        # Since the request went to a model that was awake; otherwise it is not valid.
        self._waited = QElapsedTimer()
        self._request = FillRequest(text="")
        # By the numbers of their blanks in the request.
        self._places: dict[int, Place] = {}
        # What their paragraphs said when they were asked about.
        self._paragraphs: dict[int, str] = {}
        engine.progressed.connect(self._on_progressed)
        engine.filled.connect(self._on_filled)
        engine.cancelled.connect(self._on_cancelled)
        engine.failed.connect(self._on_failed)
        candidates.landing.landed.connect(self.landed)
        candidates.is_awaited = lambda: self.is_busy

    @property
    def is_busy(self) -> bool:
        """Whether a request is on its way."""
        return self._job is not None

    @property
    def _is_joint(self) -> bool:
        """Whether words were asked for that suit several blanks together."""
        return len(self._places) > 1

    def fill_here(self) -> None:
        """Fill the blanks at the caret or in the selection, or all if there is none.

        Where words are offered already, show them again; elsewhere take all that are offered.
        """
        if self._candidates.open_here():
            return
        here = self._blanking.here()
        if not here and self._candidates.has_previews:
            self._candidates.accept_all()
            return
        self.fill(here or None)

    def fill_all(self) -> None:
        """Fill every blank."""
        self.fill(None)

    def fill(self, indices: Sequence[int] | None) -> None:
        """Ask for the blanks with these indices, in reading order; None asks for all."""
        if not self._is_free() or self._page.isReadOnly():
            return
        text = self._page.text()
        blanks = find_blanks(text, strict=False)
        if not blanks:
            self.no_blanks.emit()
            return
        wanted = range(len(blanks)) if indices is None else indices
        unread = [blanks[index] for index in wanted if blanks[index].error is not None]
        if len(unread) < len(wanted):
            read = [index for index in wanted if blanks[index].error is None]
            self._ask_about(text, blanks, read)
        if unread:
            self._say_unread(unread)

    def _ask_about(self, text: str, blanks: Sequence[Blank], wanted: Sequence[int]) -> None:
        offsets = OffsetMap(text)
        places = {}
        for index in wanted:
            start, end = blanks[index].start, blanks[index].end
            span = offsets.to_utf16(start), offsets.to_utf16(end)
            places[index] = self._candidates.places.make(*span, text[start:end])
        spans = [(place.start, place.end) for place in places.values()]
        self._candidates.forget_at(spans)
        self._candidates.places.show_pending(places.values())
        self._ask(text, places, None if len(wanted) == len(blanks) else tuple(wanted))

    def _say_unread(self, blanks: Sequence[Blank]) -> None:
        if len(blanks) == 1:
            news = self.tr("One blank cannot be read and is left alone.")
        else:
            news = self.tr("{n} blanks cannot be read and are left alone.").format(n=len(blanks))
        self.noticed.emit(Notice(news, blanks[0].error or "", is_warning=True))

    def fill_words(self, start: int, end: int, literal: str) -> None:
        """Ask for other words in the place of `[start, end)`, document positions."""
        if not self._is_free() or self._page.isReadOnly():
            return
        self._candidates.close()
        place = self._candidates.places.make(start, end, literal, is_plain=True)
        asked = question(self._page.text(), [place])
        self._page.set_active(place.cursor)
        self._ask(asked.text, {asked.of(place): place}, (asked.of(place),))

    def again(self) -> None:
        """Ask for the same blanks, or words, in the text as it is now."""
        plain = [place for place in self._places.values() if place.is_plain]
        if plain:
            self.fill_words(plain[0].start, plain[0].end, plain[0].literal)
            return
        count = len(self._blanking.all())
        wanted = self._request.blanks
        # After an edit the indices may mean other blanks.
        self.fill(None if wanted is None or max(wanted) >= count else wanted)

    def _ask(self, text: str, places: dict[int, Place], blanks: tuple[int, ...] | None) -> None:
        self._forget_afterthought()
        self._places, self._settled = places, {}
        self._paragraphs = {index: _paragraph(place) for index, place in places.items()}
        self._request = FillRequest(
            text=text,
            blanks=blanks,
            num_candidates=MOST_CANDIDATES,
            num_hypotheses=_HYPOTHESES if len(places) > 1 else 1,
            revision=self._page.revision,
        )
        self._candidates.waiting.begin()
        self._waited.invalidate()
        if self._engine.state is EngineState.READY:
            self._waited.start()
        self._job = self._engine.fill(self._request)
        self.started.emit()

    def _is_untouched(self, index: int) -> bool:
        """Whether the paragraph of a blank that was asked about is as it was."""
        return _paragraph(self._places[index]) == self._paragraphs[index]

    def _untouched(self, blanks: Sequence[BlankResult]) -> list[BlankResult]:
        return [blank for blank in blanks if self._is_untouched(blank.index)]

    def _finish(self) -> None:
        self._job = None
        self._page.set_active(None)
        places = [place for place in self._places.values() if not place.is_plain]
        self._page.release_chips_at(place.start for place in places)
        self.ended.emit()

    def _suggest(self, blanks: Sequence[BlankResult], source: FillResult) -> list[Place]:
        """Return the places with what was found for them."""
        found = []
        for blank in blanks:
            place = self._places.get(blank.index)
            if place is not None:
                place.take_rows(place.rows_from(blank))
                if self._is_joint:
                    place.lead_with(blank.fill)
                if not place.rows:
                    place.take_error("", self.tr("No other words fit here. Try another length."))
                place.source = source
                found.append(place)
        return found

    def _give_up(self, places: Sequence[Place]) -> list[Place]:
        """Return the places, which say that no word fits."""
        reason = self.tr("No word fits this rule here. Try another length or loosen the rule.")
        for place in places:
            place.take_error(self.tr("no word fits"), reason)
        return list(places)

    def _say_unfilled(self, places: Sequence[Place]) -> None:
        name = places[0].blank.name
        if len(places) == 1 and name is None:
            news = self.tr("No word fits this rule here.")
            rest = self.tr("Try another length or loosen the rule.")
        elif name is not None and all(place.blank.name == name for place in places):
            news = self.tr("No word suits every blank named {name}.").format(name=name)
            rest = self.tr("Loosen their rules.")
        else:
            news = self.tr("No word fits the rules of {n} blanks.").format(n=len(places))
            rest = self.tr("Try other lengths or loosen the rules.")
        show = Step(self.tr("Show me"), lambda: self._candidates.open_again(places[0]))
        stands = self._standing(places)
        self.noticed.emit(Notice(news, rest, (show,), is_warning=True, stands=stands))

    def _say_guessed(self, places: Sequence[Place]) -> None:
        """Say so where words are offered in another script than their paragraph's."""
        unread = [place for place in places if place.rows and not _is_read(place)]
        if unread:
            news = self.tr("The model does not know the script of this paragraph.")
            rest = self.tr("The words it offers there are guesses.")
            self.noticed.emit(Notice(news, rest, stands=self._standing(unread)))

    def _standing(self, places: Iterable[Place]) -> Callable[[], bool]:
        """Return what tells whether one of these places is still in the text."""
        known, stands = tuple(places), self._candidates.places.stands
        return lambda: any(map(stands, known))

    def _differing(self, indices: Iterable[int]) -> Callable[[], bool]:
        """Return what tells whether a place is in a paragraph that still reads otherwise."""
        known = [(self._places[index], self._paragraphs[index]) for index in indices]
        stands = self._candidates.places.stands
        return lambda: any(stands(place) and _paragraph(place) != was for place, was in known)

    def _so_far(
        self, blanks: Sequence[BlankResult], model: ModelInfo, *, seconds: float = 0.0
    ) -> FillResult:
        """Return what has settled as an answer; `seconds` is how long the writer waited."""
        words = sum(len(blank.fill.split()) for blank in blanks)
        stats = Stats(method="", ar_passes=0, mlm_passes=0, tokens=0, words=words, seconds=seconds)
        return FillResult(
            text="",
            blanks=tuple(blanks),
            hypotheses=(),
            seed=self._request.sampling.seed,
            model=model,
            stats=stats,
        )

    def _keep(self, blanks: Sequence[BlankResult], request: FillRequest) -> None:
        model = self._engine.info
        if self._request is request and model is not None:
            kept = self._untouched(blanks)
            self._candidates.landing.land(self._suggest(kept, self._so_far(kept, model)))

    def _offer_settled(self, job: int, model: ModelInfo) -> None:
        """Offer the words that have settled; a joint answer may still better them."""
        blanks = [self._settled[index] for index in sorted(self._settled)]
        waited = max(1, self._waited.elapsed()) / 1000 if self._waited.isValid() else 0.0
        result = self._so_far(blanks, model, seconds=waited)
        self._finish()
        self._engine.let_give_way(job)
        self._afterthought = job
        found = self._suggest(blanks, result)
        self._candidates.offer(found)
        self.answered.emit(result)
        self._say_guessed(found)

    def _forget_afterthought(self) -> None:
        job, self._afterthought = self._afterthought, None
        if job is not None:
            self._engine.cancel_job(job)

    def _reconsider(self, result: FillResult) -> None:
        """Show a joint answer in the place of the words that settled first."""
        self._afterthought = None
        untouched = self._untouched(result.blanks)
        self._candidates.reconsider([(self._places[blank.index], blank) for blank in untouched])

    @Slot(int, object)
    def _on_progressed(self, job: int, progress: Progress) -> None:
        if self._job is None or job not in (LOADING, self._job):
            return
        blank = progress.blank
        place = self._places.get(blank.index) if blank is not None else None
        is_shown = place is not None and not place.is_plain
        if blank is not None and place is not None and is_shown and self._is_untouched(blank.index):
            first = Row(blank.fill, 1.0) if self._is_joint else place.rows_from(blank)[0]
            self._candidates.places.show_first(place, first.words)
            self._settled[blank.index] = blank
        self.advanced.emit(progress)
        model = self._engine.info
        if len(self._settled) == len(self._places) > 1 and model is not None:
            self._offer_settled(job, model)

    @Slot(int, object)
    def _on_filled(self, job: int, result: FillResult) -> None:
        if job == self._afterthought:
            self._reconsider(result)
        if job != self._job:
            return
        self._finish()
        touched = [index for index in self._places if not self._is_untouched(index)]
        if len(touched) < len(self._places):
            self._offer(result)
        if touched:
            news = self.tr("You edited this sentence, so these suggestions were set aside.")
            step = Step(self.tr("Fill again"), self.again)
            self.noticed.emit(Notice(news, steps=(step,), stands=self._differing(touched)))

    def _offer(self, result: FillResult) -> None:
        found = self._suggest(self._untouched(result.blanks), result)
        unfilled = [blank.index for blank in result.unfilled if self._is_untouched(blank.index)]
        empty = [self._places[index] for index in unfilled]
        self._candidates.offer([*found, *self._give_up(empty)])
        self.answered.emit(result)
        self._say_guessed(found)
        if empty:
            self._say_unfilled(empty)

    @Slot(int, object)
    def _on_cancelled(self, job: int, partial: Sequence[BlankResult]) -> None:
        if job == self._afterthought:
            self._afterthought = None
        if job != self._job:
            return
        self._finish()
        partial, request = self._untouched(partial), self._request
        steps: tuple[Step, ...] = ()
        if partial:
            label = (
                self.tr("Keep the 1 fill so far")
                if len(partial) == 1
                else self.tr("Keep the {count} fills so far").format(count=len(partial))
            )
            steps = (Step(label, lambda: self._keep(partial, request)),)
        news, rest = self.tr("Stopped."), self.tr("Nothing was changed.")

        def may_keep() -> bool:
            return self._request is request and bool(self._untouched(partial))

        stands = may_keep if partial else None
        self.noticed.emit(Notice(news, rest, steps, stands=stands))

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        if job == self._afterthought:
            self._afterthought = None
        if job != self._job:
            return
        self._finish()
        untouched = [place for index, place in self._places.items() if self._is_untouched(index)]
        if failure.kind == "NotSupportedError" and untouched:
            self._candidates.offer(self._give_up(untouched))
        again = Step(self.tr("Try again"), self.again)
        stands = self._standing(self._places.values())
        notice = Notice.from_message(failure.message, again, is_warning=True, stands=stands)
        self.noticed.emit(notice)


def _paragraph(place: Place) -> str:
    return place.cursor.block().text()


def _is_read(place: Place) -> bool:
    """Return whether a word that is offered is in the script of what stands around it."""
    at = place.start - place.cursor.block().position()
    around = _paragraph(place)[max(0, at - _NEAR) : at + _NEAR]
    for blank in reversed(find_blanks(around, strict=False)):
        around = around[: blank.start] + around[blank.end :]
    return is_script_of(around, (row.fill for row in place.rows))
