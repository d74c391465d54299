"""From mark to mark: the next unlikely word while they are shown, otherwise the next blank."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from maria_editor.editor.blanking import Blanking
from maria_editor.window.actions import Actions
from maria_editor.window.likelihood_flow import LikelihoodFlow
from maria_editor.window.notice import Notice


class MarksFlow(QObject):
    """Carries out the commands that lead on, and says so where there is nowhere to go.

    Signals:
        noticed(Notice): something to say to the writer.
    """

    noticed = Signal(object)

    def __init__(
        self, blanking: Blanking, likelihood: LikelihoodFlow, actions: Actions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._blanking = blanking
        self._likelihood = likelihood
        self._actions = actions
        actions["next_blank"].triggered.connect(lambda: self._go())
        actions["previous_blank"].triggered.connect(lambda: self._go(backwards=True))

    @Slot()
    def go_to_next_blank(self) -> None:
        """Select the next blank, whatever else is marked."""
        self._go_to_blank()

    @Slot()
    def say_no_blanks(self) -> None:
        """Say that there are no blanks yet, and how to make one."""
        rest = self.tr("Select a word and {way}.").format(way=self._actions.way_to("blank_out"))
        self.noticed.emit(Notice(self.tr("No blanks here yet."), rest))

    def _go(self, *, backwards: bool = False) -> None:
        if self._likelihood.is_on:
            self._likelihood.go(backwards=backwards)
        else:
            self._go_to_blank(backwards=backwards)

    def _go_to_blank(self, *, backwards: bool = False) -> None:
        if not self._blanking.go(backwards=backwards):
            self.say_no_blanks()
