"""Text safety: puts recovery, earlier versions and the watch on the disk into the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Slot

from maria_editor.document.recovery import RecoveryStore
from maria_editor.editor.page import Page
from maria_editor.theme.announce import announce
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.disk_flow import DiskFlow
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.fill_flow import FillFlow
from maria_editor.window.notice import Notice, NoticeStrip, Step
from maria_editor.window.recovery_flow import RecoveryFlow
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.status import StatusReporter
from maria_editor.window.versions_flow import VersionsFlow


class SafetyFlow(QObject):
    """Owns the flows that keep the text safe; their notices go to the window's strip."""

    def __init__(
        self,
        page: Page,
        files: FileFlow,
        recovery: RecoveryStore,
        notices: NoticeStrip,
        *,
        actions: Actions,
        theme: Theme,
    ) -> None:
        window = page.window()
        super().__init__(window)
        self._page = page
        self._files = files
        self._notices = notices
        self._store = recovery
        # Whether unsaved writing is kept aside, and whether the writer knows if it is not.
        self._is_kept, self._is_told = True, False
        # What was said of the file last, and what that stands in the place of.
        self._of_file: Notice | None = None
        self._covered: Notice | None = None
        notices.home = page
        # Before the flows that look at the new text: what they say must stay.
        files.shown.connect(notices.dismiss)
        files.saved.connect(self._settle)
        self.recovery = RecoveryFlow(recovery, files, theme, window)
        self.versions = VersionsFlow(page, files, theme, window)
        self.disk = DiskFlow(page, files, theme, window)
        for noticed in (files.noticed, self.recovery.noticed, self.disk.noticed):
            noticed.connect(self._say)
        self.disk.settled.connect(self._settle)
        self.disk.replaced.connect(self.versions.take)
        actions["versions"].triggered.connect(self.versions.show_versions)
        app = QCoreApplication.instance()
        assert app is not None
        # A signal closes no window, and a slow disk would keep this one.
        app.aboutToQuit.connect(window.hide)
        app.aboutToQuit.connect(files.finish_saving)
        app.aboutToQuit.connect(files.remember_place)

    def watch(self, filling: FillFlow, refining: RefineFlow, reporter: StatusReporter) -> None:
        """Keep a version of the text before each request: answers land on that very text."""
        filling.started.connect(self.versions.take_before_filling)
        refining.started.connect(self.versions.take_before_refining)
        self._store.kept.connect(reporter.say_kept)
        self._store.kept.connect(self._on_kept)
        self._store.failed.connect(reporter.say_recovery_failed)
        self._store.failed.connect(self._on_not_kept)
        self._files.save_failed.connect(reporter.say_save_failed)
        self._files.save_failed.connect(self._on_save_failed)
        self._files.saved.connect(self._on_saved)

    def close(self) -> None:
        """Write what is on its way; the window goes."""
        self.versions.ring.close()

    @Slot(object)
    def _say(self, notice: Notice) -> None:
        """Say something of the file; what stood there comes back once that is settled."""
        shown = self._notices.notice
        if self._notices.isHidden():
            self._covered = None
        elif shown is not self._of_file:
            self._covered = shown
        self._of_file = notice
        self._notices.show_notice(notice)

    @Slot()
    def _settle(self) -> None:
        """Take away what was said of the file, now that all is well; other news stay."""
        covered, self._covered = self._covered, None
        if not self._notices.isHidden() and self._notices.notice is self._of_file:
            self._notices.dismiss()
            if covered is not None:
                self._notices.show_notice(covered)
        self._notices.check()

    @Slot(str)
    def _on_save_failed(self, message: str) -> None:
        # The remedy is the step's; what matters more is where the text is now.
        news = Notice.from_message(message).news
        step = Step(self.tr("Save elsewhere…"), self._files.begin_saving_as)
        kept, not_kept = self.tr("Your text is kept in recovery."), self.tr("It is only here.")
        rest = kept if self._is_kept else not_kept
        self._say(Notice(news, rest, (step,), is_warning=True))

    @Slot()
    def _on_kept(self) -> None:
        self._is_kept, self._is_told = True, False

    @Slot()
    def _on_saved(self) -> None:
        self._is_told = False
        announce(self._page, self.tr("Saved."))

    @Slot(str)
    def _on_not_kept(self, message: str) -> None:
        self._is_kept = False
        # It is tried each second; said each second it would only be in the way.
        if not self._is_told:
            self._is_told = True
            step = Step(self.tr("Save"), self._files.begin_saving)
            self._say(Notice.from_message(message, step, is_warning=True))
