"""The rows of the command palette: icon, label with the letters that were typed, menu, keys."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from maria_editor.theme.fonts import interface_font
from maria_editor.theme.icons import draw_icon
from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.key_names import key_names
from maria_editor.theme.theme import Theme
from maria_editor.window.fuzzy import FuzzyMatch, fuzzy_match

ROW = 40
PADDING = 8
SCROLL_BAR = PADDING - 1
_SIZE = 14
_ICON = 20
_ICON_LEFT, _LABEL_LEFT, _MENU_LEFT, _KEYS_RIGHT = 12, 44, 370, 12
_ROOM_FOR_MENU = 540
_RADIUS = 6.0

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """One command and the menu it stands in; `words` are its label where the action's is short."""

    action: QAction
    icon: str
    menu: str
    words: str = ""

    @property
    def label(self) -> str:
        """The label without an ellipsis: the palette asks for nothing itself."""
        return (self.words or self.action.text()).replace("&", "").removesuffix("…")

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of its keys."""
        return key_names(self.action.shortcut())


class EntryModel(QAbstractListModel):
    """The commands that fit what was typed, the best first."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []
        self._shown: list[tuple[Entry, FuzzyMatch]] = []

    def set_entries(self, entries: list[Entry]) -> None:
        """Take other commands and show all."""
        self._entries = entries
        self.narrow("")

    def narrow(self, typed: str) -> None:
        """Show the commands that fit."""
        found = [(entry, fuzzy_match(typed, entry.label)) for entry in self._entries]
        shown = [(entry, match) for entry, match in found if match is not None]
        self.beginResetModel()
        # Sorting is stable: what fits as well stays in the order of the menus.
        self._shown = sorted(shown, key=lambda row: -row[1].score)
        self.endResetModel()

    def entry(self, row: int) -> Entry:
        """Return the command of a row."""
        return self._shown[row][0]

    def letters(self, row: int) -> tuple[int, ...]:
        """Return the letters of a row's label that were typed."""
        return self._shown[row][1].letters

    def count_all(self) -> int:
        """Return how many commands there are, shown or not."""
        return len(self._entries)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many commands fit."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return a label, or what a screen reader says."""
        entry = self.entry(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(
                part for part in (entry.label, entry.menu, "+".join(entry.keys)) if part
            )
        return None


class EntryDelegate(QStyledItemDelegate):
    """Draws a row."""

    def __init__(self, theme: Theme, model: EntryModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._list = parent
        self._caps: dict[tuple[str, ...], KeyCaps] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw icon, label, menu and keys."""
        entry = self._model.entry(index.row())
        rect = QRectF(option.rect)
        # A scroll bar comes and goes in the padding: rows keep their width.
        rect.setRight(self._list.width() - SCROLL_BAR)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_soft"))
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        icon = "check" if entry.action.isChecked() else entry.icon
        box = QRectF(rect.left() + _ICON_LEFT, rect.center().y() - _ICON / 2, _ICON, _ICON)
        tokens = self._theme.tokens
        draw_icon(painter, icon, box, tokens.accent if is_chosen else tokens.ink2)
        self._draw_label(painter, rect, entry.label, self._model.letters(index.row()))
        if rect.width() >= _ROOM_FOR_MENU:
            painter.setFont(interface_font(12))
            painter.setPen(self._theme.color("ink2"))
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(rect.adjusted(_MENU_LEFT, 0, 0, 0), middle, entry.menu)
        self._draw_keys(painter, rect, entry.keys)
        painter.restore()

    def _draw_label(
        self, painter: QPainter, rect: QRectF, label: str, letters: tuple[int, ...]
    ) -> None:
        plain, marked = interface_font(_SIZE), interface_font(_SIZE, weight=QFont.Weight.DemiBold)
        metrics = QFontMetricsF(plain)
        x = rect.left() + _LABEL_LEFT
        y = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2
        for place, letter in enumerate(label):
            font = marked if place in letters else plain
            painter.setFont(font)
            painter.setPen(self._theme.color("accent" if place in letters else "ink"))
            painter.drawText(QPointF(x, y), letter)
            x += QFontMetricsF(font).horizontalAdvance(letter)

    def _draw_keys(self, painter: QPainter, rect: QRectF, keys: tuple[str, ...]) -> None:
        if not keys:
            return
        if keys not in self._caps:
            self._caps[keys] = KeyCaps(self._theme, keys)
        caps = self._caps[keys]
        size = caps.sizeHint()
        left = rect.right() - _KEYS_RIGHT - size.width()
        caps.draw(painter, left, round(rect.center().y() - size.height() / 2))
