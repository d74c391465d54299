"""The pages of the settings but for the keys: each control changes its thing at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import get_args

from PySide6.QtCore import QCoreApplication, Slot

from maria_editor.settings import (
    MAX_CANDIDATES,
    MIN_CANDIDATES,
    STRENGTHS,
    DeviceChoice,
    EngineChoice,
    Settings,
    VersionsChoice,
)
from maria_editor.theme.button import Button, ButtonKind
from maria_editor.theme.fonts import OFFERED_FAMILIES, TEXT_FAMILIES, offered_families
from maria_editor.theme.menu import Menu
from maria_editor.theme.segments import Segments
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.settings_rows import Room, Stepper
from maria_editor.window.spelling_flow import SpellingFlow, language_name
from maria_editor.window.strength_names import strength_names
from maria_editor.window.view_flow import ZOOM_STEPS, ViewFlow

_VERSIONS: tuple[VersionsChoice, ...] = ("10", "50", "200")


class LookRoom(Room):
    """Theme, font, size, lines, column, motion."""

    def __init__(
        self, theme: Theme, *, actions: Actions, settings: Settings, view: ViewFlow
    ) -> None:
        super().__init__(theme, _tr("Look"))
        self._view = view
        self._settings = settings
        themes = (
            ("system", self.tr("System")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        )
        self.theme_choice = self._commands(self.tr("Theme"), "theme", themes, actions)
        self.font_button = Button(theme, self._family(), icon="down", kind=ButtonKind.BORDERED)
        self.font_button.clicked.connect(self._on_font_clicked)
        others = ", ".join(OFFERED_FAMILIES)
        self.add_row(
            self.tr("Font of the text"),
            self.font_button,
            self.tr("Offered where installed: {fonts}.").format(fonts=others),
        )
        self.zoom = Stepper(
            theme, self.tr("Size of the text"), ZOOM_STEPS, settings.zoom, unit="{n} %"
        )
        self.zoom.chosen.connect(view.zoom_to)
        self.add_row(self.tr("Size of the text"), self.zoom)
        spacings = tuple((value, value) for value in ("1.4", "1.6", "1.8"))
        self._commands(self.tr("Line spacing"), "spacing", spacings, actions)
        measures = (
            ("60", self.tr("Narrow")),
            ("70", self.tr("Normal")),
            ("80", self.tr("Wide")),
        )
        self._commands(self.tr("Column"), "measure", measures, actions)
        self.add_switch(
            self.tr("Reduce motion"),
            actions["reduce_motion"],
            self.tr("Nothing fades or breathes; everything is instant."),
        )

    def _commands(
        self, label: str, name: str, choices: Sequence[tuple[str, str]], actions: Actions
    ) -> Segments:
        """Add segments that each are a command, `name_value`."""
        of = [actions[f"{name}_{value}"] for value, _ in choices]
        segments = Segments(self.theme, [words for _, words in choices], label)
        segments.choose(next(i for i, action in enumerate(of) if action.isChecked()))
        segments.chosen.connect(lambda index: of[index].trigger())
        self.add_row(label, segments)
        return segments

    def _family(self) -> str:
        return self._settings.text_font or TEXT_FAMILIES[0]

    def fonts(self) -> Menu:
        """Return the menu of the fonts that are here."""
        menu = Menu(self.theme, self.tr("Font of the text"), self.window())
        for family in offered_families():
            action = menu.addAction(family)
            action.setCheckable(True)
            action.setChecked(family == self._family())
            action.triggered.connect(partial(self._choose_family, family))
        return menu

    def _choose_family(self, family: str) -> None:
        self._view.choose_family("" if family == TEXT_FAMILIES[0] else family)
        self.font_button.set_face(self._family(), "down", ButtonKind.BORDERED)

    @Slot()
    def _on_font_clicked(self) -> None:
        menu = self.fonts()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_below(self.font_button, from_left=True)


class WritingRoom(Room):
    """Quotes, spelling and its language, typewriter mode."""

    def __init__(self, theme: Theme, *, actions: Actions, spelling: SpellingFlow) -> None:
        super().__init__(theme, _tr("Writing"))
        self._spelling = spelling
        self.add_switch(
            self.tr("Smart quotes"),
            actions["smart_quotes"],
            self.tr("Straight quotes become curly ones as you type."),
        )
        self.add_switch(
            self.tr("Check spelling"),
            actions["check_spelling"],
            self.tr("Unknown words are underlined; {way} for the next one.").format(
                way=actions.way_to("spelling")
            ),
        )
        self.language_button = Button(theme, "", icon="down", kind=ButtonKind.BORDERED)
        self.language_button.clicked.connect(self._on_language_clicked)
        self.add_row(
            self.tr("Language of the dictionary"),
            self.language_button,
            self.tr("Of those installed on this computer."),
        )
        spelling.opened.connect(self._show_language)
        self._show_language()
        spelling.look_up()
        self.add_switch(
            self.tr("Typewriter mode"),
            actions["typewriter"],
            self.tr("The line you write stays at one height."),
        )

    def languages(self) -> Menu:
        """Return the menu of the dictionaries that are here, the system's language first."""
        menu = Menu(self.theme, self.tr("Language of the dictionary"), self.window())
        for language in ("", *self._spelling.dictionaries.installed):
            name = language_name(language) if language else self.tr("As the system")
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(language == self._spelling.language)
            action.triggered.connect(partial(self._spelling.choose_language, language))
            if not language:
                menu.addSeparator()
        return menu

    @Slot()
    def _show_language(self) -> None:
        found = self._spelling.dictionaries
        name = language_name(found.used) if found.used else self.tr("None installed")
        if found.used and not self._spelling.language:
            name = self.tr("As the system: {language}").format(language=name)
        self.language_button.set_face(name, "down", ButtonKind.BORDERED)
        label = self.tr("Language of the dictionary")
        self.language_button.setAccessibleName(f"{label}: {name}")
        self.language_button.setEnabled(bool(found.installed))

    @Slot()
    def _on_language_clicked(self) -> None:
        menu = self.languages()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_below(self.language_button, from_left=True)


