"""Notices that something happened to a file or its folder; what it was, others find out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

# Other editors write, rename and set times in one go: look once it is quiet.
_QUIET_MS = 200


class FileWatch(QObject):
    """Watches one file, and its folder, for other editors put a new file in the old one's place.

    Where the platform cannot watch, as on some network drives, it is silent: look at the file
    whenever the window becomes active as well.

    Signals:
        touched: something happened there, perhaps to another file of the folder.
    """

    touched = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._watcher = QFileSystemWatcher(self)
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._on_quiet)
        self._watcher.fileChanged.connect(self._on_changed)
        self._watcher.directoryChanged.connect(self._on_changed)

    def watch(self, path: Path | None) -> None:
        """Watch this file instead of the last one; None watches nothing."""
        if path == self._path:
            self._add_again()
            return
        old = self._watcher.files() + self._watcher.directories()
        if old:
            self._watcher.removePaths(old)
        self._quiet.stop()
        self._path = path
        self._add_again()

    def _add_again(self) -> None:
        """Watch what is not watched yet: the watch ends with the file it was put on."""
        if self._path is None:
            return
        watched = {*self._watcher.files(), *self._watcher.directories()}
        for path in (self._path, self._path.parent):
            if str(path) not in watched and path.exists():
                self._watcher.addPath(str(path))

    @Slot(str)
    def _on_changed(self, name: str) -> None:
        self._quiet.start()

    @Slot()
    def _on_quiet(self) -> None:
        self._add_again()
        self.touched.emit()
