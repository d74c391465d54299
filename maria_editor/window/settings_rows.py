"""The pieces of the settings: rows of a label, a line about it, and the control that changes it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.label import Label
from maria_editor.theme.switch import Switch
from maria_editor.theme.theme import Theme

_ROW = 48
_PADDING = 24


class Room(QScrollArea):
    """One page of the settings: rows one below the other, in a view that scrolls."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.theme = theme
        self.name = name
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(_PADDING, 0, 4, 0)
        self._column.setSpacing(8)
        # Takes the room that is left over.
        self._column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._inside)
        self.setMinimumSize(1, 1)
        self.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)

    def add_row(self, label: str, control: QWidget, hint: str = "") -> None:
        """Put a control at the right of its label."""
        row = QHBoxLayout()
        row.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        title = self.label(label, "ink", weight=QFont.Weight.Medium)
        words.addWidget(title)
        if hint:
            # Both stay together where the row is higher than they are.
            title.setAlignment(Qt.AlignmentFlag.AlignBottom)
            about = self.label(hint, "ink2", size=12)
            about.setAlignment(Qt.AlignmentFlag.AlignTop)
            about.setWordWrap(True)
            words.addWidget(about)
            control.setAccessibleDescription(hint)
        row.addLayout(words, 1)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        holder = QWidget()
        holder.setMinimumHeight(_ROW)
        holder.setLayout(row)
        row.setContentsMargins(0, 2, 0, 2)
        self.add_widget(holder)

    def add_switch(self, label: str, action: QAction, hint: str = "") -> Switch:
        """Put a switch that is one with a command that can be checked."""
        switch = Switch(self.theme, label)
        switch.setChecked(action.isChecked())
        switch.setEnabled(action.isEnabled())
        switch.toggled.connect(action.setChecked)
        action.toggled.connect(switch.setChecked)
        self.add_row(label, switch, hint)
        return switch

    def add_widget(self, widget: QWidget, stretch: int = 0) -> None:
        """Put something else below the rows."""
        self._column.insertWidget(self._column.count() - 1, widget, stretch)

    def label(
        self,
        words: str,
        token: str,
        *,
        size: int = 13,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> Label:
        """Return a label in a token's colour, which follows the theme."""
        return Label(self.theme, words, token, size=size, weight=weight)


class Stepper(QWidget):
    """A number with a step down and a step up.

    Signals:
        chosen(int): the writer has chosen this number.
    """

    chosen = Signal(int)

    def __init__(
        self, theme: Theme, name: str, steps: Sequence[int], value: int, *, unit: str = "{n}"
    ) -> None:
        super().__init__()
        self._theme = theme
        self._steps = steps
        self._unit = unit
        self._name = name
        self.value = value
        self.setAccessibleName(name)
        self.less = Button(theme, "−", kind=ButtonKind.BORDERED)
        self.more = Button(theme, "+", kind=ButtonKind.BORDERED)
        self._words = Label(theme, tabular=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setMinimumWidth(56)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.less, self._words, self.more):
            row.addWidget(widget)
        self.less.clicked.connect(lambda: self._step(-1))
        self.more.clicked.connect(lambda: self._step(1))
        self.show_value(value)

    def show_value(self, value: int) -> None:
        """Show another number."""
        self.value = value
        words = self._unit.format(n=value)
        self._words.setText(words)
        self.less.setAccessibleName(self.tr("{name}: less").format(name=self._name))
        self.more.setAccessibleName(self.tr("{name}: more").format(name=self._name))
        for button in (self.less, self.more):
            button.setAccessibleDescription(words)
        self.less.setEnabled(value > self._steps[0])
        self.more.setEnabled(value < self._steps[-1])

    def _step(self, by: int) -> None:
        beyond = [step for step in self._steps if (step - self.value) * by > 0]
        self.show_value(beyond[0] if by > 0 else beyond[-1])
        self.chosen.emit(self.value)
