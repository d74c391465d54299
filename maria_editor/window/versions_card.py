"""The list of earlier versions, each with what is different in it now."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from maria_editor.document.snapshots import Version
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme
from maria_editor.window.card import Card
from maria_editor.window.comparison import ComparisonView
from maria_editor.window.moments import day_and_time

_WIDTH, _HEIGHT = 920, 600
_EMPTY = 200
_LIST = 248
_ROW = 52


class VersionsCard(Card):
    """Shows the versions, the newest first, beside a comparison with the text of now.

    Signals:
        chosen(Version): bring this one back.
    """

    chosen = Signal(object)

    def __init__(
        self, theme: Theme, window: QWidget, versions: tuple[Version, ...], text: str
    ) -> None:
        super().__init__(theme, window, width=_WIDTH, height=_HEIGHT if versions else _EMPTY)
        self._versions = versions
        self._text = text
        self.title.setText(self.tr("Earlier versions"))
        self.list = QListWidget()
        self.view = ComparisonView(theme)
        self.bring_back = Button(
            theme, self.tr("Bring this back"), kind=ButtonKind.PRIMARY, height=36
        )
        self._fill()
        self._arrange()
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.bring_back.clicked.connect(self._on_bring_back)
        if versions:
            self.list.setCurrentRow(0)
        self.bring_back.setEnabled(bool(versions))

    def _fill(self) -> None:
        if self._versions:
            words = self.tr("Struck: only in that version. Underlined: only in the text of now.")
        else:
            words = self.tr("None yet. One is kept before each change by the model.")
        self.subtitle.setText(words)
        for version in self._versions:
            when = day_and_time(version.taken_at)
            before = self.tr("before {what}").format(what=version.before)
            count = self.tr("{n} words").format(n=f"{len(version.text.split()):,}")
            item = QListWidgetItem(f"{when}, {count}\n{before}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{when}, {count}, {before}")
            item.setSizeHint(QSize(_LIST - 24, _ROW))
            self.list.addItem(item)

    def _arrange(self) -> None:
        self.list.setAccessibleName(self.tr("Earlier versions"))
        self.list.setFont(interface_font(12, tabular=True))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFixedWidth(_LIST)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.list)
        row.addWidget(self.view, 1)
        self.body.addLayout(row, 1)
        for widget in (self.list, self.view):
            widget.setVisible(bool(self._versions))
        close = Button(self._theme, self.tr("Close"), height=36)
        close.clicked.connect(self.close_card)
        self.buttons.addStretch()
        self.buttons.addWidget(close)
        self.buttons.addWidget(self.bring_back)

    @Slot(int)
    def _on_row_changed(self, row: int) -> None:
        self.view.compare(self._versions[row].text, self._text)

    @Slot()
    def _on_bring_back(self) -> None:
        version = self._versions[self.list.currentRow()]
        self.close_card()
        self.chosen.emit(version)
