"""From pane to pane by keyboard: the text, the panel, the bars, and round again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from maria_editor.theme.tab_stops import is_tab_stop
from maria_editor.window.actions import Actions


class PaneFlow(QObject):
    """Moves the focus between the parts of a window; one that is away is passed over.

    `panes` are in the order of the way; a part that was left is entered where it was left.
    """

    def __init__(self, panes: Sequence[QWidget], actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._panes = tuple(panes)
        self._window = window
        actions["next_pane"].triggered.connect(lambda: self._go(1))
        actions["previous_pane"].triggered.connect(lambda: self._go(-1))

    def _go(self, step: int) -> None:
        at, count = self._current(), len(self._panes)
        for number in range(1, count):
            stop = _stop_in(self._panes[(at + step * number) % count])
            if stop is not None:
                stop.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def _current(self) -> int:
        """Return which pane has the focus; a popup belongs to the text."""
        focused = self._window.focusWidget()
        for index, pane in enumerate(self._panes):
            if focused is not None and (focused is pane or pane.isAncestorOf(focused)):
                return index
        return 0


def _stop_in(pane: QWidget) -> QWidget | None:
    """Return what takes the focus in a pane: what had it last, or else comes first by Tab."""
    last = pane.focusWidget()
    if last is not None and is_tab_stop(last):
        return last
    return next((widget for widget in _in_tab_order(pane) if is_tab_stop(widget)), None)


def _in_tab_order(pane: QWidget) -> Iterator[QWidget]:
    yield pane
    widget = pane.nextInFocusChain()
    while widget is not None and widget is not pane:
        if pane.isAncestorOf(widget):
            yield widget
        widget = widget.nextInFocusChain()
