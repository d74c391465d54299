"""Earlier versions: takes one before each change by the model, shows them, brings one back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from maria_editor.document.snapshots import SnapshotRing, Version
from maria_editor.editor.page import Page
from maria_editor.theme.theme import Theme
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.versions_card import VersionsCard


class VersionsFlow(QObject):
    """Keeps the ring of the text that is on the page."""

    def __init__(
        self,
        page: Page,
        files: FileFlow,
        theme: Theme,
        window: QWidget,
        *,
        ring: SnapshotRing | None = None,
    ) -> None:
        super().__init__(window)
        self._page = page
        self._files = files
        self._theme = theme
        self._window = window
        self.ring = ring or SnapshotRing()
        self._path = files.path
        files.shown.connect(self._on_shown)
        files.saved.connect(self._on_saved)

    @Slot()
    def take_before_filling(self) -> None:
        """Keep the text as it is before the model fills blanks."""
        self.take(self._page.text(), self.tr("filling blanks"))

    @Slot()
    def take_before_refining(self) -> None:
        """Keep the text as it is before the model refines a passage."""
        self.take(self._page.text(), self.tr("refining"))

    @Slot(str, str)
    def take(self, text: str, before: str) -> None:
        """Keep a text, with what is about to happen to it."""
        self.ring.take(text, before)

    @Slot()
    def show_versions(self) -> None:
        """Let the writer look at the earlier versions, and bring one back."""
        card = VersionsCard(self._theme, self._window, self.ring.all(), self._page.text())
        card.chosen.connect(self._on_chosen)
        card.open()

    @Slot()
    def _on_shown(self) -> None:
        self._path = self._files.path
        self.ring.turn_to(self._path)

    @Slot()
    def _on_saved(self) -> None:
        if self._files.path != self._path:
            is_first_name, self._path = self._path is None, self._files.path
            self.ring.turn_to(self._path, take_along=is_first_name)

    @Slot(object)
    def _on_chosen(self, version: Version) -> None:
        self.take(self._page.text(), self.tr("bringing back an earlier version"))
        self._files.replace_text(version.text)
