"""What happens to the file behind the editor's back: says so, and lets the writer choose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from maria_editor.document.file_stamp import DiskState
from maria_editor.document.file_watch import FileWatch
from maria_editor.document.storage import TextFile
from maria_editor.editor.page import Page
from maria_editor.errors import OpenError
from maria_editor.theme.theme import Theme
from maria_editor.window.comparison import ComparisonCard, Sides
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.notice import Notice, Step


class DiskFlow(QObject):
    """Watches the file that is shown, and looks at it whenever the window becomes active.

    Signals:
        noticed(Notice): something to say to the writer.
        settled: what was said before is answered.
        replaced(str, str): this text is about to be given up, for this reason; keep it.
    """

    noticed = Signal(object)
    settled = Signal()
    replaced = Signal(str, str)

    def __init__(self, page: Page, files: FileFlow, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._page = page
        self._files = files
        self._theme = theme
        self._window = window
        self._said = DiskState.SAME
        self._watch = FileWatch(self)
        self._watch.touched.connect(self.look)
        files.shown.connect(self._on_shown)
        files.saved.connect(self._on_shown)
        # What others did while it was being saved was not looked at.
        files.save_failed.connect(self.look)
        files.overtaken.connect(self._on_overtaken)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the file when the writer comes back to the window."""
        if watched is self._window and event.type() is QEvent.Type.WindowActivate:
            self.look()
        return super().eventFilter(watched, event)

    @Slot()
    def look(self) -> None:
        """Say what has become of the file, once for each news."""
        state = self._files.disk_state()
        is_news, self._said = state is not self._said, state
        if not is_news:
            return
        if state is DiskState.CHANGED:
            # Nobody else has these words any more.
            self.replaced.emit(self._page.text(), self.tr("another program changed the file"))
            self._say_changed(self.tr("Your text is as you left it."))
        elif state is DiskState.GONE:
            self._say_gone()

    @Slot()
    def _on_shown(self) -> None:
        self._said = DiskState.SAME
        self._watch.watch(self._files.path)
        self.look()

    @Slot()
    def _on_overtaken(self) -> None:
        self._said = DiskState.CHANGED
        self._say_changed(self.tr("Nothing was written."))

    def _say_changed(self, rest: str) -> None:
        steps = (
            Step(self.tr("Compare"), self._compare),
            Step(self.tr("Keep mine"), self._keep_mine),
            Step(self.tr("Load theirs"), self._load_theirs),
        )
        news = self.tr("This file was changed by another program.")
        self.noticed.emit(Notice(news, rest, steps, is_warning=True))

    def _say_gone(self) -> None:
        self._files.note_gone()
        steps = (
            Step(self.tr("Save it again"), self._files.begin_saving),
            Step(self.tr("Save elsewhere…"), self._files.begin_saving_as),
        )
        news = self.tr("This file was moved or deleted.")
        rest = self.tr("Your text is here and in recovery.")
        self.noticed.emit(Notice(news, rest, steps, is_warning=True))

    def _compare(self) -> None:
        theirs = self._theirs()
        if theirs is None:
            return
        sides = Sides(
            old=self._page.text(),
            new=theirs,
            old_name=self.tr("yours"),
            new_name=self.tr("the file on disk"),
        )
        steps = (
            Step(self.tr("Load theirs"), self._load_theirs),
            Step(self.tr("Keep mine"), self._keep_mine),
        )
        card = ComparisonCard(self._theme, self._window, sides, steps)
        # Looking is not an answer: the notice comes back unless one was given.
        card.closed.connect(partial(self._say_changed, self.tr("Your text is as you left it.")))
        card.open()

    def _keep_mine(self) -> None:
        self._answer(self._files.keep_mine, self._theirs(), self.tr("keeping yours"))

    def _load_theirs(self) -> None:
        self._answer(self._files.reload, self._page.text(), self.tr("loading the file"))

    def _answer(self, action: Callable[[], object], given_up: str | None, reason: str) -> None:
        if given_up is not None:
            self.replaced.emit(given_up, reason)
        action()
        self._said = self._files.disk_state()
        self._watch.watch(self._files.path)
        self.settled.emit()

    def _theirs(self) -> str | None:
        """Return the text of the file as it is now; None, after saying why, if it has none."""
        assert self._files.path is not None
        try:
            return TextFile.load(self._files.path).text
        except OpenError as error:
            self._files.refused.emit(str(error))
            return None
