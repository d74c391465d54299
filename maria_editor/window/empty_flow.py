"""The hints on an empty page: they leave with the first letter and come back with an empty text."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Slot

from maria_editor.editor.empty_page import EmptyPage
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.help_flow import HelpFlow

# From the top of the first line to the hints.
_BELOW = 88


class EmptyFlow(QObject):
    """Shows the hints in their place, and carries out what they offer."""

    def __init__(
        self, page: Page, files: FileFlow, tour: HelpFlow, actions: Actions, theme: Theme
    ) -> None:
        super().__init__(page)
        self._page = page
        hints = (
            (actions["blank_out"], self.tr("blank out the word you are unsure of")),
            (actions["fill"], self.tr("see what fits both sides")),
            (actions["refine"], self.tr("refine a paragraph, change by change")),
            (actions["palette"], self.tr("find any command")),
        )
        self.hints = EmptyPage(theme, hints, page.viewport())
        self.hints.open_requested.connect(files.open)
        self.hints.tour_requested.connect(tour.show_tour)
        page.set_placeholder(self.tr("Write, or paste something you are working on."))
        page.edited.connect(self._on_edited)
        page.resized.connect(self._place)
        self._on_edited()

    @Slot()
    def _on_edited(self) -> None:
        is_empty = self._page.document().isEmpty()
        self.hints.setVisible(is_empty)
        if is_empty:
            self._place()

    @Slot()
    def _place(self) -> None:
        line = self._page.first_line()
        self.hints.move(QPoint(round(line.left()), round(line.top()) + _BELOW))
