"""Fills the welcome document in the real window, with the real worker and the model that ships.

Saves pictures of the words it offers and of the filled page, light and dark: these are the words
this model finds, not samples; says how long the first of them took to show. Needs no display; with
one, set QT_QPA_PLATFORM=xcb.

    python -m benchmarks.first_fill FOLDER
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "2")

from PySide6.QtWidgets import QApplication

from benchmarks.waiting import pause, wait_for
from maria_editor.document.recovery import RecoveryStore
from maria_editor.document.storage import TextFile
from maria_editor.engine.client import EngineClient
from maria_editor.options import welcome_path
from maria_editor.settings import Settings
from maria_editor.theme.theme import Theme
from maria_editor.window.main_window import MainWindow

# The accepted flash fades in 400 ms.
SETTLED_MS = 700


def main() -> None:
    """Open, fill, save a picture; once a theme."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    app.setCursorFlashTime(0)
    for choice in ("light", "dark"):
        with tempfile.TemporaryDirectory() as name:
            seconds = _fill_and_save(Theme(app, choice), Path(name), arguments.folder)
            print(f"{choice}: words showed after {seconds:.2f} s")


def _fill_and_save(theme: Theme, folder: Path, pictures: Path) -> float:
    """Save the pictures; return how long it took from the key to the words, in seconds."""
    engine = EngineClient()
    recovery = RecoveryStore(folder / "recovery")
    window = MainWindow(engine, Settings(folder / "settings.ini"), recovery, theme)
    window.resize(1280, 820)
    file = TextFile.load(welcome_path())
    file.path = None
    window.show_file(file)
    window.show()
    engine.start()
    wait_for(engine.ready, failed=engine.failed)
    began = time.perf_counter()
    window.filling.fill_all()
    wait_for(window.filling.answered, failed=engine.failed)
    seconds = time.perf_counter() - began
    pause(SETTLED_MS)
    window.grab().save(str(pictures / f"welcome-candidates-{theme.choice}.png"))
    window.candidates.accept_all()
    pause(SETTLED_MS)
    window.grab().save(str(pictures / f"welcome-filled-{theme.choice}.png"))
    window.page.document().setModified(False)
    window.close()
    engine.shutdown()
    recovery.close()
    return seconds


if __name__ == "__main__":
    main()
