"""Whether the writer waits for what she asked for, or has turned to something else meanwhile.

What opens by itself may take the keyboard from a writer who waits, never from one who writes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QWidget

from maria_editor.editor.page import Page

# Nobody answers what opens by itself sooner: a key or a click before was meant for the text.
MOMENT_MS = 300


class Waiting(QObject):
    """Watches one page from a request on: its text, its caret, words that are being composed."""

    def __init__(self, page: Page, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._is_still = False
        # What had the keyboard at the request, such as a button, and what was written in it.
        self._asked_from: QWidget | None = None
        self._written: object = None
        page.cursorPositionChanged.connect(self._on_used)
        page.edited.connect(self._on_used)

    def begin(self) -> None:
        """Take it that the writer waits, from now on."""
        self._is_still = True
        self._asked_from = self._page.window().focusWidget()
        self._written = _written_in(self._asked_from)

    @property
    def is_on(self) -> bool:
        """Whether nothing was written, no caret moved and nothing else has the keyboard."""
        return self._is_still and not self._is_composing() and self._is_keyboard_free()

    def _is_composing(self) -> bool:
        return bool(self._page.textCursor().block().layout().preeditAreaText())

    def _is_keyboard_free(self) -> bool:
        if QApplication.activePopupWidget() is not None:
            return False
        if QApplication.activeModalWidget() is not None:
            return False
        focused = self._page.window().focusWidget()
        if focused is None or focused is self._page:
            return True
        return focused is self._asked_from and _written_in(focused) == self._written

    @Slot()
    def _on_used(self) -> None:
        self._is_still = False


def _written_in(widget: QWidget | None) -> object:
    """Return what stands in a field; nothing for what is none."""
    if widget is None:
        return None
    return widget.inputMethodQuery(Qt.InputMethodQuery.ImSurroundingText)
