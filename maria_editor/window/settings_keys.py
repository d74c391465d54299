"""The page of the settings that gives commands other keys."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from maria_editor.theme.announce import announce
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.key_names import key_name
from maria_editor.theme.theme import Theme
from maria_editor.window.command_keys import CommandKeys
from maria_editor.window.settings_rows import Room

_KEYS_WIDTH = 150
_MODIFIERS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
)


class KeyList(QTreeWidget):
    """The commands and their keys. While it listens, the next key press is told, not obeyed.

    Signals:
        pressed_keys(QKeySequence): the keys that were pressed while it listened.
        left: Esc was pressed instead.
    """

    pressed_keys = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_listening = False
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFont(interface_font(13, tabular=True))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(1, _KEYS_WIDTH)

    def event(self, event: QEvent) -> bool:
        """Take every key while listening, those of commands and Tab too."""
        if not self.is_listening or not isinstance(event, QKeyEvent):
            return super().event(event)
        if event.type() is QEvent.Type.KeyPress:
            self._take(event)
        event.accept()
        return True

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS:
            return
        self.is_listening = False
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.left.emit()
        else:
            self.pressed_keys.emit(QKeySequence(event.keyCombination()))


class KeysRoom(Room):
    """Lists every command; the chosen one can have other keys, none, or its usual ones."""

    def __init__(self, theme: Theme, keys: CommandKeys) -> None:
        super().__init__(theme, QCoreApplication.translate("Settings", "Keys"))
        self._keys = keys
        self.list = KeyList()
        self.list.setAccessibleName(self.tr("Commands and their keys"))
        self.said = self.label("", "ink2", size=12)
        self.said.setWordWrap(True)
        self.change = Button(theme, self.tr("Change…"), kind=ButtonKind.BORDERED)
        self.none = Button(theme, self.tr("None"))
        self.usual = Button(theme, self.tr("Usual"))
        self.all_usual = Button(theme, self.tr("Reset all"))
        self._fill()
        self._arrange()
        self._connect()
        self.list.setCurrentItem(self._items()[0])

    def row(self, name: str) -> QTreeWidgetItem:
        """Return the row of a command."""
        return next(
            item for item in self._items() if item.data(0, Qt.ItemDataRole.UserRole) == name
        )

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _fill(self) -> None:
        for name in self._keys.names():
            item = QTreeWidgetItem([self._keys.label(name), ""])
            item.setData(0, Qt.ItemDataRole.UserRole, name)
            self.list.addTopLevelItem(item)
        self._show_keys()

    def _show_keys(self) -> None:
        for item in self._items():
            name = item.data(0, Qt.ItemDataRole.UserRole)
            keys = key_name(self._keys.keys(name))
            item.setText(1, keys if self._keys.is_usual(name) else f"{keys or '–'} *")
            said = keys or self.tr("no keys")
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{item.text(0)}, {said}")
        self._on_chosen()

    def _arrange(self) -> None:
        self.list.setMinimumHeight(112)
        self.none.setAccessibleName(self.tr("No keys"))
        self.usual.setAccessibleName(self.tr("Usual keys"))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.change, self.none, self.usual):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.all_usual)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.said)
        column.addLayout(row)
        self.add_widget(self.list, 100)
        self.add_widget(below)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_change)
        self.list.pressed_keys.connect(self._on_pressed)
        self.list.left.connect(self._on_chosen)
        self.change.clicked.connect(self._on_change)
        self.none.clicked.connect(lambda: self._on_pressed(QKeySequence()))
        self.usual.clicked.connect(self._on_usual)
        self.all_usual.clicked.connect(self._on_all_usual)

    def _name(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(0, Qt.ItemDataRole.UserRole))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        announce(self.list, words)

    @Slot()
    def _on_chosen(self) -> None:
        self.list.is_listening = False
        self.said.setText(self.tr("* stands at keys that you changed."))
        name = self._name()
        self.none.setEnabled(bool(name) and not self._keys.keys(name).isEmpty())
        self.usual.setEnabled(bool(name) and not self._keys.is_usual(name))

    @Slot()
    def _on_change(self) -> None:
        self.list.setFocus()
        self.list.is_listening = True
        words = self.tr("Press the new keys for “{command}”. Esc leaves it as it is.")
        self._say(words.format(command=self._keys.label(self._name())))

    @Slot(object)
    def _on_pressed(self, keys: QKeySequence) -> None:
        if refusal := self._keys.give(self._name(), keys):
            self._say(refusal)
            # Another press may do.
            self.list.is_listening = True
        else:
            self._show_keys()

    @Slot()
    def _on_usual(self) -> None:
        if refusal := self._keys.reset(self._name()):
            self._say(refusal)
        else:
            self._show_keys()

    @Slot()
    def _on_all_usual(self) -> None:
        self._keys.reset_all()
        self._show_keys()
