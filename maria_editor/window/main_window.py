"""The main window: puts page, rows, panel and flows together, and takes the writer's commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from maria_editor.document.recovery import RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.editor.blanking import Blanking
from maria_editor.editor.page import Page
from maria_editor.engine.client import EngineClient, EngineFailure, EngineState
from maria_editor.engine.messages import LOADING
from maria_editor.settings import Settings
from maria_editor.theme.icons import app_icon
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.alternatives_flow import AlternativesFlow
from maria_editor.window.blank_flow import BlankFlow
from maria_editor.window.candidates_flow import CandidatesFlow
from maria_editor.window.count_flow import CountFlow
from maria_editor.window.empty_flow import EmptyFlow
from maria_editor.window.error_flow import ErrorFlow
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.fill_flow import FillFlow
from maria_editor.window.find_bar import FindBar
from maria_editor.window.find_flow import FindFlow
from maria_editor.window.help_flow import HelpFlow
from maria_editor.window.likelihood_flow import LikelihoodFlow
from maria_editor.window.likelihood_panel import LikelihoodPanel
from maria_editor.window.lock_flow import LockFlow
from maria_editor.window.marks_flow import MarksFlow
from maria_editor.window.model_card import ModelFacts
from maria_editor.window.notice import Notice, NoticeStrip, Step
from maria_editor.window.open_flow import OpenFlow
from maria_editor.window.page_menu import PageMenu
from maria_editor.window.palette import CommandPalette
from maria_editor.window.pane_flow import PaneFlow
from maria_editor.window.panel_flow import PanelFlow
from maria_editor.window.print_flow import PrintFlow
from maria_editor.window.provenance_flow import ProvenanceFlow
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.review_flow import ReviewFlow
from maria_editor.window.review_panel import ReviewPanel
from maria_editor.window.review_view import ReviewPages
from maria_editor.window.safety_flow import SafetyFlow
from maria_editor.window.settings_flow import SettingsFlow, show_recovery_folder
from maria_editor.window.spelling_flow import SpellingFlow
from maria_editor.window.status import StatusReporter
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.top_row import TopRow
from maria_editor.window.view_flow import ViewFlow
from maria_editor.window.writing_flow import WritingFlow

_SIZE = QSize(1280, 820)
_MIN_SIZE = QSize(480, 320)


class MainWindow(QMainWindow):
    """The editor's window. Closing it asks about unsaved changes and ends the engine."""

    def __init__(
        self, engine: EngineClient, settings: Settings, recovery: RecoveryStore, theme: Theme
    ) -> None:
        super().__init__()
        self._engine = engine
        self._settings = settings
        self._recovery = recovery
        self.page = Page(theme)
        self.top_row = TopRow(theme)
        self.notices = NoticeStrip(theme)
        self.status = StatusBar(theme)
        self.panel = ReviewPanel(theme)
        self.likelihood_panel = LikelihoodPanel(theme)
        self.review_pages = ReviewPages(self.page, theme)
        self.find_bar = FindBar(theme)
        self._put_together()
        self._start_flows(theme)
        self.commands.fill_menu_bar(self.top_row.menus, theme)
        self.top_row.add_access_keys()
        self._connect()
        self._connect_commands()
        self.commands["statistics"].triggered.connect(self.counting.show_statistics)
        self.model_facts = ModelFacts(engine, self.status, self.commands, theme)
        # After those that tell their own failures: it adds to what they said.
        self.errors = ErrorFlow(
            engine, self.notices, actions=self.commands, theme=theme, window=self
        )
        self._on_file_changed()
        self.page.setFocus()

    def show_file(self, file: TextFile) -> None:
        """Show a text that was read from a file, or one that has none yet."""
        self.files.show_file(file)

    def open_path(self, path: Path) -> bool:
        """Open a file; return whether that worked. What is wrong with it stands in a notice."""
        return self.files.open_path(path)

    @Slot(str)
    def show_notice(self, message: str) -> None:
        """Warn the writer: one line that says what, where and the remedy."""
        self.notices.show_notice(Notice.from_message(message, is_warning=True))

    def offer_recovery(self) -> None:
        """Say so when an earlier editor left unsaved writing, and offer it."""
        self.safety.recovery.offer()

    def sizeHint(self) -> QSize:
        """Return the size of a first window."""
        return _SIZE

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes; then end the engine, so that no process stays behind."""
        if not self.files.may_leave():
            event.ignore()
            return
        self._settings.geometry = bytes(self.saveGeometry().data())
        # What follows may take a second; for the writer it is closed.
        self.hide()
        self._recovery.discard()
        self.safety.close()
        self.provenance.record.close()
        self._engine.shutdown()
        event.accept()

    def _put_together(self) -> None:
        self.setWindowIcon(app_icon())
        self.setMinimumSize(_MIN_SIZE)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.page, 1)
        middle.addWidget(self.review_pages, 1)
        middle.addWidget(self.panel)
        middle.addWidget(self.likelihood_panel)
        center = QWidget()
        column = QVBoxLayout(center)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addLayout(middle, 1)
        column.addWidget(self.find_bar)
        column.addWidget(self.status)
        self.setMenuWidget(self.top_row)
        self.setCentralWidget(center)
        self.resize(_SIZE)
        if self._settings.geometry:
            self.restoreGeometry(self._settings.geometry)

    def _start_flows(self, theme: Theme) -> None:
        self.commands = Actions(self)
        self.addActions(self.commands.all())
        self._start_filling(theme)
        self._start_writing(theme)
        self._start_keeping(theme)
        self._start_review(theme)
        self._start_likelihood(theme)
        self._start_ways()

    def _start_filling(self, theme: Theme) -> None:
        page, engine = self.page, self._engine
        self.blanking = Blanking(page)
        self.files = FileFlow(page, self._settings, self._recovery, theme, self)
        self.candidates = CandidatesFlow(
            page,
            engine,
            actions=self.commands,
            settings=self._settings,
            theme=theme,
            parent=self,
        )
        self.filling = FillFlow(
            page, self.blanking, engine, self.candidates, self, is_free=self._is_free
        )
        self.alternatives = AlternativesFlow(page, self.filling, self.commands, self)
        self.refining = RefineFlow(page, engine, self, is_free=self._is_free)

    def _start_writing(self, theme: Theme) -> None:
        page, engine = self.page, self._engine
        self.view = ViewFlow(
            self,
            self.commands,
            page=page,
            theme=theme,
            settings=self._settings,
            bars=(self.top_row, self.status),
        )
        self.finding = FindFlow(page, self.find_bar, self.commands, theme)
        self.help = HelpFlow(self.files, self.commands, theme, self)
        self.empty = EmptyFlow(page, self.files, self.help, self.commands, theme)
        self.opening = OpenFlow(self.files, self._settings, self.commands, theme, self)
        self.writing = WritingFlow(page, self.commands, self._settings)
        self.blanks = BlankFlow(
            page,
            self.blanking,
            engine,
            actions=self.commands,
            status=self.status,
            theme=theme,
            window=self,
        )
        self.blanks.reading.give_way_to(self.candidates, self.filling)
        self.palette_popup = CommandPalette(theme, self.commands, self)
        self.menu = PageMenu(
            theme,
            self.commands,
            page=page,
            blanking=self.blanking,
            filling=self.filling,
            blanks=self.blanks,
            parent=self,
        )
        self.counting = CountFlow(page, self.status, self.top_row, self._settings, theme)
        self.spelling = SpellingFlow(page, self.commands, self._settings, theme, self.notices)
        self.menu.extensions.append(self.alternatives.extend)
        self.menu.extensions.append(self.spelling.extend)
        self.printing = PrintFlow(page, self.files, self.commands, self.notices, theme, self)

    def _start_keeping(self, theme: Theme) -> None:
        page = self.page
        self._reporter = StatusReporter(
            self.status,
            self.top_row,
            files=self.files,
            engine=self._engine,
            parent=self,
        )
        self._reporter.watch(self.filling, self.refining)
        self.status.progress.follow(self.commands["stop"])
        self.safety = SafetyFlow(
            page, self.files, self._recovery, self.notices, actions=self.commands, theme=theme
        )
        self.safety.watch(self.filling, self.refining, self._reporter)
        self.provenance = ProvenanceFlow(
            page,
            self.files,
            self._recovery,
            actions=self.commands,
            settings=self._settings,
            theme=theme,
            window=self,
        )
        self.safety.recovery.deleted.connect(self.provenance.forget)
        self.settings_flow = SettingsFlow(
            self.commands,
            self._settings,
            theme=theme,
            view=self.view,
            spelling=self.spelling,
            ring=self.safety.versions.ring,
            window=self,
        )
        self.candidates.landing.version_wanted.connect(self.safety.versions.take)
        self.candidates.landing.accepting.connect(self.provenance.note)
        self.blanks.version_wanted.connect(self.safety.versions.take)

    def _start_review(self, theme: Theme) -> None:
        page = self.page
        self.locking = LockFlow(
            page,
            self.files,
            self.commands,
            settings=self._settings,
            theme=theme,
            notices=self.notices,
        )
        self.menu.extensions.append(self.locking.extend)
        self.blanks.locked = self.locking.locks.spans
        self.reviewing = ReviewFlow(
            page,
            self.refining,
            pages=self.review_pages,
            panel=self.panel,
            locking=self.locking,
            actions=self.commands,
            settings=self._settings,
            theme=theme,
            versions=self.safety.versions,
            provenance=self.provenance,
        )
        self.reviewing.watch(self.top_row, self.status)

    def _start_likelihood(self, theme: Theme) -> None:
        likelihood = LikelihoodFlow(self.page, self.likelihood_panel, self._engine, theme)
        self.likelihood = likelihood
        likelihood.watch(self.commands, self.top_row, self.status)
        self.panels = PanelFlow(self.reviewing, likelihood, self.commands, self)
        likelihood.alternatives_requested.connect(self.alternatives.ask)
        self.candidates.ordered.connect(likelihood.take_order)
        likelihood.version_wanted.connect(self.safety.versions.take)
        likelihood.accepting.connect(self.provenance.note)

    def _start_ways(self) -> None:
        self.marks = MarksFlow(self.blanking, self.likelihood, self.commands, self)
        self.filling.no_blanks.connect(self.marks.say_no_blanks)
        self.status.next_blank_requested.connect(self.marks.go_to_next_blank)
        panes = (
            self.page,
            self.review_pages,
            self.panel,
            self.likelihood_panel,
            self.find_bar,
            self.status,
            self.notices,
            self.top_row,
        )
        self.panes = PaneFlow(panes, self.commands, self)

    def _connect(self) -> None:
        self.top_row.fill_requested.connect(self.filling.fill_all)
        self.top_row.stop_requested.connect(self._engine.cancel)
        self.status.stop_requested.connect(self._engine.cancel)
        self.status.saved.clicked.connect(self.commands["versions"].trigger)
        self.status.recovery_requested.connect(show_recovery_folder)
        for noticed in (
            self.filling.noticed,
            self.refining.noticed,
            self.candidates.noticed,
            self.alternatives.noticed,
            self.blanks.noticed,
            self.reviewing.noticed,
            self.likelihood.noticed,
            self.marks.noticed,
            self.provenance.noticed,
        ):
            noticed.connect(self.notices.show_notice)
        for started in (self.filling.started, self.refining.started):
            started.connect(self.notices.dismiss)
        for happened in (
            self.page.edited,
            self.page.cursorPositionChanged,
            self.candidates.closed,
            self.filling.ended,
        ):
            happened.connect(self.notices.check)
        self.files.changed.connect(self._on_file_changed)
        self.files.refused.connect(self.show_notice)
        self._engine.failed.connect(self._on_engine_failed)

    def _connect_commands(self) -> None:
        page, filling = self.page, self.filling
        slots: dict[str, Callable[[], object]] = {
            "new": self.files.new,
            "open": self.files.open,
            "save": self.files.begin_saving,
            "save_as": self.files.begin_saving_as,
            "quit": self.close,
            "undo": page.undo,
            "redo": page.redo,
            "cut": page.cut,
            "copy": page.copy,
            "paste": page.paste,
            "select_all": page.selectAll,
            "fill": filling.fill_here,
            "fill_all": filling.fill_all,
            "stop": self._on_escape,
        }
        for name, slot in slots.items():
            self.commands[name].triggered.connect(lambda _=False, slot=slot: slot())

    def _is_free(self) -> bool:
        return not (self.filling.is_busy or self.refining.is_busy)

    @Slot()
    def _on_escape(self) -> None:
        """Undo one layer: running work, previews, a panel, the find bar, a notice, focus mode.

        Where there is none, go back to the text.
        """
        if not self._is_free():
            self._engine.cancel()
        elif self.candidates.has_previews:
            self.candidates.dismiss()
        elif self.blanks.reading.is_busy:
            self.blanks.reading.stop()
        elif self.panels.close():
            return
        elif not self.find_bar.isHidden():
            self.find_bar.close_bar()
        elif not self.notices.isHidden():
            self.notices.dismiss()
        elif self.view.is_focused:
            self.view.leave_focus()
        else:
            self.page.setFocus()

    @Slot()
    def _on_file_changed(self) -> None:
        self.setWindowTitle(f"{self.files.title}[*] – Maria Editor")
        self.setWindowModified(self.files.is_modified)

    @Slot(int, object)
    def _on_engine_failed(self, job: int, failure: EngineFailure) -> None:
        # Failures of a request are the flows' to tell.
        if job == LOADING:
            # One that wakes again is tried already.
            is_left_off = self._engine.state is not EngineState.STARTING
            steps = (Step(self.tr("Try again"), self._engine.start),) if is_left_off else ()
            self.notices.show_notice(Notice.from_message(failure.message, *steps, is_warning=True))
