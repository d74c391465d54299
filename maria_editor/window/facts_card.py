"""A small card of facts, each a label and one value or more: statistics, and the model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card
from maria_editor.window.notice import Step

_WIDTH = 480
# A label, then its values; an empty label heads the columns.
Fact = tuple[str, ...]


class FactsCard(Card):
    """Shows facts in rows; they can be reached by keyboard and copied.

    `step` is what can be done about them, beside closing the card.
    """

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        facts: Sequence[Fact],
        *,
        title: str,
        note: str,
        step: Step | None = None,
    ) -> None:
        super().__init__(theme, window, width=_WIDTH)
        self.title.setText(title)
        self.subtitle.setText(note)
        self.facts = tuple(facts)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(0, 1)
        for row, fact in enumerate(facts):
            self._add(row, fact)
        self.body.addLayout(self._grid)
        kind = ButtonKind.PRIMARY if step is None else ButtonKind.SOFT
        self.done = Button(theme, self.tr("Close"), kind=kind, height=36)
        self.done.clicked.connect(self.close_card)
        self.buttons.addStretch()
        self.buttons.addWidget(self.done)
        self.step = None if step is None else self._button(step)

    def _button(self, step: Step) -> Button:
        button = Button(self._theme, step.label, kind=ButtonKind.PRIMARY, height=36)
        button.clicked.connect(self.close_card)
        button.clicked.connect(step.action)
        self.buttons.addWidget(button)
        return button

    def _add(self, row: int, fact: Fact) -> None:
        name, *values = fact
        self._grid.addWidget(self.label(name, "ink2"), row, 0)
        for column, value in enumerate(values, start=1):
            weight = QFont.Weight.Medium if name else QFont.Weight.Normal
            label = self.label(value, "ink" if name else "ink2", weight=weight, tabular=True)
            label.setAccessibleName(f"{name}: {value}" if name else value)
            if name:
                label.setTextInteractionFlags(
                    Qt.TextInteractionFlag.TextSelectableByKeyboard
                    | Qt.TextInteractionFlag.TextSelectableByMouse
                )
            label.setWordWrap(len(values) == 1)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, row, column)
            if len(values) == 1:
                self._grid.setColumnStretch(1, 2)
