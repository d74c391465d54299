"""Keys as a writer reads them, in a sentence or on key caps: the one place that spells them."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence


def key_name(keys: QKeySequence) -> str:
    """Return keys in one word as the platform writes them, such as `Ctrl+Enter`; empty for none."""
    return _entered(keys.toString(QKeySequence.SequenceFormat.NativeText))


def key_names(keys: QKeySequence) -> tuple[str, ...]:
    """Return one name for each key that is held or pressed, such as `Ctrl` and `Enter`."""
    name = _entered(keys.toString(QKeySequence.SequenceFormat.PortableText))
    if not name:
        return ()
    last = "+" if name.endswith("+") else name.rpartition("+")[2]
    held = [key for key in name.removesuffix(last).split("+") if key]
    return (*held, last)


def _entered(name: str) -> str:
    # No keyboard says Return beside Enter.
    return name.replace("Return", "Enter")
