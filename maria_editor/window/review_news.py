"""What a review says in the notice strip, and the steps it offers there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.review_place import PassagePlace
from maria_editor.settings import STRENGTHS, StrengthChoice
from maria_editor.window.actions import Actions
from maria_editor.window.notice import Notice, Step
from maria_editor.window.strength_names import nothing_at, strength_names

_Action = Callable[[], object]


class ReviewNews(QObject):
    """Puts it into words.

    Signals:
        noticed(Notice): something to say to the writer.
    """

    noticed = Signal(object)

    def __init__(self, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions

    def say_read_only(self, stands: Callable[[], bool]) -> None:
        """Say that this text is not refined."""
        news = self.tr("This text is open for reading only.")
        rest = self.tr("Save it under another name first.")
        self.noticed.emit(Notice(news, rest, stands=stands))

    @Slot()
    def say_refused(self) -> None:
        """Say that what is typed is not written, and how it would be."""
        rest = self.tr("Press Esc to go on writing; what you decided is kept.")
        self.noticed.emit(Notice(self.tr("This text is under review."), rest))

    def say_ready(self, place: PassagePlace, look: _Action) -> None:
        """Offer a review to a writer who is writing: nothing is taken from under the hands."""
        step = Step(self.tr("Look at them"), look)
        news = self.tr("There are changes to look at.")
        self.noticed.emit(Notice(news, steps=(step,), stands=place.is_unchanged))

    def say_outdated(self, place: PassagePlace, again: _Action) -> None:
        """Say that a proposal is gone, since its words were edited."""
        news = self.tr("You edited this text, so this proposal was set aside.")
        step = Step(self.tr("Refine again"), again)
        self.noticed.emit(Notice(news, steps=(step,), stands=lambda: not place.is_unchanged()))

    def say_nothing(
        self,
        place: PassagePlace,
        strength: StrengthChoice,
        try_at: Callable[[StrengthChoice], object],
        *,
        is_sound: bool = False,
    ) -> None:
        """Say that nothing was found at this strength, and offer the next one.

        A word may stand out and yet have no word that is surely better: the writer may choose one.
        `is_sound` where the words were read, and none is very unlikely.
        """
        strengths: list[StrengthChoice] = list(STRENGTHS)
        bolder = strengths[strengths.index(strength) + 1 :][:1]
        label = self.tr("Look more boldly: {strength}")
        steps = tuple(
            Step(label.format(strength=strength_names()[choice]), partial(try_at, choice))
            for choice in bolder
        )
        rest = self.tr("For a word you doubt, {way}.")
        if is_sound:
            rest = self.tr("That is a good sign. {rest}").format(rest=rest)
        rest = rest.format(way=self._actions.way_to("alternatives"))
        self.noticed.emit(Notice(nothing_at(strength), rest, steps, stands=place.is_unchanged))

    def say_stopped(self) -> None:
        """Say that a round was stopped."""
        self.noticed.emit(Notice(self.tr("Stopped."), self.tr("Nothing was changed.")))

    def offer_sweeps(self, count: int, place: PassagePlace, look: _Action) -> None:
        """Say that a round was stopped, and offer what it has come to."""
        news, rest = self.tr("Stopped."), self.tr("Nothing was changed.")
        label = (
            self.tr("Look at the 1 sweep so far")
            if count == 1
            else self.tr("Look at the {n} sweeps so far").format(n=count)
        )
        steps = (Step(label, look),)
        self.noticed.emit(Notice(news, rest, steps, stands=place.is_unchanged))
