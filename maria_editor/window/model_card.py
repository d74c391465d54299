"""What is known of the model that is loaded: a small card behind the status bar's items."""

from __future__ import annotations

import multiprocessing
import os
import re
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from maria_editor.engine.client import EngineClient, EngineState
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.facts_card import Fact, FactsCard
from maria_editor.window.notice import Step
from maria_editor.window.status_bar import StatusBar
from maria_model.api import ModelInfo

_GIGABYTE = 1024**3


class ModelFacts(QObject):
    """Shows the card when the model, its device or its speed are clicked, or by command."""

    def __init__(
        self, engine: EngineClient, status: StatusBar, actions: Actions, theme: Theme
    ) -> None:
        super().__init__(status)
        self._engine = engine
        self._status = status
        self._theme = theme
        actions["model"].triggered.connect(self.show_facts)
        for item in (status.model, status.device, status.speed):
            item.clicked.connect(self.show_facts)

    @Slot()
    def show_facts(self) -> None:
        """Show what is loaded, where, and what it takes."""
        title = self.tr("The model")
        note = self.tr("Everything runs on this computer. Your text never leaves it.")
        start = None
        if self._engine.state in (EngineState.STOPPED, EngineState.FAILED):
            start = Step(self.tr("Start the model"), self._engine.start)
        window = self._status.window()
        FactsCard(self._theme, window, self.facts(), title=title, note=note, step=start).open()

    def facts(self) -> list[Fact]:
        """Return the facts as they are now."""
        info = self._engine.info
        if info is None:
            is_starting = self._engine.state is EngineState.STARTING
            state = self.tr("waking up") if is_starting else self.tr("none is loaded")
            return [(self.tr("Model"), state)]
        memory, process = worker_memory()
        facts: list[Fact] = [
            (self.tr("Model"), info.name),
            (self.tr("Reads from the left"), info.causal_lm),
            (self.tr("Reads both sides"), info.masked_lm),
            (self.tr("Joined by"), self._head(info)),
            (self.tr("Reads at once"), self.tr("{n} pieces of words").format(n=_n(info))),
            (self.tr("Runs on"), self._device(info)),
            (self.tr("Works in"), process),
        ]
        if memory:
            facts.append((self.tr("Memory"), f"{memory / _GIGABYTE:.1f} GB"))
        if self._status.speed.text():
            facts.append((self.tr("Last answer"), self._status.speed.text()))
        return facts

    def _head(self, info: ModelInfo) -> str:
        if info.trained_head:
            return self.tr("a trained layer")
        return self.tr("a layer that was not trained: the mean of both")

    def _device(self, info: ModelInfo) -> str:
        if info.device.startswith("cuda"):
            return self.tr("the graphics card ({name})").format(name=info.device)
        return self.tr("the CPU")


def worker_memory() -> tuple[int, str]:
    """Return how many bytes the model's process takes, 0 if unknown, and which process that is."""
    workers = [p for p in multiprocessing.active_children() if p.name == "maria-worker"]
    number = workers[-1].pid if workers else os.getpid()
    process = "a process of its own" if workers else "the editor's process"
    status = Path(f"/proc/{number}/status")
    try:
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    except OSError:
        # Not Linux, or gone in between.
        return 0, process
    return (int(found[1]) * 1024 if found else 0), process


def _n(info: ModelInfo) -> str:
    return f"{info.context_length:,}"
