"""What an engine says to the window, whoever stands behind it.

`EngineClient` says it of a worker; pictures and tests have engines that say what they are told to.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class EngineSignals(QObject):
    """The signals of an engine.

    Signals:
        state_changed(EngineState): the engine does something else now.
        ready(ModelInfo): the model is loaded.
        moved(ModelInfo): the graphics card was full, and the model is on the CPU from now on.
        progressed(int, Progress): job, how far it is; job 0 is loading.
        filled(int, FillResult): job, its answer.
        refined(int, RefineResult): job, its answer.
        rescored(int, RescoreResult): job, its answer.
        scored(int, ScoreResult): job, its answer.
        cancelled(int, tuple[BlankResult, ...]): job, the blanks filled by then; job 0 is loading.
        failed(int, EngineFailure): job, why; job 0 is loading, or a worker that died while idle.
    """

    state_changed = Signal(object)
    ready = Signal(object)
    moved = Signal(object)
    progressed = Signal(int, object)
    filled = Signal(int, object)
    refined = Signal(int, object)
    rescored = Signal(int, object)
    scored = Signal(int, object)
    cancelled = Signal(int, object)
    failed = Signal(int, object)
