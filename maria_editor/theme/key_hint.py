"""A hint: key caps, and in few words what the keys do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from maria_editor.theme.key_cap import KeyCaps
from maria_editor.theme.label import Label
from maria_editor.theme.theme import Theme

_GAP = 6


class KeyHint(QWidget):
    """Keys and words in one line; `column` is where the words begin in hints that stand below."""

    def __init__(
        self,
        theme: Theme,
        keys: tuple[str, ...],
        words: str,
        *,
        size: int = 12,
        column: int = 0,
    ) -> None:
        super().__init__()
        self.caps = KeyCaps(theme, keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(0 if column else _GAP)
        grid.setColumnMinimumWidth(0, column)
        grid.addWidget(self.caps, 0, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(Label(theme, words, "ink2", size=size), 0, 1)

    def follow(self, action: QAction) -> None:
        """Name an action's own keys from now on; be hidden while it has none."""
        self.caps.follow(action)
        self.caps.changed.connect(self._on_changed)
        # Not `setVisible`: what has no parent yet would be shown as a window.
        if action.shortcut().isEmpty():
            self.hide()

    @Slot(bool)
    def _on_changed(self, has_keys: bool) -> None:
        self.setVisible(has_keys)
