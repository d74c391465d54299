"""The page while a passage is reviewed: a read-only stand-in that shows both versions.

The document stays out of it (docs/adr/0040): the stand-in holds the passage as it is shown and the
text around it, so that lines break and scroll as they will.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from maria_editor.document.offsets import utf16_length
from maria_editor.editor.locks import Locks
from maria_editor.editor.locks_painter import LocksPainter
from maria_editor.editor.page import Page
from maria_editor.editor.review_marks import ReviewMarks
from maria_editor.editor.review_text import ShownText
from maria_editor.theme.theme import Theme

_Key = Qt.Key
_EDITS = (_Key.Key_Return, _Key.Key_Enter, _Key.Key_Backspace, _Key.Key_Delete, _Key.Key_Tab)


class ReviewPage(Page):
    """Shows a passage in its surroundings.

    Signals:
        change_chosen(int): the change with this number was clicked.
        placed: what is shown stands elsewhere in the viewport.
        pressed: the pointer was pressed in here.
        written(QEvent): a key, or composed words, that would write in a text that is no stand-in.
    """

    change_chosen = Signal(int)
    placed = Signal()
    pressed = Signal()
    written = Signal(object)
    # Qt sends the first events before there is anything else.
    _is_new = False

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._around = ("", "")
        self._passage = ""
        self._locks = Locks(self)
        self._locks_painter = LocksPainter(self, self._locks, theme)
        self.marks = ReviewMarks(self, theme)
        self.setReadOnly(True)
        self.setAccessibleName(self.tr("Text under review"))
        self.verticalScrollBar().valueChanged.connect(lambda: self.placed.emit())
        self.resized.connect(self.placed)

    def show_passage(
        self,
        before: str,
        shown: ShownText,
        after: str,
        *,
        current: int,
        locked: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Show a passage between the texts around it; `current` is the ringed change.

        `locked` are spans of the writer's text.
        """
        first, length = utf16_length(before), utf16_length(shown.text)
        # The text is laid out with the marks that belong to it.
        self.marks.show(shown, first, current)
        if (before, after) != self._around:
            self._around = (before, after)
            self.load(before + shown.text + after)
            self.document().setUndoRedoEnabled(False)
        elif shown.text != self._passage:
            self.replace_at([(first, first + utf16_length(self._passage), shown.text)])
        self._passage = shown.text
        self._locks.restore(
            (len(before) + start, len(before) + end) for start, end in shown.places(locked)
        )
        self.refresh_formats(self._blocks(first, first + length))
        self.set_bar(first, first + length)
        self.placed.emit()

    def forget(self) -> None:
        """Let go of the text."""
        self._around, self._passage = ("", ""), ""
        self.marks.show(ShownText("", ()), 0, -1)
        self.clear_bar()
        self.load("")

    @property
    def is_new(self) -> bool:
        """Whether this has only just come, by itself: no key that writes was meant for it."""
        return self._is_new

    def set_new(self, is_new: bool) -> None:
        """Say so, or that the writer has had time to see it."""
        self._is_new = is_new
        # The review's keys are letters, and not to be composed to words.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, is_new)

    def passage_top(self) -> float:
        """Return where the passage begins, in the viewport."""
        block = self.document().findBlock(utf16_length(self._around[0]))
        return self.origin(block).y()

    def passage_bottom(self) -> float:
        """Return where the passage ends, in the viewport."""
        end = utf16_length(self._around[0]) + utf16_length(self._passage)
        block = self.document().findBlock(end)
        return self.origin(block).y() + block.layout().boundingRect().height()

    def bring_into_view(self, number: int) -> None:
        """Scroll so that a change shows."""
        span = self.marks.span(number)
        if span is None:
            return
        cursor = self.textCursor()
        for position in reversed(span):
            cursor.setPosition(position)
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def _blocks(self, start: int, end: int) -> list[int]:
        """Return the positions of the blocks from `start` to `end`."""
        block, positions = self.document().findBlock(start), []
        while block.isValid() and block.position() <= end:
            positions.append(block.position())
            block = block.next()
        return positions

    def event(self, event: QEvent) -> bool:
        """Take the keys that write for writing while this is new, the review's own among them."""
        if (
            self._is_new
            and event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and _writes(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of what would write."""
        if _types(event) or (self._is_new and _writes(event)):
            self.written.emit(event)
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Tell of words that are composed."""
        if event.preeditString() or event.commitString():
            self.written.emit(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of it."""
        self.pressed.emit()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the change that was clicked."""
        super().mouseReleaseEvent(event)
        number = self.marks.number_at(QPointF(event.position()))
        left = event.button() == Qt.MouseButton.LeftButton
        if left and number is not None and not self.textCursor().hasSelection():
            self.change_chosen.emit(number)


def _types(event: QKeyEvent) -> bool:
    """Return whether a key puts a letter into a text; Space turns pages where none can be put."""
    held = event.modifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier
        | Qt.KeyboardModifier.KeypadModifier
        | Qt.KeyboardModifier.GroupSwitchModifier
    )
    # Both together are AltGr on some systems.
    alt_gr = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    letters = event.text()
    is_letter = bool(letters.strip()) and letters.isprintable()
    return is_letter and held in (Qt.KeyboardModifier.NoModifier, alt_gr)


def _writes(event: QKeyEvent) -> bool:
    """Return whether a key changes a text that can be written."""
    if _types(event):
        return True
    is_held = event.modifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    )
    return not is_held and (event.key() in _EDITS or event.text() == " ")
