"""What the editor itself says of a worker: one line each, for the writer."""

from __future__ import annotations

from maria_editor.engine.messages import EngineFailure

CRASHED = EngineFailure("crashed", "The model stopped and was started again. Your text is safe.")
GAVE_UP = EngineFailure(
    "crashed",
    "The model stopped several times and was left off. Your text is safe. "
    "Try again, or choose another model.",
)
NONSENSE = EngineFailure(
    "nonsense",
    "The model's answer does not belong to this text, so it was set aside. "
    "Nothing was changed. Try again, or choose another model.",
)
