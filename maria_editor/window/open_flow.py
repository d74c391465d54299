"""Ways to a file besides the dialog: the recent ones, and files dropped on the window."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from maria_editor.settings import Settings
from maria_editor.theme.menu import Menu
from maria_editor.theme.theme import Theme
from maria_editor.window.actions import Actions
from maria_editor.window.file_flow import FileFlow

_BELOW_TOP_ROW = QPoint(19, 48)


class OpenFlow(QObject):
    """Opens recent and dropped files, after asking about unsaved changes."""

    def __init__(
        self, files: FileFlow, settings: Settings, actions: Actions, theme: Theme, window: QWidget
    ) -> None:
        super().__init__(window)
        self._files = files
        self._settings = settings
        self._window = window
        self.menu = Menu(theme, self.tr("Open recent"), window)
        self.menu.aboutToShow.connect(self._fill_menu)
        actions["open_recent"].setMenu(self.menu)
        actions["open_recent"].triggered.connect(self._on_triggered)
        self._fill_menu()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def open(self, path: Path) -> None:
        """Open a file unless the writer wants to stay."""
        if self._files.may_leave():
            self._files.open_path(path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take files that are dropped on the window."""
        if isinstance(event, QDragEnterEvent | QDragMoveEvent | QDropEvent):
            path = _file_in(event)
            if path is not None:
                event.acceptProposedAction()
                if event.type() is QEvent.Type.Drop:
                    # A question now would hold up the program that the file comes from.
                    QTimer.singleShot(0, self, partial(self.open, path))
                return True
        return super().eventFilter(watched, event)

    @Slot()
    def _fill_menu(self) -> None:
        self.menu.clear()
        recent = self._settings.recent_files
        names = [path.name for path in recent]
        for path in recent:
            is_alone = names.count(path.name) == 1
            label = path.name if is_alone else f"{path.name} ({path.parent.name})"
            action = self.menu.addAction(label.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self.open, path))
        if not recent:
            self.menu.addAction(self.tr("No files yet")).setEnabled(False)
            return
        self.menu.addSeparator()
        clear = self.menu.addAction(self.tr("Clear this list"))
        clear.triggered.connect(self._settings.clear_recent_files)

    @Slot()
    def _on_triggered(self) -> None:
        """Show the menu by itself: the command was given elsewhere than in the menus."""
        self.menu.popup(self._window.mapToGlobal(_BELOW_TOP_ROW))


def _file_in(event: QDropEvent) -> Path | None:
    """Return the first file that is dragged, if files are."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if urls and urls[0].isLocalFile() else None
