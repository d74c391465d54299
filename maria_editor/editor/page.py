"""The page: a plain-text editor in one column, with headings, chips and our own caret.

Holds the text and what is painted on it. Knows nothing of engines, files or windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from maria_editor.document.offsets import OffsetMap
from maria_editor.editor.breath import Breath
from maria_editor.editor.caret import Caret
from maria_editor.editor.chip_steps import (
    chip_selected,
    chip_touched,
    select_neighbour,
    settle,
    word_to_delete,
)
from maria_editor.editor.chips import Chip, ChipState, ChipStates
from maria_editor.editor.column import Column
from maria_editor.editor.flash import Flash
from maria_editor.editor.live_layout import LiveLayout
from maria_editor.editor.page_painter import Draw, PagePainter, VisibleChip
from maria_editor.editor.prose_layout import Formats
from maria_editor.editor.reading_place import ReadingPlace
from maria_editor.editor.text_edit import Span, TextEdit
from maria_editor.theme.theme import Theme


class Page(TextEdit):
    """The text and its chips. Offsets in its own face are code points of `text()`.

    Signals:
        edited: the text has changed.
        changed(int, int, int): before it, what has: as `QTextDocument.contentsChange`.
        loaded: another text is shown.
        typed(str): the writer has typed these letters; they stand before the caret.
        chip_opened(int): the chip at this position of the document was clicked twice.
        menu_requested(QContextMenuEvent): the writer asks for a menu.
        resized: the column has another place or size.
    """

    edited = Signal()
    changed = Signal(int, int, int)
    loaded = Signal()
    typed = Signal(str)
    chip_opened = Signal(int)
    menu_requested = Signal(object)
    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._revision = 0
        self._last_position = 0
        self._by_mouse = False
        self._by_step = False
        # The chip on which the pointer was pressed.
        self._taken: Span | None = None
        self._column = Column()
        self.states = ChipStates(self.document())
        self._live = LiveLayout(self, self._column, self.states, theme)
        self._reading = ReadingPlace(self)
        self._caret = Caret(self)
        self._flash = Flash(self)
        self._breath = Breath(self)
        self._paint = PagePainter(
            self, self.states, theme, caret=self._caret, flash=self._flash, breath=self._breath
        )
        self._set_up()
        self.load("")
        self._connect()

    def load(self, text: str) -> None:
        """Show another text; its history begins here."""
        self.states.clear()
        document = self.document()
        document.setUndoRedoEnabled(False)
        with self._live.paused():
            self.setPlainText(text)
        document.setUndoRedoEnabled(True)
        document.setModified(False)
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._live.follow()
        self.loaded.emit()
        self._bump()

    @property
    def revision(self) -> int:
        """Counts the changes of the text; formats do not count."""
        return self._revision

    def flash(self, places: list[QTextCursor]) -> None:
        """Tint words that were just accepted, fading in 400 ms."""
        if not self._theme.reduces_motion:
            self._flash.start(places)

    def set_chips(self, spans: Iterable[Span], state: ChipState, words: str = "") -> None:
        """Give the blanks at these places a state; `words` are a preview or a reason."""
        offsets = OffsetMap(self.text())
        places = [(offsets.to_utf16(start), offsets.to_utf16(end)) for start, end in spans]
        self.set_chips_at(places, state, words)

    def set_chips_at(self, places: Iterable[Span], state: ChipState, words: str = "") -> None:
        """Do the same at positions in the document."""
        places = list(places)
        self.states.set(places, state, words)
        self._reformat_at([start for start, _ in places])

    def offer_at(self, start: int, end: int, words: str) -> None:
        """Show a preview in the place of words that are no blank."""
        self.states.offer(start, end, words)
        self._reformat_at([start])

    def release_chips_at(self, positions: Iterable[int]) -> None:
        """Make the chips that begin at these positions empty again."""
        positions = list(positions)
        self.states.release(positions)
        self._reformat_at(positions)

    def clear_chips(self) -> None:
        """Make every chip empty again."""
        self._reformat_at(self.states.clear())

    def set_active(self, place: QTextCursor | None) -> None:
        """Ring the chip or the words that have a popup."""
        self.states.active = place
        self.viewport().update()

    def set_bar(self, start: int, end: int) -> None:
        """Mark `[start, end)`, positions in the document, with a bar in the gutter."""
        self._paint.bar = self.place_at(start, end)
        self.viewport().update()

    def clear_bar(self) -> None:
        """Take the bar away."""
        self._paint.bar = None
        self.viewport().update()

    def add_layer(self, draw: Draw, *, above: bool = False) -> None:
        """Let `draw` paint on the viewport with every repaint, beneath the text or above it."""
        (self._paint.above if above else self._paint.beneath).append(draw)

    def add_formats(self, formats: Formats) -> None:
        """Let `formats` say how words of a block are laid out, beyond Markdown and chips."""
        self._live.add_formats(formats)

    def refresh_formats(self, positions: Iterable[int]) -> None:
        """Lay the blocks at these document positions out anew: their formats have changed."""
        self._reformat_at(positions)

    def visible_chips(self) -> Iterator[VisibleChip]:
        """Yield the chips in view with their places in the viewport."""
        return self._paint.visible_chips()

    def chip_at(self, point: QPointF) -> tuple[QTextBlock, Chip] | None:
        """Return the chip under a point of the viewport."""
        return self._paint.chip_at(point)

    def chip_rect(self, position: int) -> QRectF:
        """Return the viewport rectangle of the last piece of the chip at a document position."""
        return self._paint.chip_rect(position)

    def chip_at_caret(self) -> tuple[QTextBlock, Chip] | None:
        """Return the chip that the selection or the caret touches."""
        return chip_touched(self.states, self.textCursor())

    def origin(self, block: QTextBlock) -> QPointF:
        """Return where a block's layout begins in the viewport."""
        return self._paint.origin(block)

    @property
    def zoom(self) -> int:
        """The size of the text in percent."""
        return self._column.percent

    def set_zoom(self, percent: int) -> None:
        """Show the text larger or smaller; neither an edit nor an undo step."""
        self._column.percent = percent
        self._apply_column()

    def set_column(self, *, leading: float, measure: int) -> None:
        """Space the lines (times the size) and size the column (characters) otherwise."""
        self._column.leading = leading
        self._column.measure = measure
        with self._reading.held(self.viewport().height()):
            self._apply_column()

    def look_like(self, other: Page, *, measure: int | None = None) -> None:
        """Take another page's zoom, leading and measure, or a measure of its own."""
        self._column.percent = other.zoom
        self._column.family = other._column.family
        self.set_column(leading=other._column.leading, measure=measure or other._column.measure)

    def set_family(self, family: str) -> None:
        """Set the text in another font; empty takes the usual one."""
        self._column.family = family
        self._apply_column()

    @property
    def is_pointing(self) -> bool:
        """Whether the pointer, not a key, moves the caret."""
        return self._by_mouse

    def set_placeholder(self, text: str) -> None:
        """Show a line in place of an empty text."""
        self._paint.placeholder = text
        self.viewport().update()

    def first_line(self) -> QRectF:
        """Return the rectangle of the first line, in the viewport; none before the layout."""
        block = self.document().begin()
        # Asking for the origin lays the block out; before that it has no line to ask for.
        origin = self._paint.origin(block)
        if block.layout().lineCount() == 0:
            return QRectF()
        return block.layout().lineAt(0).rect().translated(origin)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a chip as a whole before Backspace or Delete removes it."""
        self._by_mouse = False
        key = event.key()
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            backwards = key == Qt.Key.Key_Backspace
            cursor = self.textCursor()
            if select_neighbour(self.states, cursor, backwards=backwards):
                self.setTextCursor(cursor)
                return
            if self._delete_word(event, backwards=backwards):
                return
        revision = self._revision
        self._by_step = key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        super().keyPressEvent(event)
        self._by_step = False
        if self._revision != revision and event.text().isprintable() and event.text():
            self.typed.emit(event.text())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember that the pointer moves the caret, and the chip that it takes."""
        # The release after another button may go to the menu that it opens.
        self._by_mouse = event.button() is Qt.MouseButton.LeftButton
        super().mousePressEvent(event)
        cursor = self.textCursor()
        if self._by_mouse and chip_selected(self.states, cursor) is not None:
            self._taken = (cursor.selectionStart(), cursor.selectionEnd())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Forget the pointer."""
        super().mouseReleaseEvent(event)
        self._by_mouse = False
        self._taken = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a chip; select a word."""
        found = self.chip_at(event.position())
        if found is None or event.button() is not Qt.MouseButton.LeftButton:
            super().mouseDoubleClickEvent(event)
            return
        start = found[0].position() + found[1].start
        self.select_at(start, found[0].position() + found[1].end)
        self.chip_opened.emit(start)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask the outside for a menu."""
        self.menu_requested.emit(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Compose, and lay the line out again after it."""
        super().inputMethodEvent(event)
        if event.commitString():
            self.typed.emit(event.commitString())
        # Composing puts Qt's own formats in the place of ours.
        if not event.preeditString():
            self._reformat_at([self.textCursor().position()])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let the caret blink."""
        super().focusInEvent(event)
        self._caret.restart()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the caret away."""
        super().focusOutEvent(event)
        self._caret.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the column in the middle, and the line that is written or read where it is."""
        with self._reading.held(event.oldSize().height()):
            self._fit_column()
            super().resizeEvent(event)
            self._live.follow()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the widget."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint.draw_beneath(painter)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint.draw_above(painter)
        painter.end()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Drop and paste beside a chip, never into it."""
        cursor = self.textCursor()
        if settle(self.states, cursor, cursor.position(), by_mouse=False):
            self.setTextCursor(cursor)
        super().insertFromMimeData(source)

    def _set_up(self) -> None:
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        # Qt would draw the caret in ink.
        self.setCursorWidth(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Text"))
        self.setAccessibleDescription(self.tr("The document. Blanks stand in it as [MASK]."))
        self.set_zoom(100)

    def _connect(self) -> None:
        self._live.changed.connect(self.changed)
        self._live.edited.connect(self._bump)
        self.cursorPositionChanged.connect(self._on_cursor_moved)
        self._caret.blinked.connect(self.viewport().update)
        self._flash.changed.connect(self.viewport().update)
        self._breath.changed.connect(self.viewport().update)

    def _apply_column(self) -> None:
        self._live.apply_column()
        self._fit_column()

    def _fit_column(self) -> None:
        left, right = self._column.side_margins(self)
        margins = self.viewportMargins()
        if (margins.left(), margins.right()) != (left, right):
            self.setViewportMargins(left, 0, right, 0)
        # Qt would lay all of the text out with every resizing, the same width or not.
        width = self.viewport().width()
        if width != self.lineWrapColumnOrWidth():
            self.setLineWrapColumnOrWidth(width)

    def _delete_word(self, event: QKeyEvent, *, backwards: bool) -> bool:
        """Delete up to the chip in which a deleted word would end; return whether there is one."""
        standard = QKeySequence.StandardKey
        key = standard.DeleteStartOfWord if backwards else standard.DeleteEndOfWord
        if self.isReadOnly() or not event.matches(key):
            return False
        word = word_to_delete(self.states, self.textCursor(), backwards=backwards)
        if word is not None:
            word.removeSelectedText()
        return word is not None

    def _reformat_at(self, positions: Iterable[int]) -> None:
        self._live.reformat_at(positions)
        if not self.states.any_pending():
            self._breath.stop()
        elif not self._theme.reduces_motion:
            self._breath.start()
        self.viewport().update()

    @Slot()
    def _bump(self) -> None:
        self._revision += 1
        self.edited.emit()

    @Slot()
    def _on_cursor_moved(self) -> None:
        cursor = self.textCursor()
        previous, self._last_position = self._last_position, cursor.position()
        moved = settle(
            self.states,
            cursor,
            previous,
            by_mouse=self._by_mouse,
            by_step=self._by_step,
            taken=self._taken,
        )
        if moved:
            self.setTextCursor(cursor)
        self._caret.restart()
