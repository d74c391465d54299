"""When something goes wrong: the next step in the notice, and a report that may be passed on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from maria_editor.engine.client import EngineClient, EngineFailure
from maria_editor.error_report import error_report
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.notice import Notice, NoticeStrip, Step
from maria_editor.window.report_card import ReportCard
from maria_model.api import ModelInfo

_UNEXPECTED = ("internal", "crashed")


class ErrorFlow(QObject):
    """Adds "Details…" to the notices of unexpected errors, and says what became of a full device.

    Make it after the flows that tell their own failures: it adds to what they said.
    """

    def __init__(
        self,
        engine: EngineClient,
        notices: NoticeStrip,
        *,
        actions: Actions,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._engine = engine
        self._notices = notices
        self._theme = theme
        self._window = window
        engine.failed.connect(self._on_failed)
        engine.moved.connect(self._on_moved)
        actions["report"].triggered.connect(self.show_report)

    @Slot(str)
    def tell(self, message: str) -> None:
        """Say that the editor met an error that nobody expected."""
        notice = Notice.from_message(message, self._details(), is_warning=True)
        self._notices.show_notice(notice)

    @Slot()
    def show_report(self) -> None:
        """Show the report, to copy or save."""
        ReportCard(
            self._theme,
            self._window,
            self.report(),
            title=self.tr("Report for a bug"),
            note=self.tr("Not a word of your text is in it. Nothing is sent; pass it on yourself."),
            suggestion=Path("maria-editor report.txt"),
        ).open()

    def report(self) -> str:
        """Return the report about things as they are."""
        screen = self._window.screen()
        size, scale = screen.size(), screen.devicePixelRatio()
        platform = QGuiApplication.platformName()
        return error_report(
            self._engine.info,
            state=self._engine.state.value,
            screen=f"Screen {size.width()}×{size.height()} at {scale:g} ({platform})",
        )

    def _details(self) -> Step:
        return Step(self.tr("Details…"), self.show_report)

    @Slot(int, object)
    def _on_failed(self, job: int, failure: EngineFailure) -> None:
        shown = self._notices.notice
        is_told = not self._notices.isHidden() and failure.message.startswith(shown.news)
        if not is_told:
            return
        if failure.kind in _UNEXPECTED:
            self._notices.show_notice(replace(shown, steps=(*shown.steps, self._details())))
        elif failure.kind == "OutOfMemoryError":
            news = self.tr("The model ran out of memory.")
            rest = self.tr("Your text is safe and nothing was changed.")
            self._notices.show_notice(replace(shown, news=news, rest=rest))

    @Slot(object)
    def _on_moved(self, info: ModelInfo) -> None:
        news = self.tr("The graphics card was full, so this ran on the CPU.")
        self._notices.show_notice(Notice(news, self.tr("It may be slower.")))
