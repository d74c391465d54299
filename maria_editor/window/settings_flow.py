"""Opens the settings and joins their controls to what they change."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from maria_editor.document.snapshots import SnapshotRing
from maria_editor.paths import recovery_path
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import MENUS, Actions
from maria_editor.window.command_keys import CommandKeys
from maria_editor.window.settings_card import SettingsCard
from maria_editor.window.settings_keys import KeysRoom
from maria_editor.window.settings_rooms import LookRoom, ModelRoom, SafetyRoom, WritingRoom
from maria_editor.window.spelling_flow import SpellingFlow
from maria_editor.window.view_flow import ViewFlow


class SettingsFlow(QObject):
    """Carries out the Settings command, and gives the commands the writer's keys at the start."""

    def __init__(
        self,
        actions: Actions,
        settings: Settings,
        *,
        theme: Theme,
        view: ViewFlow,
        spelling: SpellingFlow,
        ring: SnapshotRing,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._settings = settings
        self._theme = theme
        self._view = view
        self._spelling = spelling
        self._ring = ring
        self._window = window
        self.keys = CommandKeys(actions, settings, reserved=self._reserved())
        ring.most = int(settings.versions)
        actions["reduce_motion"].setChecked(settings.reduce_motion)
        actions["reduce_motion"].toggled.connect(view.reduce_motion)
        actions["settings"].triggered.connect(self.show_settings)

    @Slot()
    def show_settings(self) -> None:
        """Let the writer change how things are."""
        rooms = (
            LookRoom(self._theme, actions=self._actions, settings=self._settings, view=self._view),
            WritingRoom(self._theme, actions=self._actions, spelling=self._spelling),
            ModelRoom(self._theme, settings=self._settings),
            SafetyRoom(
                self._theme,
                actions=self._actions,
                settings=self._settings,
                show_folder=show_recovery_folder,
                keep_versions=self._keep_versions,
            ),
            KeysRoom(self._theme, self.keys),
        )
        SettingsCard(self._theme, self._window, rooms).open()

    def _keep_versions(self, most: int) -> None:
        self._ring.most = most

    def _reserved(self) -> dict[str, str]:
        opens = self.tr("opens the menu {name}")
        keys = {f"Alt+{title[0]}": opens.format(name=title) for title, _ in MENUS}
        keys["F10"] = opens.format(name=MENUS[0][0])
        return {**keys, "Shift+F10": self.tr("opens the menu of the text")}


def show_recovery_folder() -> None:
    """Show where unsaved writing is kept, in the system's own program for folders."""
    folder = recovery_path()
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
