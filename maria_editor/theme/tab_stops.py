"""Where Tab stops in a part of a window, and how it goes round in a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget


def is_tab_stop(widget: QWidget) -> bool:
    """Return whether Tab stops at a widget: of several choices, only at the one that is chosen."""
    takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    is_there = widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None
    return takes_tab and is_there and not _is_other_choice(widget)


def next_stop(root: QWidget, *, backwards: bool = False) -> QWidget | None:
    """Return where Tab leads inside `root` from what has the focus, around the ends."""
    stops = [widget for widget in root.findChildren(QWidget) if is_tab_stop(widget)]
    if not stops:
        return None
    focused = root.window().focusWidget()
    if focused not in stops:
        return stops[-1 if backwards else 0]
    return stops[(stops.index(focused) + (-1 if backwards else 1)) % len(stops)]


def _is_other_choice(widget: QWidget) -> bool:
    """Return whether arrow keys lead to a widget, from the one that is chosen beside it."""
    if not isinstance(widget, QAbstractButton) or widget.isChecked():
        return False
    group = widget.group()
    return group is not None and group.exclusive()
