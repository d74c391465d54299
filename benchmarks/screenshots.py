"""Renders the editor's window in its main states, light and dark.

The window is the real one; only the engine is scripted, so that the pictures come out the same
every time. Needs no display.

    python -m benchmarks.screenshots FOLDER
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "2")

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from benchmarks.screenshot_states import STATES, TEXT, State, empty
from benchmarks.scripted_engine import ScriptedEngine
from maria_editor.document.recovery import RecoveryStore
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow


def main() -> None:
    """Write every state in both themes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--states", nargs="*", choices=STATES, default=list(STATES))
    parser.add_argument("--size", default="1280x820", help="of the window, WIDTHxHEIGHT")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    app.setCursorFlashTime(0)
    for choice in ("light", "dark"):
        theme = Theme(app, choice)
        for name in arguments.states:
            picture = _picture(STATES[name], theme, width, height)
            picture.save(str(arguments.folder / f"{name}-{choice}.png"))


def _picture(state: State, theme: Theme, width: int, height: int) -> QPixmap:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = ScriptedEngine()
        recovery = RecoveryStore(folder / "recovery")
        settings = Settings(folder / "settings.ini")
        # What rises or fades would be caught on its way.
        settings.reduce_motion = True
        window = MainWindow(engine, settings, recovery, theme)
        window.resize(width, height)
        window.show()
        engine.start()
        if state is not empty:
            window.open_path(_sample(folder))
        window.activateWindow()
        window.page.setFocus()
        QApplication.processEvents()
        picture = state(window, engine)
        window.page.document().setModified(False)
        window.close()
        recovery.close()
        return picture


def _sample(folder: Path) -> Path:
    path = folder / "The Lamp Room.md"
    path.write_text(TEXT, encoding="utf-8")
    moment = datetime.now().replace(hour=14, minute=32).timestamp()
    os.utime(path, (moment, moment))
    return path


if __name__ == "__main__":
    main()
