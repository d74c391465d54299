"""Unsaved writing of editors that are gone: offers it once, brings it back, loses none of it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess, Signal, Slot
from PySide6.QtWidgets import QWidget

from maria_editor.document.recovery import RecoveredText, RecoveryStore
from maria_editor.theme.theme import Theme
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.notice import Notice, Step
from maria_editor.window.recovery_card import RecoveryCard


class RecoveryFlow(QObject):
    """Shows the dialog after a crash. The first text comes here, each other one in a new window.

    Signals:
        noticed(Notice): something to say to the writer.
        deleted(RecoveredText): the writer has deleted this text for good.
    """

    noticed = Signal(object)
    deleted = Signal(object)

    def __init__(
        self,
        recovery: RecoveryStore,
        files: FileFlow,
        theme: Theme,
        window: QWidget,
        *,
        open_window: Callable[[RecoveredText], bool] | None = None,
    ) -> None:
        super().__init__(window)
        self._recovery = recovery
        self._files = files
        self._theme = theme
        self._window = window
        self._open_window = open_window or _open_window

    @Slot()
    def offer(self) -> None:
        """Say so when earlier editors left unsaved writing, and offer it."""
        left = self._recovery.left_behind()
        if left:
            card = RecoveryCard(self._theme, self._window, left)
            card.restore_requested.connect(self._on_restore)
            card.delete_requested.connect(self._on_delete)
            card.open()

    def restore_named(self, name: str) -> None:
        """Restore the text of this recovery folder; for a window that was opened for it."""
        for text in self._recovery.left_behind():
            if text.folder.name == name:
                self._restore_here(text)
                return
        self._say_taken()

    @Slot(object)
    def _on_restore(self, texts: tuple[RecoveredText, ...]) -> None:
        # An empty page is free for the first; writing is not pushed aside for it.
        here = () if self._files.is_modified else texts[:1]
        for text in here:
            self._restore_here(text)
        failed = [text for text in texts[len(here) :] if not self._open_window(text)]
        if failed:
            news = self.tr("One text could not be shown in a window of its own.")
            rest = self.tr("It is still kept.")
            self.noticed.emit(Notice(news, rest, (Step(self.tr("Show again"), self.offer),), True))

    @Slot(object)
    def _on_delete(self, texts: tuple[RecoveredText, ...]) -> None:
        for text in texts:
            self._recovery.forget(text)
            self.deleted.emit(text)
        self.offer()

    def _restore_here(self, text: RecoveredText) -> None:
        if not self._files.restore(text):
            self._say_taken()

    def _say_taken(self) -> None:
        news = self.tr("This text is already back, in another window.")
        self.noticed.emit(Notice(news))


def _open_window(text: RecoveredText) -> bool:
    """Start another editor for one recovered text; return whether that worked."""
    # A bundle is its own program; elsewhere Python runs the package.
    command = [] if getattr(sys, "frozen", False) else ["-m", "maria_editor"]
    arguments = [*command, "--restore", text.folder.name]
    started = QProcess.startDetached(sys.executable, arguments)
    return bool(started[0] if isinstance(started, tuple) else started)
