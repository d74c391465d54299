"""The command palette: every command by a few letters of its name, without the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, Qt, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QVBoxLayout, QWidget

from maria_editor.theme.announce import announce
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.key_hint import KeyHint
from maria_editor.theme.label import Label
from maria_editor.theme.menu import SHADOW, draw_popup
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.palette_entries import palette_entries
from maria_editor.window.palette_list import PADDING, ROW, SCROLL_BAR, EntryDelegate, EntryModel

_WIDTH = 600
_TOP = 96
_HEADER = 52
_FOOTER = 40
_MOST_ROWS = 8
_RADIUS = 12.0
_PAGE_KEYS = {Qt.Key.Key_PageUp: -_MOST_ROWS, Qt.Key.Key_PageDown: _MOST_ROWS}
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, **_PAGE_KEYS}


class CommandPalette(QWidget):
    """Lies over its window while it is open; leaves when the focus does."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._window = parent
        self._back: QWidget | None = None
        self.field = QLineEdit()
        self.model = EntryModel()
        self.list = QListView()
        self._count = Label(theme, "", "ink2", size=12, tabular=True)
        self._set_up()
        self._connect()
        self.hide()

    @Slot()
    def open(self) -> None:
        """Show every command, ready to type."""
        self._back = self.window().focusWidget()
        self.model.set_entries(palette_entries(self._actions))
        self.field.clear()
        self._on_typed("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    @Slot()
    def close_palette(self) -> None:
        """Put the palette away and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        if self._back is not None:
            self._back.setFocus(Qt.FocusReason.PopupFocusReason)

    @Slot()
    def run(self) -> None:
        """Carry out the chosen command."""
        index = self.list.currentIndex()
        if index.isValid():
            action = self.model.entry(index.row()).action
            self.close_palette()
            action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lead the list with the keys of the field; close when the focus goes elsewhere."""
        if watched is self._window:
            if event.type() is QEvent.Type.Resize:
                self._place()
        elif event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # Esc and Enter are commands of the window as well.
            if _is_ours(event):
                event.accept()
                return True
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        elif event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the popup, its hairlines and the search icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panel = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        draw_popup(painter, panel, self._theme, _RADIUS)
        line = self._theme.color("line")
        for y in (panel.top() + _HEADER, panel.bottom() - _FOOTER):
            painter.fillRect(QRectF(panel.left() + 1, y, panel.width() - 2, 1), line)
        box = QRectF(panel.left() + 20, panel.top() + (_HEADER - 20) / 2, 20, 20)
        draw_icon(painter, "search", box, self._theme.tokens.ink2)

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._step(_STEPS[key], around=key not in _PAGE_KEYS)
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run()
        else:
            return False
        return True

    def _step(self, rows: int, *, around: bool) -> None:
        count = self.model.rowCount()
        if count:
            row = self.list.currentIndex().row() + rows
            self._choose(row % count if around else min(max(row, 0), count - 1))

    def _choose(self, row: int) -> None:
        index = self.model.index(row)
        self.list.setCurrentIndex(index)
        said = self.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
        if said is not None:
            place = self.tr("{i} of {n}").format(i=row + 1, n=self.model.rowCount())
            announce(self.list, f"{said}, {place}")

    @Slot(str)
    def _on_typed(self, typed: str) -> None:
        self.model.narrow(typed)
        shown, total = self.model.rowCount(), self.model.count_all()
        self._count.setText(self.tr("{i} of {n}").format(i=shown, n=total))
        if shown:
            self._choose(0)
        else:
            announce(self.list, self._count.text())
        self._place()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.list.setCurrentIndex(index)
        self.run()

    def _place(self) -> None:
        window = self._window
        around = _HEADER + 2 * PADDING + 1 + _FOOTER
        room = max(1, (window.height() - around - 2 * PADDING) // ROW)
        rows = min(max(self.model.rowCount(), 1), _MOST_ROWS, room)
        height = around + rows * ROW
        width = min(_WIDTH, window.width() - 2 * PADDING)
        top = min(_TOP, max(PADDING, (window.height() - height) // 2))
        left = (window.width() - width) // 2
        self.setGeometry(left - SHADOW, top - SHADOW, width + 2 * SHADOW, height + 2 * SHADOW)

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Command palette"))
        self.field.setAccessibleName(self.tr("Find a command"))
        self.field.setPlaceholderText(self.tr("Find a command"))
        self.field.setFrame(False)
        # The popup is its frame; heights of the style sheet go before those of the widget.
        height = _HEADER - 20
        self.field.setStyleSheet(
            "QLineEdit { background: transparent; border: none; padding: 0; "
            f"min-height: {height}px; max-height: {height}px; }}"
        )
        self.field.setFont(interface_font(15))
        self.list.setModel(self.model)
        self.list.setItemDelegate(EntryDelegate(self._theme, self.model, self.list))
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet(
            f"QScrollBar:vertical {{ width: {SCROLL_BAR}px; }}"
            "QScrollBar::handle:vertical { margin: 2px 2px 2px 1px; border-radius: 2px; }"
        )
        self.list.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        column.setSpacing(0)
        column.addLayout(self._header())
        rows = QVBoxLayout()
        # The padding at the right is the scroll bar's.
        rows.setContentsMargins(PADDING, PADDING + 1, PADDING - SCROLL_BAR, PADDING)
        rows.addWidget(self.list)
        column.addLayout(rows, 1)
        column.addLayout(self._footer())

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(52, 10, 20, 10)
        row.addWidget(self.field, 1)
        row.addWidget(self._count)
        return row

    def _footer(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(20, 11, 20, 11)
        row.setSpacing(16)
        hints = (
            (("↑", "↓"), self.tr("choose")),
            (("Enter",), self.tr("run")),
            (("Esc",), self.tr("close")),
        )
        for keys, words in hints:
            row.addWidget(KeyHint(self._theme, keys, words))
        row.addStretch()
        return row

    def _connect(self) -> None:
        self._actions["palette"].triggered.connect(self.open)
        self.field.textEdited.connect(self._on_typed)
        self.list.clicked.connect(self._on_clicked)
        self.field.installEventFilter(self)
        self._window.installEventFilter(self)
        self._theme.changed.connect(self.update)


def _is_ours(event: QKeyEvent) -> bool:
    plain = event.modifiers() in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.KeypadModifier,
    )
    keys = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, *_STEPS)
    return plain and event.key() in keys
