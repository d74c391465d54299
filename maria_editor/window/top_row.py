"""The top row: menus at the left, the three actions of the model at the right."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QSizePolicy, QWidget

from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import interface_font
from maria_editor.theme.theme import Theme
from maria_editor.window.waiting import MOMENT_MS

HEIGHT = 48
_MARGINS = (19, 16)
_SPACING = 8


class TopRow(QWidget):
    """Menus and actions, with a hairline below.

    Signals:
        fill_requested: fill the blanks.
        stop_requested: stop the model.
        refine_requested: refine the paragraph, or close its panel.
        likelihood_requested: show how likely the words are.
    """

    fill_requested = Signal()
    stop_requested = Signal()
    refine_requested = Signal()
    likelihood_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_working = False
        # The model has just ended: a click was meant to stop it.
        self.has_ended = QTimer(self, interval=MOMENT_MS, singleShot=True)
        self._blanks = 0
        self.menus = QMenuBar()
        self.menus.setFont(interface_font(13))
        self.menus.setAccessibleName(self.tr("Menus"))
        self.menus.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.fill = Button(theme, self.tr("Fill blanks"), icon="fill")
        self.refine = Button(theme, self.tr("Refine paragraph"), icon="refine")
        self.likelihood = Button(theme, self.tr("Likelihood"), icon="heat")
        for button in (self.fill, self.refine, self.likelihood):
            # A click leaves the keyboard with the text.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._set_up()
        theme.changed.connect(self.update)

    def set_blanks(self, count: int) -> None:
        """Show how many blanks there are to fill."""
        # Each key counts the text; measuring the buttons each time would show in typing.
        if count == self._blanks:
            return
        self._blanks = count
        if not self._is_working:
            self.fill.set_count(count)
            self._fit()

    def set_working(self, is_working: bool) -> None:
        """Turn Fill blanks into Stop while the model works, and back."""
        if is_working == self._is_working:
            return
        self._is_working = is_working
        if is_working:
            self.fill.set_count(0)
            self.fill.set_face(self.tr("Stop"), "stop", ButtonKind.BORDERED)
        else:
            self.has_ended.start()
            self.fill.set_face(self.tr("Fill blanks"), "fill", ButtonKind.FLAT)
            self.fill.set_count(self._blanks)
        self._fit()

    def add_access_keys(self) -> None:
        """Let Alt and a menu's first letter open it, and F10 the first one."""
        for index, action in enumerate(self.menus.actions()):
            keys = [f"Alt+{action.text()[0]}"] + (["F10"] if index == 0 else [])
            for key in keys:
                shortcut = QShortcut(QKeySequence(key), self)
                shortcut.activated.connect(partial(self.menus.setActiveAction, action))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give labels up where the menus need the room."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row and its hairline."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("chrome"))
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, self._theme.color("line"))

    def _fit(self) -> None:
        buttons = (self.fill, self.refine, self.likelihood)
        free = self.width() - sum(_MARGINS) - self.menus.sizeHint().width() - 3 * _SPACING
        free -= sum(button.full_width() for button in buttons)
        for button in (self.likelihood, self.refine):
            button.set_compact(free < 0)
            if free < 0:
                free += button.full_width() - button.height()

    def _set_up(self) -> None:
        self.setFixedHeight(HEIGHT + 1)
        for toggle in (self.refine, self.likelihood):
            toggle.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGINS[0], 0, _MARGINS[1], 1)
        row.setSpacing(_SPACING)
        row.addWidget(self.menus, 1, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.fill, self.refine, self.likelihood):
            row.addWidget(button)
        self.fill.setAccessibleDescription(self.tr("Fills the blanks, reading both sides"))
        self.refine.setAccessibleDescription(self.tr("Proposes changes to this paragraph"))
        self.likelihood.setAccessibleDescription(self.tr("Marks the words that surprise"))
        self.fill.clicked.connect(self._on_fill_clicked)
        self.refine.clicked.connect(self.refine_requested)
        self.likelihood.clicked.connect(self.likelihood_requested)

    @Slot()
    def _on_fill_clicked(self) -> None:
        if self._is_working:
            self.stop_requested.emit()
        elif not self.has_ended.isActive():
            self.fill_requested.emit()
