"""The panel at the right: one at a time, put away and brought back by one command."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from maria_editor.window.actions import Actions
from maria_editor.window.likelihood_flow import LikelihoodFlow
from maria_editor.window.review_flow import ReviewFlow


class PanelFlow(QObject):
    """Knows which panel is open, or was last."""

    def __init__(
        self, reviewing: ReviewFlow, likelihood: LikelihoodFlow, actions: Actions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._reviewing = reviewing
        self._likelihood = likelihood
        reviewing.is_sound = lambda place: all(map(likelihood.marks.is_sound, place.paragraphs()))
        self._open_last: Callable[[], object] = likelihood.toggle
        likelihood.opened.connect(self._on_likelihood_opened)
        reviewing.opened.connect(self._on_review_opened)
        actions["side_panel"].triggered.connect(self.toggle)

    @Slot()
    def toggle(self) -> None:
        """Put the panel away; or bring the last one back."""
        if not self.close():
            self._open_last()

    def close(self) -> bool:
        """Put the panel away; return whether there was one."""
        if self._reviewing.is_open:
            self._reviewing.leave()
        elif self._likelihood.is_on:
            self._likelihood.close()
        else:
            return False
        return True

    @Slot()
    def _on_likelihood_opened(self) -> None:
        self._reviewing.leave()
        self._open_last = self._likelihood.toggle

    @Slot()
    def _on_review_opened(self) -> None:
        self._likelihood.close()
        self._open_last = self._reviewing.toggle