class ModelRoom(Room):
    """How many words it offers, how boldly it refines, where it runs."""

    def __init__(self, theme: Theme, *, settings: Settings) -> None:
        super().__init__(theme, _tr("Model"))
        self._settings = settings
        self.candidates = Stepper(
            theme,
            self.tr("Words offered for a blank"),
            range(MIN_CANDIDATES, MAX_CANDIDATES + 1),
            settings.candidates,
        )
        self.candidates.chosen.connect(self._on_candidates)
        self.add_row(self.tr("Words offered for a blank"), self.candidates)
        self.strength = _choice(theme, self.tr("Strength of refining"), strength_names())
        _bind(self.strength, list(STRENGTHS), settings, "strength")
        self.add_row(
            self.tr("Strength of refining"),
            self.strength,
            self.tr("How much a change may dare at first."),
        )
        devices = {
            "auto": self.tr("Automatic"),
            "cpu": self.tr("CPU"),
            "cuda": self.tr("Graphics card"),
        }
        next_start = self.tr("From the next start on.")
        self.device = _choice(theme, self.tr("Run on"), devices)
        _bind(self.device, get_args(DeviceChoice), settings, "device")
        self.add_row(self.tr("Run on"), self.device, next_start)
        engines = {"process": self.tr("Its own process"), "thread": self.tr("The editor's")}
        self.engine = _choice(theme, self.tr("Where the model works"), engines)
        _bind(self.engine, get_args(EngineChoice), settings, "engine")
        self.add_row(
            self.tr("Where the model works"),
            self.engine,
            self.tr("In its own process it can be stopped at any moment. ") + next_start,
        )

    @Slot(int)
    def _on_candidates(self, number: int) -> None:
        self._settings.candidates = number


class SafetyRoom(Room):
    """Unsaved writing, earlier versions, the record of the model's words."""

    def __init__(
        self,
        theme: Theme,
        *,
        actions: Actions,
        settings: Settings,
        show_folder: Callable[[], object],
        keep_versions: Callable[[int], None],
    ) -> None:
        super().__init__(theme, _tr("Safety"))
        self.folder = Button(
            theme, self.tr("Show the folder"), icon="folder", kind=ButtonKind.BORDERED
        )
        self.folder.clicked.connect(lambda: show_folder())
        self.add_row(
            self.tr("Unsaved writing"),
            self.folder,
            self.tr("Kept aside within two seconds, always."),
        )
        self.versions = _choice(
            theme, self.tr("Earlier versions kept"), {number: number for number in _VERSIONS}
        )
        _bind(self.versions, _VERSIONS, settings, "versions")
        self.versions.chosen.connect(lambda index: keep_versions(int(_VERSIONS[index])))
        self.add_row(
            self.tr("Earlier versions kept"),
            self.versions,
            self.tr("Of each text, one from before each change by the model."),
        )
        self.provenance = self.add_switch(
            self.tr("Keep a record of the model's words"),
            actions["provenance"],
            self.tr(
                "In a file beside yours: what the model wrote, when, and with which settings. "
                "File, Disclosure report… reads it."
            ),
        )


def _choice(theme: Theme, name: str, words: dict[str, str]) -> Segments:
    return Segments(theme, list(words.values()), name)


def _bind(segments: Segments, values: Sequence[str], settings: Settings, name: str) -> None:
    """Let segments show and change one of the settings."""
    segments.choose(list(values).index(getattr(settings, name)))
    segments.chosen.connect(lambda index: setattr(settings, name, values[index]))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)
