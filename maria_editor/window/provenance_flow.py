"""The record of the model's words: switched in the File menu, fed by the flows that apply words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from maria_editor.document.disclosure import report
from maria_editor.document.provenance import AcceptedWords, ProvenanceRecord, surroundings
from maria_editor.document.recovery import RecoveredText, RecoveryStore
from maria_editor.editor.page import Page
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.file_flow import FileFlow
from maria_editor.window.notice import Notice
from maria_editor.window.report_card import ReportCard
from maria_model.api import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where accepted words come from: what was asked for, of whom, and how.

    `way` is `fill`, `refine`, `alternatives` or `likelihood`; `settings` what else was chosen, such
    as `("temperature", 0.8)`.
    """

    way: str
    model: ModelInfo
    seed: int = 0
    settings: tuple[tuple[str, str | int | float], ...] = ()


class ProvenanceFlow(QObject):
    """Notes what the writer accepts, while the record is on, and shows the disclosure report.

    Signals:
        noticed(Notice): something to say to the writer.
    """

    noticed = Signal(object)
    _failed = Signal(str)

    def __init__(
        self,
        page: Page,
        files: FileFlow,
        recovery: RecoveryStore,
        *,
        actions: Actions,
        settings: Settings,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._page = page
        self._files = files
        self._settings = settings
        self._theme = theme
        self._window = window
        self._switch = actions["provenance"]
        self.record = ProvenanceRecord(self._failed.emit, key=recovery.key)
        self.record.tidy(recovery.keys())
        self._path = files.path
        self._switch.setChecked(settings.provenance)
        self._switch.toggled.connect(self._on_toggled)
        actions["disclosure"].triggered.connect(self.show_report)
        files.shown.connect(self._on_shown)
        files.saved.connect(self._on_saved)
        files.restored.connect(self._on_restored)
        # The record's thread says so; the notice belongs to this one.
        self._failed.connect(self._on_failed)

    def note(self, replacements: Iterable[tuple[int, int, str]], text: str, origin: Origin) -> None:
        """Note what was put into `text`: the very replacements that `Page.replace` was given.

        Call it before or after `Page.replace`, with the text as it was before.
        """
        if self._settings.provenance:
            accepted = tuple(_accepted(text, sorted(replacements), origin))
            if accepted:
                self.record.note(accepted)

    @Slot()
    def show_report(self) -> None:
        """Show which of the model's words stand in the text."""
        title = self._files.title
        is_on = self._settings.provenance
        words = report(title, self.record.read(), self._page.text(), is_on=is_on)
        folder = self._files.path.parent if self._files.path else Path()
        ReportCard(
            self._theme,
            self._window,
            words,
            title=self.tr("Disclosure report"),
            note=self.tr("What a model wrote of this text, for whoever wants to know."),
            suggestion=folder / f"{Path(title).stem} disclosure.md",
        ).open()

    @Slot(object)
    def forget(self, deleted: RecoveredText) -> None:
        """Remove the record of a text that is deleted and has no file."""
        if deleted.path is None:
            self.record.forget(deleted.folder.name)

    @Slot(bool)
    def _on_toggled(self, is_on: bool) -> None:
        self._settings.provenance = is_on

    @Slot()
    def _on_shown(self) -> None:
        self._path = self._files.path
        self.record.turn_to(self._path)

    @Slot()
    def _on_saved(self) -> None:
        if self._files.path != self._path:
            self._path = self._files.path
            self.record.turn_to(self._path, take_along=True)

    @Slot(object)
    def _on_restored(self, recovered: RecoveredText) -> None:
        if recovered.path is None:
            self.record.adopt(recovered.folder.name)

    @Slot(str)
    def _on_failed(self, message: str) -> None:
        self.noticed.emit(Notice.from_message(message, is_warning=True))


def _accepted(
    text: str, replacements: list[tuple[int, int, str]], origin: Origin
) -> Iterable[AcceptedWords]:
    """Return what each replacement puts into the text, with its place there afterwards."""
    after = text
    for start, end, words in reversed(replacements):
        after = after[:start] + words + after[end:]
    moved = 0
    for start, end, words in replacements:
        place = start + moved
        moved += len(words) - (end - start)
        if words == text[start:end]:
            continue
        left, right = surroundings(after, place, place + len(words))
        yield AcceptedWords(
            wrote=words,
            replaced=text[start:end],
            start=place,
            left=left,
            right=right,
            way=origin.way,
            seed=origin.seed,
            model=origin.model.name,
            device=origin.model.device,
            settings=dict(origin.settings),
        )
