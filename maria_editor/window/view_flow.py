"""How the window shows things: theme, zoom, column, full screen, focus and typewriter mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMainWindow, QWidget

from maria_editor.editor.focus import ParagraphFocus
from maria_editor.editor.page import Page
from maria_editor.editor.typewriter import Typewriter
from maria_editor.settings import MeasureChoice, Settings, SpacingChoice, ThemeChoice
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions

ZOOM_STEPS = (80, 90, 100, 110, 125, 150, 175, 200)


class ViewFlow(QObject):
    """Carries out the View menu and remembers the writer's choices."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        *,
        page: Page,
        theme: Theme,
        settings: Settings,
        bars: tuple[QWidget, ...],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._page = page
        self._theme = theme
        self._settings = settings
        self._bars = bars
        self._focus = ParagraphFocus(page, theme)
        self._typewriter = Typewriter(page)
        theme.reduces_motion = settings.reduce_motion
        page.set_family(settings.text_font)
        page.set_zoom(settings.zoom)
        actions[f"theme_{theme.choice}"].setChecked(True)
        self._connect_commands()
        self._connect_column()
        self._connect_typewriter()

    @property
    def is_focused(self) -> bool:
        """Whether only the page is shown."""
        return self._actions["focus_mode"].isChecked()

    def choose_theme(self, choice: ThemeChoice) -> None:
        """Take a theme at once, and the next time."""
        self._settings.theme = choice
        self._theme.choose(choice)
        self._actions[f"theme_{choice}"].setChecked(True)

    def zoom_in(self) -> None:
        """Show the text one step larger."""
        self.zoom_to(next((s for s in ZOOM_STEPS if s > self._page.zoom), ZOOM_STEPS[-1]))

    def zoom_out(self) -> None:
        """Show the text one step smaller."""
        below = [step for step in ZOOM_STEPS if step < self._page.zoom]
        self.zoom_to(below[-1] if below else ZOOM_STEPS[0])

    def zoom_to(self, percent: int) -> None:
        """Show the text at this size, and the next time."""
        self._settings.zoom = percent
        with self._caret_in_view():
            self._page.set_zoom(self._settings.zoom)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop doing so."""
        # What else the window was, such as maximized, it is again afterwards.
        state = self._window.windowState()
        self._window.setWindowState(state ^ Qt.WindowState.WindowFullScreen)
        self._actions["full_screen"].setChecked(self._window.isFullScreen())

    def choose_spacing(self, choice: SpacingChoice) -> None:
        """Space the lines, now and the next time."""
        self._settings.spacing = choice
        self._apply_column()

    def choose_measure(self, choice: MeasureChoice) -> None:
        """Make the column this wide, now and the next time."""
        self._settings.measure = choice
        self._apply_column()

    def choose_family(self, family: str) -> None:
        """Set the text in this font, now and the next time; empty takes the usual one."""
        self._settings.text_font = family
        with self._caret_in_view():
            self._page.set_family(family)

    def reduce_motion(self, is_reduced: bool) -> None:
        """Make everything instant, or let it move, now and the next time."""
        self._settings.reduce_motion = self._theme.reduces_motion = is_reduced

    def show_bars(self) -> None:
        """Hide everything but the page in focus mode; bring it back after it."""
        self._focus.set_on(self.is_focused)
        for bar in self._bars:
            bar.setVisible(not self.is_focused)
        if self.is_focused:
            # All else is dimmed.
            self._page.ensureCursorVisible()

    def leave_focus(self) -> None:
        """End focus mode."""
        self._actions["focus_mode"].setChecked(False)
        self.show_bars()

    def _connect_commands(self) -> None:
        for choice in get_args(ThemeChoice):
            action = self._actions[f"theme_{choice}"]
            action.triggered.connect(lambda _=False, choice=choice: self.choose_theme(choice))
        for name, slot in (
            ("zoom_in", self.zoom_in),
            ("zoom_out", self.zoom_out),
            ("zoom_reset", lambda: self.zoom_to(100)),
            ("full_screen", self.toggle_full_screen),
            ("focus_mode", self.show_bars),
        ):
            self._actions[name].triggered.connect(lambda _=False, slot=slot: slot())

    def _connect_column(self) -> None:
        for spacing in get_args(SpacingChoice):
            action = self._actions[f"spacing_{spacing}"]
            action.setChecked(spacing == self._settings.spacing)
            action.triggered.connect(lambda _=False, choice=spacing: self.choose_spacing(choice))
        for measure in get_args(MeasureChoice):
            action = self._actions[f"measure_{measure}"]
            action.setChecked(measure == self._settings.measure)
            action.triggered.connect(lambda _=False, choice=measure: self.choose_measure(choice))
        self._apply_column()

    def _apply_column(self) -> None:
        leading, measure = float(self._settings.spacing), int(self._settings.measure)
        with self._caret_in_view():
            self._page.set_column(leading=leading, measure=measure)

    @contextmanager
    def _caret_in_view(self) -> Iterator[None]:
        """Keep the line that is written in view while all lines move."""
        is_in_view = self._page.viewport().rect().intersects(self._page.cursorRect())
        yield
        if is_in_view:
            self._page.ensureCursorVisible()

    def _connect_typewriter(self) -> None:
        action = self._actions["typewriter"]
        action.setChecked(self._settings.typewriter)
        self._typewriter.set_on(self._settings.typewriter)
        action.toggled.connect(self._on_typewriter_toggled)

    @Slot(bool)
    def _on_typewriter_toggled(self, is_on: bool) -> None:
        self._settings.typewriter = is_on
        self._typewriter.set_on(is_on)
