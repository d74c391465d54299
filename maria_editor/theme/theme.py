"""The theme in force: follows the system or the writer's choice and tells who draws by hand."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from maria_editor.resources import resource_path
from maria_editor.settings import ThemeChoice
from maria_editor.theme.fonts import interface_font, register_fonts
from maria_editor.theme.palette import palette_from, tokens_from
from maria_editor.theme.tokens import DARK, LIGHT, Tokens

_PREPARED = "maria_prepared"


class Theme(QObject):
    """The application's colours.

    Signals:
        changed: other tokens are in force; repaint.
    """

    changed = Signal()

    def __init__(
        self, app: QApplication, choice: ThemeChoice = "system", parent: QObject | None = None
    ) -> None:
        super().__init__(parent or app)
        self._app = app
        self._choice: ThemeChoice = choice
        self.tokens: Tokens = LIGHT
        # Whoever moves something asks first: then everything is instant and nothing breathes.
        self.reduces_motion = False
        _prepare(app)
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self._apply()

    @property
    def choice(self) -> ThemeChoice:
        """What the writer asked for."""
        return self._choice

    @property
    def is_dark(self) -> bool:
        """Whether the page is darker than its ink."""
        return QColor(self.tokens.paper).lightness() < QColor(self.tokens.ink).lightness()

    def choose(self, choice: ThemeChoice) -> None:
        """Take light, dark, or whatever the system says, at once."""
        self._choice = choice
        self._apply()

    def color(self, token: str, opacity: float = 1.0) -> QColor:
        """Return a token's colour for a painter."""
        color = QColor(getattr(self.tokens, token))
        color.setAlphaF(opacity)
        return color

    @Slot()
    def _on_system_changed(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        self.tokens = self._pick()
        self._app.setPalette(palette_from(self.tokens))
        sheet = self.tokens.fill_in(_template())
        # Qt goes through every widget even for the same sheet.
        if sheet != self._app.styleSheet():
            self._app.setStyleSheet(sheet)
        self.changed.emit()

    def _pick(self) -> Tokens:
        hints = QGuiApplication.styleHints()
        if _wants_high_contrast():
            # An unset palette brings back the platform's own.
            self._app.setPalette(QPalette())
            return tokens_from(self._app.palette())
        if self._choice == "system":
            return DARK if hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT


def _prepare(app: QApplication) -> None:
    if app.property(_PREPARED):
        return
    app.setProperty(_PREPARED, True)
    register_fonts()
    # One style everywhere, so that palette and style sheet mean the same on every platform.
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(interface_font())


def _wants_high_contrast() -> bool:
    # The hint exists from Qt 6.10 on.
    accessibility = getattr(QGuiApplication.styleHints(), "accessibility", None)
    if accessibility is None:
        return False
    return accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast


@cache
def _template() -> str:
    return resource_path("themes/interface.qss").read_text(encoding="utf-8")
