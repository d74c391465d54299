"""Says how things stand: turns the state of file and engine into words of the status bar."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject, Slot

from maria_editor.engine.client import EngineClient, EngineState
from maria_editor.theme.announce import announce
from maria_editor.window.count_flow import counted
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.fill_flow import FillFlow
from maria_editor.window.moments import clock
from maria_editor.window.refine_flow import RefineFlow
from maria_editor.window.status_bar import StatusBar
from maria_editor.window.top_row import TopRow
from maria_model.api import FillResult, ModelInfo, Progress


class StatusReporter(QObject):
    """Keeps status bar and top row true."""

    def __init__(
        self,
        status: StatusBar,
        top_row: TopRow,
        *,
        files: FileFlow,
        engine: EngineClient,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._status = status
        self._top_row = top_row
        self._files = files
        self._engine = engine
        self._is_working = False
        files.changed.connect(self._on_file_changed)
        engine.state_changed.connect(self._on_state_changed)
        engine.ready.connect(self._on_ready)
        engine.moved.connect(self._on_ready)
        status.recovery.show_words(self.tr("Recovery on"))
        self._on_file_changed()
        # One that was never started is about to be.
        if engine.state is not EngineState.STOPPED:
            self._on_state_changed(engine.state)
        if engine.info is not None:
            self._on_ready(engine.info)

    def watch(self, filling: FillFlow, refining: RefineFlow) -> None:
        """Follow the requests of both flows."""
        for flow in (filling, refining):
            flow.started.connect(self._on_started)
            flow.ended.connect(self._on_ended)
            flow.advanced.connect(self._on_advanced)
        filling.landed.connect(self._on_landed)

    def say_save_failed(self) -> None:
        """Say that the text could not be saved."""
        self._status.saved.show_words(self.tr("Could not save"), icon="warn", token="warm")

    def say_kept(self, kept_at: datetime) -> None:
        """Say that unsaved writing is kept aside, and when it last was."""
        self._status.recovery.show_words(self.tr("Recovery on"), icon="shield")
        when = self.tr("Your unsaved writing was kept at {time}").format(
            time=kept_at.astimezone().strftime("%H:%M:%S")
        )
        self._status.recovery.setToolTip(when)

    def say_recovery_failed(self) -> None:
        """Say that unsaved writing is not kept aside."""
        self._status.recovery.show_words(self.tr("Recovery off"), icon="warn", token="warm")

    @Slot()
    def _on_file_changed(self) -> None:
        if self._files.is_slow:
            self._status.saved.show_words(self._saving(), icon="doc")
        elif self._files.is_read_only:
            self._status.saved.show_words(self.tr("Read only"), icon="lock")
        elif self._files.is_modified or self._files.saved_at is None:
            self._status.saved.show_words(self.tr("Not saved yet"), icon="doc")
        else:
            time = clock(self._files.saved_at)
            words = self.tr("Saved {time}").format(time=time)
            self._status.saved.show_words(words, icon="saved", token="accent")
        self._status.fit()

    @Slot(object)
    def _on_ready(self, info: ModelInfo) -> None:
        words = self.tr("{model}, on this computer").format(model=info.name)
        self._status.model.show_words(words, icon="book")
        self._status.device.show_words("GPU" if info.device.startswith("cuda") else "CPU")
        self._status.fit()

    @Slot(object)
    def _on_state_changed(self, state: EngineState) -> None:
        if state is EngineState.STARTING:
            self._show_waking(None)
        elif not self._is_working:
            self._status.progress.hide()
        elif state is EngineState.WORKING:
            # Awake; what the writer waits for has begun, and may be long before its first word.
            self._show_reading()
        if state in (EngineState.STOPPED, EngineState.STARTING, EngineState.FAILED):
            self._show_no_model(is_waking=state is EngineState.STARTING)
        self._status.fit()

    @Slot()
    def _on_started(self) -> None:
        self._is_working = True
        self._top_row.set_working(True)
        if self._engine.state is EngineState.STARTING:
            self._show_waking(None)
        else:
            self._show_reading()
        self._status.fit()

    @Slot()
    def _on_ended(self) -> None:
        self._is_working = False
        self._top_row.set_working(False)
        if self._engine.state is EngineState.STARTING:
            # It wakes, but nothing waits for it that could be stopped.
            self._show_waking(None)
        else:
            self._status.progress.hide()
        self._status.fit()

    @Slot(object)
    def _on_advanced(self, progress: Progress) -> None:
        share = progress.done / max(1, progress.total)
        if progress.stage == "loading":
            self._show_waking(share)
        else:
            words = self._reading()
            if progress.done:
                words += self.tr(", {n} of {total}").format(n=progress.done, total=progress.total)
            self._status.progress.show_progress(words, share, can_stop=True)
        self._status.fit()

    @Slot(object)
    def _on_landed(self, result: FillResult) -> None:
        filled = counted(len(result.blanks), self.tr("blank"), self.tr("blanks"))
        announce(self._status, self.tr("{blanks} filled.").format(blanks=filled))
        if result.stats.seconds > 0:
            speed = max(1, round(result.stats.words / result.stats.seconds))
            rate = self.tr("1 word/s") if speed == 1 else self.tr("{n} words/s")
            self._status.speed.show_words(rate.format(n=f"{speed:,}"))
            self._status.fit()

    def _show_no_model(self, *, is_waking: bool) -> None:
        """Say nothing of the last model, which is no more."""
        words = "" if is_waking else self.tr("The model is not running")
        self._status.model.show_words(words, icon="warn", token="warm")
        for item in (self._status.device, self._status.speed):
            item.show_words("")

    def _show_waking(self, share: float | None) -> None:
        words = self.tr("Waking the model. You can keep writing.")
        self._status.progress.show_progress(words, share, can_stop=self._is_working)

    def _show_reading(self) -> None:
        self._status.progress.show_progress(self._reading(), 0.0, can_stop=True)

    def _saving(self) -> str:
        waiting = self._files.waiting
        if not waiting:
            return self.tr("Saving…")
        more = self.tr("one more waits") if waiting == 1 else self.tr("{n} more wait")
        return self.tr("Saving, {more}…").format(more=more.format(n=waiting))

    def _reading(self) -> str:
        return self.tr("Reading both sides")
